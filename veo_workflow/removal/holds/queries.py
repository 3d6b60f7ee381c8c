import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.access.policy import Relation, State, Thing, Verb, relations_in_school, require
from veo_workflow.clips.models import Clip, ClipState, Rendition, RenditionKind
from veo_workflow.clips.rules import GONE
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.errors import InvalidInput, NotFound
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.queries import asker, require_in_school
from veo_workflow.removal.holds import rules
from veo_workflow.removal.holds.models import Hold, HoldRequest, Wish

REQUESTS_SHOWN = 50


@dataclass(frozen=True)
class Holdable:
    """A clip as a safeguarding lead sees it: whose, when, how long; no title and no picture."""

    clip: Clip
    owner: Person


@dataclass(frozen=True)
class Held(Holdable):
    hold: Hold


@dataclass(frozen=True)
class Asked:
    """What a second person was asked; both by name, and whose lesson it is about."""

    request: HoldRequest
    asks: str
    second: str
    owner: str


def _clips_of_others(person: Person) -> Select[Clip, Person]:
    """Every clip at the school but the asker's own: nobody looks after themselves."""
    return (
        select(Clip, Person)
        .join(Person, Person.id == Clip.owner_id)
        .where(Clip.school_id == person.school_id, Clip.owner_id != person.id)
    )


def clips_to_hold(session: Session, person: Person, name: str, *, limit: int, offset: int = 0) -> list[Holdable]:
    """Clips of people with these letters in their name that can be held, the latest first: one statement."""
    rows = session.execute(
        _clips_of_others(person)
        .where(
            Clip.state.not_in(GONE | {ClipState.UPLOADING}),
            Clip.held_at.is_(None),
            Person.name.icontains(name, autoescape=True),
        )
        .order_by(Clip.created_at.desc(), Clip.id)
        .limit(limit)
        .offset(offset)
    )
    return [Holdable(clip, owner) for clip, owner in rows]


def clip_to_hold(session: Session, person: Person, clip_id: uuid.UUID, verb: Verb = Verb.SEE) -> Holdable:
    """A clip that is there, for a safeguarding lead to hold. Raises NotFound."""
    require_in_school(person, verb, Thing.HOLD)
    row = session.execute(_clips_of_others(person).where(Clip.id == clip_id, Clip.state.not_in(GONE))).first()
    if row is None:
        raise NotFound()
    return Holdable(row[0], row[1])


def holds(session: Session, person: Person, *, limit: int, offset: int = 0) -> list[Held]:
    """The school's holds, those that stand first, then the latest: one statement."""
    rows = session.execute(
        _clips_of_others(person)
        .add_columns(Hold)
        .join(Hold, Hold.clip_id == Clip.id)
        .order_by(Hold.lifted_at.is_not(None), Hold.placed_at.desc(), Hold.id)
        .limit(limit)
        .offset(offset)
    )
    return [Held(row[0], row[1], row[2]) for row in rows]


def hold_for(session: Session, person: Person, hold_id: uuid.UUID, verb: Verb = Verb.SEE) -> Held:
    """A hold, for a safeguarding lead of the school who is not the clip's owner. Raises NotFound."""
    require_in_school(person, verb, Thing.HOLD)
    found = session.execute(
        _clips_of_others(person).add_columns(Hold).join(Hold, Hold.clip_id == Clip.id).where(Hold.id == hold_id)
    ).first()
    if found is None:
        raise NotFound()
    return Held(found[0], found[1], found[2])


def held_film_for(session: Session, person: Person, hold_id: uuid.UUID) -> tuple[Held, Rendition]:
    """What plays of a held clip, while a viewing of this very person lasts to which a second one has agreed.

    Raises NotFound, NotAllowed without one.
    """
    seen = hold_for(session, person, hold_id)
    viewings = session.scalars(
        select(HoldRequest).where(
            HoldRequest.hold_id == hold_id,
            HoldRequest.wish == Wish.VIEW,
            HoldRequest.asked_by_id == person.id,
            HoldRequest.agreed.is_(True),
        )
    )
    at = now()
    lasts = any(rules.may_watch(agreed=each.agreed, ends_at=each.ends_at, at=at) for each in viewings)
    state = State.OPEN if lasts else State.CLOSED
    require(relations_in_school(asker(person), person.school_id), Verb.WATCH, Thing.HELD_CLIP, state)
    playback = select(Rendition).where(Rendition.clip_id == seen.clip.id, Rendition.kind == RenditionKind.PLAYBACK)
    film = session.scalar(playback)
    if film is None or seen.clip.erased_at is not None:
        raise NotFound()
    return seen, film


def _requests(*which: ColumnElement[bool]) -> Select[HoldRequest, str, str, str]:
    asks, second, owner = aliased(Person), aliased(Person), aliased(Person)
    return (
        select(HoldRequest, asks.name, second.name, owner.name)
        .join(asks, asks.id == HoldRequest.asked_by_id)
        .join(second, second.id == HoldRequest.second_id)
        .join(Hold, Hold.id == HoldRequest.hold_id)
        .join(Clip, Clip.id == Hold.clip_id)
        .join(owner, owner.id == Clip.owner_id)
        .where(*which)
        .order_by(HoldRequest.asked_at.desc(), HoldRequest.id)
        .limit(REQUESTS_SHOWN)
    )


def requests_of(session: Session, hold: Hold) -> list[Asked]:
    """What was asked about a hold, the latest first: one statement."""
    return [Asked(*row) for row in session.execute(_requests(HoldRequest.hold_id == hold.id))]


def viewings_of(session: Session, hold: Hold) -> list[Asked]:
    """Whom two have agreed to let watch: one statement."""
    agreed = (HoldRequest.wish == Wish.VIEW, HoldRequest.agreed.is_(True))
    return [Asked(*row) for row in session.execute(_requests(HoldRequest.hold_id == hold.id, *agreed))]


def asked_of(session: Session, person: Person, request_id: uuid.UUID, verb: Verb = Verb.SEE) -> Asked:
    """What a person was asked to agree to. Raises NotFound for anybody else."""
    row = session.execute(
        _requests(HoldRequest.id == request_id, HoldRequest.second_id == person.id, Hold.school_id == person.school_id)
    ).first()
    if row is None:
        raise NotFound()
    require(frozenset({Relation.SECOND_PERSON}), verb, Thing.HOLD_REQUEST)
    return Asked(*row)


def told_hold(session: Session, person: Person, clip_id: uuid.UUID) -> Held:
    """The hold on a clip of the person's own, the latest one, if they are to know of it. Raises NotFound."""
    row = session.execute(
        select(Clip, Person, Hold)
        .join(Person, Person.id == Clip.owner_id)
        .join(Hold, Hold.clip_id == Clip.id)
        .where(Clip.id == clip_id, Clip.owner_id == person.id, Hold.is_told.is_(True))
        .order_by(Hold.placed_at.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound()
    return Held(row[0], row[1], row[2])


def concerned_by(session: Session, clip: Clip) -> set[uuid.UUID]:
    """Those whose lesson or coaching a clip is."""
    coaches = select(Pair.coach_id).join(Cycle, Cycle.pair_id == Pair.id).where(Cycle.id == clip.cycle_id)
    return {clip.owner_id, *session.scalars(coaches)}


def second_named(session: Session, person: Person, email: str) -> Person:
    """A colleague by their address. Raises InvalidInput."""
    found = session.scalar(
        select(Person).where(
            Person.school_id == person.school_id,
            Person.email == email.strip().casefold(),
            Person.disabled_at.is_(None),
        )
    )
    if found is None:
        problem = "Nobody at your school signs in with this address."
        raise InvalidInput(f"{problem} Check it, or name another colleague.", fields={"second": problem})
    return found
