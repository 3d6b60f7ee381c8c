"""The policy (SAFEGUARDING A1): relation × verb × thing × state, as one table over plain values.

Everything that shows or changes something asks this table; a test runs it in full through the web.  What is not in
the table is not allowed.  An asker may stand in several relations to a thing (a lead who also coaches): they add up.
"""

import enum
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from veo_workflow.errors import NotAllowed, NotFound


class Relation(enum.StrEnum):
    COACHEE = "coachee"
    COACH = "coach"
    FORMER_COACH = "former_coach"
    SHARE_HOLDER = "share_holder"
    COLLEAGUE = "colleague"
    LEAD = "lead"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    SECOND_PERSON = "second_person"
    ADMINISTRATOR = "administrator"
    OTHER_SCHOOL = "other_school"
    SIGNED_OUT = "signed_out"


class Thing(enum.StrEnum):
    PLAYBOOK = "playbook"
    PEOPLE = "people"
    PAIRS = "pairs"
    ROSTER = "roster"
    SCHOOL_YEAR = "school_year"
    RECORDING_NOTICE = "recording_notice"
    CYCLE = "cycle"
    REALITY = "reality"
    EVIDENCE = "evidence"
    CLIP = "clip"
    ACCESS_LOG = "access_log"
    HOLD = "hold"
    HELD_CLIP = "held_clip"
    HOLD_REQUEST = "hold_request"
    SHARE = "share"
    EXEMPLARS = "exemplars"
    REVIEW = "review"
    NEXT_ACTION = "next_action"
    CHECKLIST = "checklist"
    PRACTICE = "practice"
    RESOURCE = "resource"
    CONVERSATION = "conversation"
    LOG = "log"
    PAIR_NOTE = "pair_note"
    OVERSIGHT = "oversight"


class Verb(enum.StrEnum):
    SEE = "see"
    SEE_PROCESS = "see_process"
    WATCH = "watch"
    CHANGE = "change"
    UPLOAD = "upload"
    TAG = "tag"
    FLAG = "flag"
    SHARE = "share"
    RETRY = "retry"
    TRIM = "trim"
    WITHDRAW = "withdraw"
    TAKE_OUT = "take_out"
    EXPORT = "export"
    CONFIRM = "confirm"
    MEET = "meet"


class State(enum.StrEnum):
    """The states the table tells apart.

    A cycle is open, closed (outcome confirmed) or of an ended pair; a clip private or shared with the coach, on hold,
    or flagged because it shows a pupil who must not be shown; a held clip is open to whom two have agreed to let watch;
    a share is for a named colleague or in the school's exemplar library.
    """

    ANY = "any"
    OPEN = "open"
    CLOSED = "closed"
    ENDED = "ended"
    PRIVATE = "private"
    SHARED = "shared"
    HELD = "held"
    FLAGGED = "flagged"
    FLAGGED_PRIVATE = "flagged_private"
    NAMED = "named"
    IN_LIBRARY = "in_library"


PAIR = frozenset({Relation.COACHEE, Relation.COACH})
COACHEE = frozenset({Relation.COACHEE})
COACH = frozenset({Relation.COACH})
STAFF = frozenset({Relation.COLLEAGUE})
LEAD = frozenset({Relation.LEAD})
ADMINISTRATOR = frozenset({Relation.ADMINISTRATOR})
SAFEGUARDING_LEAD = frozenset({Relation.SAFEGUARDING_LEAD})
SECOND_PERSON = frozenset({Relation.SECOND_PERSON})

OF_A_CLIP = frozenset({State.PRIVATE, State.SHARED, State.HELD, State.FLAGGED, State.FLAGGED_PRIVATE})

TABLE: dict[tuple[Thing, Verb], dict[State, frozenset[Relation]]] = {
    (Thing.PLAYBOOK, Verb.SEE): {State.ANY: STAFF},
    (Thing.PLAYBOOK, Verb.CHANGE): {State.ANY: LEAD},
    (Thing.PEOPLE, Verb.SEE): {State.ANY: ADMINISTRATOR},
    (Thing.PEOPLE, Verb.CHANGE): {State.ANY: ADMINISTRATOR},
    (Thing.PAIRS, Verb.SEE): {State.ANY: LEAD},
    (Thing.PAIRS, Verb.CHANGE): {State.ANY: LEAD},
    (Thing.ROSTER, Verb.SEE): {State.ANY: LEAD},
    (Thing.ROSTER, Verb.CHANGE): {State.ANY: LEAD},
    (Thing.SCHOOL_YEAR, Verb.SEE): {State.ANY: LEAD | ADMINISTRATOR},
    (Thing.SCHOOL_YEAR, Verb.CHANGE): {State.ANY: LEAD | ADMINISTRATOR},
    (Thing.RECORDING_NOTICE, Verb.SEE): {State.ANY: STAFF},
    (Thing.RECORDING_NOTICE, Verb.CHANGE): {State.ANY: ADMINISTRATOR},
    (Thing.CYCLE, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.CYCLE, Verb.SEE_PROCESS): {
        State.OPEN: PAIR | LEAD,
        State.CLOSED: PAIR | LEAD,
        State.ENDED: COACHEE | LEAD,
    },
    (Thing.CYCLE, Verb.CHANGE): {State.OPEN: PAIR},
    (Thing.CYCLE, Verb.UPLOAD): {State.OPEN: COACHEE},
    # The picture of reality is the coachee's own: the coach reads it, and writes none of it.
    (Thing.REALITY, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.REALITY, Verb.CHANGE): {State.OPEN: COACHEE},
    (Thing.EVIDENCE, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.EVIDENCE, Verb.CHANGE): {State.OPEN: PAIR},
    (Thing.EVIDENCE, Verb.WITHDRAW): {State.OPEN: PAIR, State.CLOSED: COACHEE, State.ENDED: COACHEE},
    (Thing.CLIP, Verb.SEE): {state: PAIR if state is State.SHARED else COACHEE for state in OF_A_CLIP},
    (Thing.CLIP, Verb.TAG): {State.PRIVATE: COACHEE, State.SHARED: PAIR, State.HELD: COACHEE},
    # Either may flag what they see; both then know that it is flagged, unless it was the coachee's alone.
    (Thing.CLIP, Verb.FLAG): {
        State.PRIVATE: COACHEE,
        State.SHARED: PAIR,
        State.FLAGGED: PAIR,
        State.FLAGGED_PRIVATE: COACHEE,
    },
    (Thing.CLIP, Verb.SHARE): {State.PRIVATE: COACHEE, State.SHARED: COACHEE},
    (Thing.CLIP, Verb.RETRY): dict.fromkeys(OF_A_CLIP, COACHEE),
    (Thing.CLIP, Verb.TRIM): dict.fromkeys(OF_A_CLIP - {State.HELD}, COACHEE),
    (Thing.CLIP, Verb.WITHDRAW): dict.fromkeys(OF_A_CLIP, COACHEE),
    # Footage leaves the house with the coachee alone (SAFEGUARDING A6).
    (Thing.CLIP, Verb.EXPORT): {State.PRIVATE: COACHEE, State.SHARED: COACHEE, State.HELD: COACHEE},
    # Who had access to what, and when: nothing of the clips themselves.
    (Thing.ACCESS_LOG, Verb.SEE): {State.ANY: SAFEGUARDING_LEAD},
    (Thing.ACCESS_LOG, Verb.EXPORT): {State.ANY: SAFEGUARDING_LEAD},
    # A hold shows whose clip it is and when it was made. To watch it, and to lift the hold, takes a second person.
    (Thing.HOLD, Verb.SEE): {State.ANY: SAFEGUARDING_LEAD},
    (Thing.HOLD, Verb.CHANGE): {State.ANY: SAFEGUARDING_LEAD},
    (Thing.HELD_CLIP, Verb.SEE): {State.OPEN: SAFEGUARDING_LEAD, State.CLOSED: SAFEGUARDING_LEAD},  # that it is held
    (Thing.HELD_CLIP, Verb.WATCH): {State.OPEN: SAFEGUARDING_LEAD},
    (Thing.HOLD_REQUEST, Verb.SEE): {State.ANY: SECOND_PERSON},
    (Thing.HOLD_REQUEST, Verb.CONFIRM): {State.ANY: SECOND_PERSON},
    # A share is a door of its own: it lets nobody through to the clip's other addresses.
    (Thing.SHARE, Verb.SEE): {
        State.NAMED: COACHEE | {Relation.SHARE_HOLDER},
        State.IN_LIBRARY: COACHEE | STAFF,
    },
    (Thing.SHARE, Verb.TAKE_OUT): {State.IN_LIBRARY: LEAD},
    (Thing.EXEMPLARS, Verb.SEE): {State.ANY: STAFF},
    (Thing.REVIEW, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.REVIEW, Verb.CHANGE): {State.OPEN: PAIR},
    (Thing.REVIEW, Verb.CONFIRM): {State.OPEN: PAIR},
    (Thing.REVIEW, Verb.MEET): {State.OPEN: PAIR},
    # What was agreed is done after the review: a closed one takes no other words, but says what is done.
    (Thing.NEXT_ACTION, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.NEXT_ACTION, Verb.CHANGE): {State.OPEN: PAIR, State.CLOSED: PAIR},
    # The ticks are the coachee's own; the steps are the pair's. Practice is the coachee's to write and to take away.
    (Thing.CHECKLIST, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.CHECKLIST, Verb.CHANGE): {State.OPEN: COACHEE},
    (Thing.PRACTICE, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.PRACTICE, Verb.CHANGE): {State.OPEN: COACHEE},
    (Thing.RESOURCE, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.RESOURCE, Verb.CHANGE): {State.OPEN: COACH},
    (Thing.CONVERSATION, Verb.SEE): {State.OPEN: PAIR, State.CLOSED: PAIR, State.ENDED: COACHEE},
    (Thing.CONVERSATION, Verb.CHANGE): {State.OPEN: PAIR},
    # A log belongs to a pair: open while the pair lasts. The coachee reads what is said of the coaching.
    (Thing.LOG, Verb.SEE): {State.OPEN: PAIR, State.ENDED: COACHEE},
    (Thing.LOG, Verb.SEE_PROCESS): {State.OPEN: PAIR | LEAD, State.ENDED: COACHEE | LEAD},
    (Thing.LOG, Verb.CHANGE): {State.OPEN: COACH},
    (Thing.PAIR_NOTE, Verb.SEE): {State.OPEN: PAIR, State.ENDED: COACHEE},
    (Thing.PAIR_NOTE, Verb.CHANGE): {State.OPEN: COACH},
    (Thing.OVERSIGHT, Verb.SEE): {State.ANY: LEAD},
    (Thing.OVERSIGHT, Verb.CHANGE): {State.ANY: LEAD},
}


# Why something cannot be done in a state, where more can be said than that it is not the asker's to do.
REFUSED = {
    **dict.fromkeys(
        (State.FLAGGED, State.FLAGGED_PRIVATE),
        "A pupil who must not be shown may be in this clip. Trim it or delete it; until then nobody can watch it.",
    ),
    State.HELD: "This clip cannot be shared or trimmed at present. Ask your school's safeguarding lead about it.",
}


@dataclass(frozen=True)
class Asker:
    """Who asks, as plain values; `roles` are the whole-school ones."""

    id: uuid.UUID
    school_id: uuid.UUID
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sides:
    """The pair a thing belongs to, as plain values."""

    school_id: uuid.UUID
    coach_id: uuid.UUID
    coachee_id: uuid.UUID
    ended: bool


def relations_in_school(asker: Asker, school_id: uuid.UUID) -> frozenset[Relation]:
    """How the asker stands to a school's own things (playbook, people, pairs, school year)."""
    if asker.school_id != school_id:
        return frozenset({Relation.OTHER_SCHOOL})
    return frozenset({Relation.COLLEAGUE} | {Relation(role) for role in asker.roles})


def relations_to(asker: Asker, sides: Sides) -> frozenset[Relation]:
    """How the asker stands to a thing of one pair. A coach whose pair has ended is a former coach that moment."""
    found = set(relations_in_school(asker, sides.school_id))
    if found == {Relation.OTHER_SCHOOL}:
        return frozenset(found)
    if asker.id == sides.coachee_id:
        found.add(Relation.COACHEE)
    if asker.id == sides.coach_id:
        found.add(Relation.FORMER_COACH if sides.ended else Relation.COACH)
    return frozenset(found)


def relations_to_shared(
    asker: Asker, school_id: uuid.UUID, *, owner_id: uuid.UUID, holder_id: uuid.UUID | None
) -> frozenset[Relation]:
    """How the asker stands to a share that lasts; one without a holder is in the school's library."""
    found = set(relations_in_school(asker, school_id))
    if found == {Relation.OTHER_SCHOOL}:
        return frozenset(found)
    if asker.id == owner_id:
        found.add(Relation.COACHEE)
    if asker.id == holder_id:
        found.add(Relation.SHARE_HOLDER)
    return frozenset(found)


def allows(relations: Iterable[Relation], verb: Verb, thing: Thing, state: State = State.ANY) -> bool:
    return not frozenset(relations).isdisjoint(TABLE.get((thing, verb), {}).get(state, frozenset()))


def require(relations: frozenset[Relation], verb: Verb, thing: Thing, state: State = State.ANY) -> None:
    """Return if allowed.

    Raises NotFound for those who may not even know of the thing (SAFEGUARDING A5), NotAllowed for those who may see
    it but not do this.
    """
    if allows(relations, verb, thing, state):
        return
    if allows(relations, Verb.SEE, thing, state):
        raise NotAllowed(REFUSED.get(state, "You can see this, but changing it in this way is not yours to do."))
    raise NotFound()
