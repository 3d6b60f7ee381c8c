"""What the cycle page shows, in a fixed number of statements however much has been filmed and tagged."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from veo_workflow.access.policy import State
from veo_workflow.clips.models import Clip
from veo_workflow.clips.queries import ClipCard, cards, of_cycle
from veo_workflow.cycles import queries as cycles
from veo_workflow.cycles.adapting.queries import adaptations_of
from veo_workflow.cycles.evidence.queries import count_pieces
from veo_workflow.cycles.learning.conversation.queries import Talk, talk_of, unread_by_cycle
from veo_workflow.cycles.modelling.models import Modelling
from veo_workflow.cycles.modelling.queries import modellings_of
from veo_workflow.cycles.modelling.rules import KINDS as WAYS
from veo_workflow.cycles.models import GoalRevision, MeasureReading, Stage, StageMove
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.cycles.reality.models import RealityPicture
from veo_workflow.cycles.reality.queries import current_picture
from veo_workflow.cycles.rules import PEERS
from veo_workflow.cycles.sessions.queries import Rhythm, rhythm_of
from veo_workflow.database import now
from veo_workflow.pages.learning.queries import Practice, Resources, practice_on_cycle, resources_on_cycle
from veo_workflow.pages.queries import Moments, moments_on
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import StrategyVersion
from veo_workflow.reviews.queries import visible_moments
from veo_workflow.tags.models import Tag
from veo_workflow.tags.queries import NumberedStep, number_steps
from veo_workflow.wording import day

CLIPS_ON_A_PAGE = 10
MESSAGES_ON_CYCLE = 2


@dataclass(frozen=True)
class StepCount:
    """How many shared moments speak to one step; `width` is its bar in per cent of the fullest."""

    numbered: NumberedStep
    count: int
    width: float


@dataclass(frozen=True)
class CyclePage:
    seen: CycleSeen
    reality: RealityPicture | None
    pieces: int
    modelled: Modelling | None
    adaptations: dict[uuid.UUID, str]
    goals: list[GoalRevision]
    reading: MeasureReading | None
    moves: list[StageMove]
    strategies: list[StrategyVersion]
    steps: list[StepCount]
    mine: int
    theirs: int
    elsewhere: int
    clips: list[ClipCard]
    moments: dict[uuid.UUID, Moments]
    clip_total: int
    clips_page: int
    following_id: uuid.UUID | None
    rhythm: Rhythm
    practice: Practice
    resources: Resources
    talk: Talk
    unread: int

    @property
    def goal(self) -> GoalRevision | None:
        return self.goals[0] if self.goals else None

    @property
    def unmet(self) -> list[str]:
        """The PEERS criteria without an answer: shown, never blocking."""
        return [name for name in PEERS if self.goal and not getattr(self.goal, name)]

    @property
    def modelled_how(self) -> str:
        """The last time the strategy was modelled, in a few words."""
        return f"{WAYS[self.modelled.kind]}, {day(self.modelled.modelled_on)}" if self.modelled else ""

    @property
    def may_change(self) -> bool:
        return self.seen.state is State.OPEN

    @property
    def present(self) -> Stage:
        return self.seen.cycle.stage

    @property
    def stages(self) -> list[Stage]:
        """The present stage first, then the earlier ones, latest first."""
        order = list(Stage)
        return order[: order.index(self.present) + 1][::-1]

    @property
    def more_clips(self) -> bool:
        return self.clips_page * CLIPS_ON_A_PAGE < self.clip_total

    @property
    def history(self) -> list[tuple[str, Stage, Stage, datetime]]:
        """Who of the pair moved the cycle from which stage to which, and when; the first move first."""
        pair = self.seen.pair
        names = {person.id: person.given_name for person in (pair.coach, pair.coachee)}
        return [
            (names.get(move.moved_by_id, "Somebody"), move.from_stage, move.to_stage, move.moved_at)
            for move in self.moves[::-1]
        ]

    @property
    def went_back(self) -> list[tuple[str, Stage, datetime]]:
        """Who of the pair took the cycle back to which stage, and when; newest first."""
        order = list(Stage)
        return [(name, to, at) for name, came, to, at in self.history[::-1] if order.index(to) < order.index(came)]

    def notes(self, zone: tzinfo) -> dict[str, str]:
        """A few words under each stage of the stage line, its days those of `zone`."""
        return stage_notes(self.present, self.seen.cycle.closed_at, self.moves, zone)

    def entered(self, stage: Stage) -> datetime:
        """When the cycle last came into a stage."""
        came = [move.moved_at for move in self.moves if move.to_stage is stage]
        return max(came, default=self.seen.cycle.opened_at)

    def left(self, stage: Stage) -> datetime | None:
        """When the cycle last went out of a stage, if it is not in it."""
        went = [move.moved_at for move in self.moves if move.from_stage is stage]
        return max(went, default=None) if stage is not self.present else self.seen.cycle.closed_at


def stage_notes(present: Stage, closed_at: datetime | None, moves: list[StageMove], zone: tzinfo) -> dict[str, str]:
    order, notes = list(Stage), {}
    for stage in order[: order.index(present)]:
        went = max((move.moved_at for move in moves if move.from_stage is stage), default=None)
        notes[stage.value] = f"Finished {day(went, zone)}" if went else "Finished"
    came = max((move.moved_at for move in moves if move.to_stage is present), default=None)
    now = f"Now, since {day(came, zone)}" if came else "Now"
    notes[present.value] = f"Finished {day(closed_at, zone)}" if closed_at else now
    return notes


def cycle_page(session: Session, person: Person, cycle_id: uuid.UUID, *, clips_page: int = 1) -> CyclePage:
    """Everything on the page. Raises NotFound."""
    seen = cycles.cycle_for(session, person, cycle_id)
    strategies = cycles.strategies_in_use(session, cycle_id)
    counts = step_counts(session, person, cycle_id)
    start = (clips_page - 1) * CLIPS_ON_A_PAGE
    clips = cards(session, person, cycle_ids=[cycle_id], limit=CLIPS_ON_A_PAGE, offset=start)
    known = {step.id for version in strategies for step in version.steps}
    return CyclePage(
        seen=seen,
        reality=current_picture(session, cycle_id),
        pieces=count_pieces(session, cycle_id),
        modelled=next(iter(modellings_of(session, cycle_id, limit=1)), None),
        adaptations=adaptations_of(session, cycle_id),
        goals=cycles.goal_revisions(session, cycle_id),
        reading=cycles.latest_reading(session, cycle_id),
        moves=cycles.stage_moves(session, cycle_id),
        strategies=strategies,
        steps=_laid_out(strategies, counts),
        mine=sum(count for _, mine, count in counts if mine),
        theirs=sum(count for _, mine, count in counts if not mine),
        elsewhere=sum(count for step, _, count in counts if step not in known),
        clips=clips,
        moments=moments_on(session, person, [card.clip.id for card in clips]),
        clip_total=count_clips(session, person, cycle_id),
        clips_page=clips_page,
        following_id=cycles.following_id(session, seen.cycle),
        rhythm=rhythm_of(session, seen, now()),
        practice=practice_on_cycle(session, person, cycle_id, strategies),
        resources=resources_on_cycle(session, cycle_id),
        talk=talk_of(session, cycle_id, person.id, limit=MESSAGES_ON_CYCLE),
        unread=unread_by_cycle(session, person.id, [cycle_id]).get(cycle_id, 0),
    )


def _laid_out(strategies: list[StrategyVersion], counts: list[tuple[uuid.UUID | None, bool, int]]) -> list[StepCount]:
    """The steps in use under the numbers they have in the studio, each with its moments."""
    by_step: Counter[uuid.UUID | None] = Counter()
    for step_id, _, count in counts:
        by_step[step_id] += count
    fullest = max(by_step.values(), default=1)
    return [
        StepCount(numbered, by_step[numbered.step.id], round(100 * by_step[numbered.step.id] / fullest, 1))
        for numbered in number_steps(strategies, [])
    ]


def step_counts(session: Session, person: Person, cycle_id: uuid.UUID) -> list[tuple[uuid.UUID | None, bool, int]]:
    """(step or None, whether the asker's own, how many) of the moments in the cycle's review: one statement."""
    mine = case((Tag.author_id == person.id, 1), else_=0)
    rows = session.execute(
        select(Tag.step_id, mine, func.count())
        .join(Clip, Clip.id == Tag.clip_id)
        .where(visible_moments(person, cycle_id))
        .group_by(Tag.step_id, mine)
    )
    return [(row[0], bool(row[1]), row[2]) for row in rows]


def count_clips(session: Session, person: Person, cycle_id: uuid.UUID) -> int:
    """How many clips of the cycle the asker may see; the asker is one of its pair."""
    return session.scalar(select(func.count()).select_from(Clip).where(of_cycle(person, cycle_id))) or 0
