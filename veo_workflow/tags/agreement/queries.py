"""Both sets of marks on one clip, in a fixed number of statements however much has been tagged."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.clips.queries import ClipSeen, clip_for
from veo_workflow.cycles.queries import strategies_in_use
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step
from veo_workflow.tags.agreement.rules import Count, Line, Mark, Whose, agreement, count
from veo_workflow.tags.models import Tag
from veo_workflow.tags.queries import MOMENTS_ON_A_CLIP, NumberedStep, number_steps
from veo_workflow.tags.self_first.queries import turn_of

LINES_ON_A_PAGE = 40
DRAWN_AT_ONCE = 200


@dataclass(frozen=True)
class Wanted:
    """How near two marks of one moment are, and which lines somebody asked to see."""

    tolerance_ms: int
    whose: Whose | None = None
    page: int = 1


@dataclass(frozen=True)
class Moment:
    """A line with its one tag or two, the coach's first, and its step under the number it has on this clip."""

    whose: Whose
    tags: tuple[Tag, ...]
    step: NumberedStep | None

    @property
    def start_ms(self) -> int:
        return min(tag.start_ms for tag in self.tags)

    @property
    def end_ms(self) -> int:
        return max(tag.end_ms for tag in self.tags)


@dataclass(frozen=True)
class AgreementPage:
    """`held`: the pair tags self first and has not revealed; then there is nothing else here, not even a number."""

    seen: ClipSeen
    wanted: Wanted
    held: bool
    count: Count
    moments: list[Moment]
    drawn: list[Moment]
    more: bool


def agreement_page(session: Session, person: Person, clip_id: uuid.UUID, wanted: Wanted) -> AgreementPage:
    """Everything the page shows, in five statements, one more of a pair that tags self first. Raises NotFound."""
    seen = clip_for(session, person, clip_id)
    if turn_of(session, seen.pair, clip_id, person.id).held:
        return AgreementPage(seen, wanted, True, Count(0, 0, 0), [], [], more=False)
    tagged = _shared(session, seen)
    lines = _lines(seen, tagged, wanted.tolerance_ms)
    numbered = number_steps(strategies_in_use(session, seen.cycle.id), [step for _, step in tagged if step])
    steps = {one.step.id: one for one in numbered}
    tags = {tag.id: tag for tag, _ in tagged}

    def moment(line: Line) -> Moment:
        own = tuple(tags[mark.id] for mark in (line.coach, line.coachee) if mark)
        return Moment(line.whose, own, steps.get(own[0].step_id) if own[0].step_id else None)

    asked = [moment(line) for line in lines if wanted.whose in (None, line.whose)]
    start = (wanted.page - 1) * LINES_ON_A_PAGE
    moments = asked[start : start + LINES_ON_A_PAGE]
    drawn = asked if len(asked) <= DRAWN_AT_ONCE else moments
    return AgreementPage(seen, wanted, False, count(lines), moments, drawn, more=start + LINES_ON_A_PAGE < len(asked))


def _shared(session: Session, seen: ClipSeen) -> list[tuple[Tag, Step | None]]:
    """What the two of the pair have shared on the clip; nobody's drafts, not even the asker's own: one statement."""
    rows = session.execute(
        select(Tag, Step)
        .outerjoin(Step, Step.id == Tag.step_id)
        .where(
            Tag.clip_id == seen.clip.id,
            Tag.shared_at.is_not(None),
            Tag.author_id.in_([seen.pair.coach_id, seen.pair.coachee_id]),
        )
        .order_by(Tag.start_ms, Tag.id)
        .limit(MOMENTS_ON_A_CLIP)
    )
    return [(row[0], row[1]) for row in rows]


def _lines(seen: ClipSeen, tagged: list[tuple[Tag, Step | None]], tolerance_ms: int) -> list[Line]:
    def by(person_id: uuid.UUID) -> list[Mark]:
        return [Mark(tag.id, tag.step_id, tag.pressed_ms) for tag, _ in tagged if tag.author_id == person_id]

    return agreement(by(seen.pair.coach_id), by(seen.pair.coachee_id), tolerance_ms)
