"""What Asha and Priya have written on their cycle: each room has something of it to show."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.adapting.operations import adapt
from veo_workflow.cycles.evidence import operations as evidence
from veo_workflow.cycles.evidence.models import EvidenceKind
from veo_workflow.cycles.evidence.rules import EvidenceWords
from veo_workflow.cycles.learning.conversation import operations as conversation
from veo_workflow.cycles.learning.practice import operations as practice
from veo_workflow.cycles.learning.practice.rules import Words
from veo_workflow.cycles.learning.resources import operations as resources
from veo_workflow.cycles.learning.resources.rules import ResourceWords
from veo_workflow.cycles.modelling import operations as modelling
from veo_workflow.cycles.modelling.models import ModellingKind
from veo_workflow.cycles.modelling.rules import ModellingWords
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.cycles.queries import seen_by, strategies_in_use
from veo_workflow.cycles.reality import operations as reality
from veo_workflow.cycles.reality.rules import RealityWords
from veo_workflow.database import new_id, now
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Person
from veo_workflow.reviews import operations as reviews
from veo_workflow.reviews.rules import Action, Record, ReviewForm
from veo_workflow.tags.models import Reply, Tag

EXEMPLAR = "Names at the door, and a first task that is already up"
EXEMPLAR_DAYS = 60

REALITY = RealityWords(
    closeness=4,
    what_pleased="They came in cheerful, and Table Three helped each other with the coats.",
    to_be_a_ten="I would be at the door, and the first task would be up before it opens.",
    pupils_would="Sitting down and writing, without waiting for me to say so.",
    how_measured="From the door opening to the last pencil moving, in minutes.",
)
EVIDENCE = (
    (66, EvidenceKind.OBSERVATION, "Nobody was at the door. The third child was the first I spoke to.", ""),
    (
        64,
        EvidenceKind.WORK,
        "How much stood in the books five minutes after the door had opened.",
        "Day;Began to write;Not yet\nMonday;9;19\nWednesday;12;16",
    ),
)
OUR_WAY = "From the side of the door, because the coats are there and I can still see the first two tables."
MODELLING = "The pause before the first word. Keep the voice low; leave out the bell."
PRACTICE = (
    "The first three steps went by themselves. In the fourth I spoke too soon.",
    "Count to ten before speaking.",
)
RESOURCE = ResourceWords(
    url="https://educationendowmentfoundation.org.uk/",
    title="Education Endowment Foundation",
    note="Look for what they say about routines, and tell me what you would try.",
)
MESSAGES = (
    ("coach", "The first task was up before the door opened, three days in a row. How did that feel?"),
    ("coachee", "Calm. I had time to say every name. On Thursday I would like to try the fourth step."),
)


REVIEW = Record(
    celebrate="Nine children begin before anybody has said a word. In September it was nobody.",
    improve="Say what the praise is for: which table, doing what.",
)
ACTION = "Film the first five minutes with 4A once more, from the back of the room."


def write_it_all(session: Session, cycle: Cycle) -> None:
    """By the rooms' own operations, with the days on which it would have been."""
    coach, coachee, today = cycle.pair.coach, cycle.pair.coachee, now().date()
    reality.write(session, cycle, REALITY, after=0, by=coachee)
    for days, kind, seen, figures in EVIDENCE:
        words = EvidenceWords(kind, coachee.id, today - timedelta(days=days), seen, figures)
        evidence.add(session, cycle, words, by=coachee).stage = Stage.IDENTIFY
    steps = strategies_in_use(session, cycle.id)[0].steps
    adapt(session, cycle, steps[0].id, OUR_WAY, after=0, by=coachee)
    modelling.record(session, cycle, _modelled(coach.name, today - timedelta(days=50)), by=coach)
    went, tweak = PRACTICE
    tried = Words(today - timedelta(days=20), "4A", went, tweak, frozenset(step.id for step in steps[:4]), None)
    practice.keep(session, cycle, new_id(), tried, after=0, by=coachee)
    resources.send(session, cycle, new_id(), RESOURCE, by=coach)
    for whose, text in MESSAGES:
        conversation.send(session, cycle, new_id(), text, by=coach if whose == "coach" else coachee)
    agreed = replace(REVIEW, actions=(Action(ACTION, coachee.id, today + timedelta(days=12)),))
    reviews.write(session, coachee, seen_by(coachee, cycle), ReviewForm(agreed))


def _modelled(who: str, day: date) -> ModellingWords:
    return ModellingWords(ModellingKind.LIVE_MODEL, who, day, MODELLING)


def offer(session: Session, clip: Clip) -> None:
    """A row at once: the clip is still in the queue, and an operation would rightly refuse to share it yet."""
    session.add(
        ClipShare(
            clip_id=clip.id,
            until=min(now().date() + timedelta(days=EXEMPLAR_DAYS), clip.delete_by),
            shows=EXEMPLAR,
            strategy_id=strategies_in_use(session, clip.cycle_id)[0].strategy_id,
        )
    )


def let_watch(session: Session, clip: Clip, colleague: Person) -> None:
    """The same for one colleague by name, who hears of it."""
    share = ClipShare(
        clip_id=clip.id, person_id=colleague.id, until=min(now().date() + timedelta(days=14), clip.delete_by)
    )
    session.add(share)
    session.flush()
    tell(session, [colleague.id], NoticeKind.CLIP_SHARED_WITH, share.id, by=clip.owner_id)


def reply(
    session: Session, clip: Clip, replies: Iterable[tuple[float, str, str]], authors: Mapping[str, uuid.UUID]
) -> None:
    """What the two say under shared moments, each found by when it was pressed, in seconds."""
    session.flush()
    tags = session.scalars(select(Tag).where(Tag.clip_id == clip.id, Tag.shared_at.is_not(None))).all()
    for at, (seconds, whose, text) in enumerate(replies):
        tag = min(tags, key=lambda tag: abs(tag.pressed_ms - seconds * 1000))
        written = now() + timedelta(seconds=at)  # in this order
        session.add(Reply(id=new_id(), tag_id=tag.id, author_id=authors[whose], text=text, written_at=written))
    tell(session, authors.values(), NoticeKind.MOMENT_ANSWERED, clip.id, by=clip.owner_id)
