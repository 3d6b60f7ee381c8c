import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.access.policy import Relation, State, Thing, Verb, relations_to, require
from veo_workflow.cycles import rules
from veo_workflow.cycles.models import ChosenStrategy, Cycle, GoalRevision, MeasureReading, StageMove
from veo_workflow.errors import NotFound
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.queries import asker, sides
from veo_workflow.playbook.models import StrategyVersion


@dataclass(frozen=True)
class CycleSeen:
    """A cycle as one person stands to it; its pair, both people and its term are loaded."""

    cycle: Cycle
    pair: Pair
    relations: frozenset[Relation]
    state: State

    @property
    def is_coachee(self) -> bool:
        return Relation.COACHEE in self.relations


@dataclass(frozen=True)
class InUse:
    """A strategy in the wording that a cycle uses, and as the playbook has it now (None: it is retired)."""

    version: StrategyVersion
    current: StrategyVersion | None

    @property
    def newer(self) -> StrategyVersion | None:
        return self.current if self.current and self.current.version > self.version.version else None


def cycle_for(
    session: Session, person: Person, cycle_id: uuid.UUID, verb: Verb = Verb.SEE, thing: Thing = Thing.CYCLE
) -> CycleSeen:
    """The cycle, if the policy lets `person` do `verb` with it: one statement.

    Raises NotFound, NotAllowed.
    """
    cycle = session.scalar(
        select(Cycle)
        .join(Cycle.pair)
        .options(
            joinedload(Cycle.pair).joinedload(Pair.coach),
            joinedload(Cycle.pair).joinedload(Pair.coachee),
            joinedload(Cycle.term),
        )
        .where(
            Cycle.id == cycle_id,
            Cycle.school_id == person.school_id,
            (Pair.coach_id == person.id) | (Pair.coachee_id == person.id),
        )
    )
    if cycle is None:
        raise NotFound()
    seen = seen_by(person, cycle)
    require(seen.relations, verb, thing, seen.state)
    return seen


def seen_by(person: Person, cycle: Cycle) -> CycleSeen:
    """How `person` stands to a cycle whose pair is loaded."""
    state = rules.state_of(closed=cycle.closed_at is not None, pair_ended=cycle.pair.ended_at is not None)
    return CycleSeen(cycle, cycle.pair, relations_to(asker(person), sides(cycle.pair)), state)


def cycles_of(session: Session, person: Person, *, limit: int, offset: int = 0) -> list[Cycle]:
    """The cycles a person may see, newest first: one statement. A former coach's are not among them."""
    return list(
        session.scalars(
            select(Cycle)
            .join(Cycle.pair)
            .options(
                joinedload(Cycle.pair).joinedload(Pair.coach),
                joinedload(Cycle.pair).joinedload(Pair.coachee),
                joinedload(Cycle.term),
            )
            .where((Pair.coachee_id == person.id) | ((Pair.coach_id == person.id) & Pair.ended_at.is_(None)))
            .order_by(Cycle.closed_at.is_not(None), Cycle.opened_at.desc(), Cycle.id)
            .limit(limit)
            .offset(offset)
        )
    )


def following_id(session: Session, cycle: Cycle) -> uuid.UUID | None:
    """The cycle that carries this one on: one statement, and none while this one is open."""
    if cycle.closed_at is None:
        return None
    return session.scalar(select(Cycle.id).where(Cycle.continues_id == cycle.id))


def current_goal(session: Session, cycle_id: uuid.UUID) -> GoalRevision | None:
    return session.scalar(
        select(GoalRevision).where(GoalRevision.cycle_id == cycle_id).order_by(GoalRevision.revision.desc()).limit(1)
    )


def goal_revisions(session: Session, cycle_id: uuid.UUID, *, limit: int = 20) -> list[GoalRevision]:
    """The goal's wordings, newest first."""
    return list(
        session.scalars(
            select(GoalRevision)
            .where(GoalRevision.cycle_id == cycle_id)
            .order_by(GoalRevision.revision.desc())
            .limit(limit)
        )
    )


def latest_reading(session: Session, cycle_id: uuid.UUID) -> MeasureReading | None:
    return session.scalar(
        select(MeasureReading)
        .where(MeasureReading.cycle_id == cycle_id, MeasureReading.removed_at.is_(None))
        .order_by(MeasureReading.taken_on.desc(), MeasureReading.recorded_at.desc())
        .limit(1)
    )


def stage_moves(session: Session, cycle_id: uuid.UUID, *, limit: int = 40) -> list[StageMove]:
    """The cycle's moves, newest first."""
    return list(
        session.scalars(
            select(StageMove).where(StageMove.cycle_id == cycle_id).order_by(StageMove.moved_at.desc()).limit(limit)
        )
    )


def strategies_in_use(session: Session, cycle_id: uuid.UUID) -> list[StrategyVersion]:
    """The cycle's strategies with their steps, in the pair's order: two statements."""
    chosen = session.scalars(
        select(ChosenStrategy).where(ChosenStrategy.cycle_id == cycle_id).order_by(ChosenStrategy.position)
    )
    return [row.version for row in chosen]
