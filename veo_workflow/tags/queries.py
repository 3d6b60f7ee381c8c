import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import ClipSeen
from veo_workflow.clips.rules import GONE
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.models import Step, StrategyVersion
from veo_workflow.playbook.rules import colour_of
from veo_workflow.tags.models import Tag, TagKind
from veo_workflow.tags.replies.queries import Said, replies_to
from veo_workflow.tags.self_first.queries import turn_of

# A lesson of twenty minutes has room for fewer; the limit only keeps a runaway client from breaking the page.
MOMENTS_ON_A_CLIP = 2000


class Mark(NamedTuple):
    """What a page needs of a tag, and no more: a clip has hundreds."""

    id: uuid.UUID
    author_id: uuid.UUID
    step_id: uuid.UUID | None
    kind: TagKind
    pressed_ms: int
    start_ms: int
    end_ms: int
    note: str
    version: int
    shared_at: datetime | None


@dataclass(frozen=True)
class TaggedMoment:
    """A tag, who made it, and the step it speaks to."""

    tag: Tag | Mark
    author: str
    step: Step | None
    replies: list[Said]


@dataclass(frozen=True)
class NumberedStep:
    """A step under the number it has on this clip: numbered through all strategies, for keys, lanes and colours.

    `in_use` is False for a step that the pair no longer uses, but of which this clip has moments.
    """

    number: int
    step: Step
    strategy: str
    in_use: bool

    @property
    def colour(self) -> int:
        return colour_of(self.step.colour, self.number)


def moments_of_clip(
    session: Session, person: Person, clip_id: uuid.UUID, known: Iterable[Step] = ()
) -> list[TaggedMoment]:
    """A person's own tags on a clip and what the other one of the pair has shared, in lesson order: two
    statements, one where there are none, and one more for steps that are not `known` to the caller already.

    Whoever sees the clip by a share alone, or no longer belongs to its pair, gets none.
    """
    coach_sees = and_(Pair.coach_id == person.id, Pair.ended_at.is_(None), Clip.is_open_to_coach)
    found = session.execute(
        select(*(getattr(Tag, name) for name in Mark._fields), Person.name)
        .join(Clip, Clip.id == Tag.clip_id)
        .join(Cycle, Cycle.id == Clip.cycle_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .join(Person, Person.id == Tag.author_id)
        .where(
            Tag.clip_id == clip_id,
            Clip.school_id == person.school_id,
            Clip.state.not_in(GONE),
            or_(Pair.coachee_id == person.id, coach_sees),
            or_(Tag.author_id == person.id, Tag.shared_at.is_not(None)),
        )
        .order_by(Tag.start_ms, Tag.id)
        .limit(MOMENTS_ON_A_CLIP)
    ).all()
    replies = replies_to(session, Tag.clip_id == clip_id) if found else {}
    marks = [(Mark._make(mark), name.split()[0]) for *mark, name in found]
    steps = _steps(session, {mark.step_id for mark, _ in marks if mark.step_id}, known)
    return [
        TaggedMoment(mark, author, steps[mark.step_id] if mark.step_id else None, replies.get(mark.id, []))
        for mark, author in marks
    ]


def _steps(session: Session, wanted: set[uuid.UUID], known: Iterable[Step]) -> dict[uuid.UUID, Step]:
    steps = {step.id: step for step in known}
    missing = wanted - steps.keys()
    if missing:
        steps |= {step.id: step for step in session.scalars(select(Step).where(Step.id.in_(missing)))}
    return steps


def pair_of(session: Session, clip: Clip) -> Pair:
    """The clip's pair; asks nothing where a view has reached the clip through it."""
    return session.get_one(Cycle, clip.cycle_id).pair


def presses_on(session: Session, person: Person, seen: ClipSeen) -> list[tuple[int, uuid.UUID]]:
    """(press in ms, author) of every tag on a clip, drafts too: for counting, never for showing.

    One statement, or two where the pair tags self first: then the other's drafts are not even counted.
    """
    held = turn_of(session, seen.pair, seen.clip.id, person.id).held
    wanted = select(Tag.pressed_ms, Tag.author_id).where(Tag.clip_id == seen.clip.id)
    if held:
        wanted = wanted.where(or_(Tag.author_id == person.id, Tag.shared_at.is_not(None)))
    return [(row[0], row[1]) for row in session.execute(wanted)]


def number_steps(strategies: list[StrategyVersion], tagged: Iterable[Step]) -> list[NumberedStep]:
    """The steps in use in the pair's order, then those that only moments still speak of."""
    chosen = [(step, strategy.title, True) for strategy in strategies for step in strategy.steps]
    known = {step.id for step, _, _ in chosen}
    others = {step.id: step for step in tagged if step.id not in known}
    older = sorted(others.values(), key=lambda step: (step.strategy_version_id, step.number))
    listed = [*chosen, *((step, "", False) for step in older)]
    return [NumberedStep(number, step, title, in_use) for number, (step, title, in_use) in enumerate(listed, 1)]
