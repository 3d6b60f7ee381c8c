"""What this room puts into takeouts: of a cycle, in four statements, and of a person."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.cycles import queries, rules
from veo_workflow.cycles.models import Cycle, GoalRevision, MeasureReading, StageMove
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.queries import school_of
from veo_workflow.playbook.models import StrategyVersion

# More than a pair ever writes in a cycle; the limits only keep a runaway client from making it endless.
READINGS = 500
REVISIONS = 500
MOVES = 500

SHEETS = {"cycles": ("focus", "with", "role", "term", "stage", "outcome", "opened_at", "closed_at")}


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """The cycle itself, its moves, the goal's wordings and readings, and the strategies in the wording used."""
    names = names_of(seen.pair)
    cycle_id = seen.cycle.id
    moves = session.scalars(
        select(StageMove).where(StageMove.cycle_id == cycle_id).order_by(StageMove.moved_at, StageMove.id).limit(MOVES)
    )
    readings = session.scalars(
        select(MeasureReading)
        .where(MeasureReading.cycle_id == cycle_id, MeasureReading.removed_at.is_(None))
        .order_by(MeasureReading.taken_on, MeasureReading.recorded_at, MeasureReading.id)
        .limit(READINGS)
    )
    goals = queries.goal_revisions(session, cycle_id, limit=REVISIONS)
    return {
        "cycle": _cycle(session, person, seen),
        "stage_moves": [
            {"from": move.from_stage, "to": move.to_stage, "by": names.get(move.moved_by_id), "at": move.moved_at}
            for move in moves
        ],
        "goals": [_goal(goal, names) for goal in reversed(goals)],
        "readings": [
            {"taken_on": reading.taken_on, "value": reading.value, "by": names.get(reading.taken_by_id)}
            for reading in readings
        ],
        "strategies": [_strategy(version) for version in queries.strategies_in_use(session, cycle_id)],
    }


def names_of(pair: Pair) -> dict[uuid.UUID, str]:
    """Who is meant by an id in a cycle: nobody but its pair."""
    return {pair.coachee_id: pair.coachee.name, pair.coach_id: pair.coach.name}


def _cycle(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    cycle, pair = seen.cycle, seen.pair
    return {
        "id": cycle.id,
        "school": school_of(session, person).name,
        "focus": cycle.focus,
        "cpd_layer": cycle.cpd_layer,
        "stage": cycle.stage,
        "outcome": cycle.outcome,
        "opened_at": cycle.opened_at,
        "closed_at": cycle.closed_at,
        "term": {"name": cycle.term.name, "starts_on": cycle.term.starts_on, "ends_on": cycle.term.ends_on},
        "pair": {
            "coachee": pair.coachee.name,
            "coach": pair.coach.name,
            "starts_on": pair.starts_on,
            "ends_on": pair.ends_on,
            "ended_at": pair.ended_at,
        },
    }


def _goal(goal: GoalRevision, names: dict[uuid.UUID, str]) -> dict[str, Any]:
    return {
        "revision": goal.revision,
        "statement": goal.statement,
        "peers": {name: getattr(goal, name) for name in rules.PEERS},
        "measure": goal.measure,
        "unit": goal.unit,
        "baseline": goal.baseline,
        "target": goal.target,
        "by_date": goal.by_date,
        "evidence_plan": goal.evidence_plan,
        "by": names.get(goal.written_by_id),
        "at": goal.written_at,
    }


def _strategy(version: StrategyVersion) -> dict[str, Any]:
    return {
        "title": version.title,
        "version": version.version,
        "purpose": version.purpose,
        "when_to_use": version.when_to_use,
        "source": version.source,
        "licence": version.licence,
        "steps": [
            {
                "number": step.number,
                "name": step.name,
                "title": step.title,
                "detail": step.detail,
                "prompt": step.prompt,
            }
            for step in version.steps
        ],
    }


def of_person(session: Session, person: Person) -> dict[str, Any]:
    """The cycles they may see, and what they have written as a coach, their former coachees' cycles included.

    Of those it holds their own words alone: four statements.
    """
    cycles = session.execute(
        select(Cycle, Pair)
        .join(Pair, Pair.id == Cycle.pair_id)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee), joinedload(Cycle.term))
        .where(may_look_at(person))
        .order_by(Cycle.opened_at, Cycle.id)
    )
    return {
        "cycles": [_line(cycle, pair, person) for cycle, pair in cycles],
        "goals_written_as_coach": [
            _goal(goal, {person.id: person.name}) | {"cycle_id": goal.cycle_id}
            for goal in _as_coach(session, person, GoalRevision, GoalRevision.written_by_id)
        ],
        "readings_taken_as_coach": [
            {"cycle_id": reading.cycle_id, "taken_on": reading.taken_on, "value": reading.value}
            for reading in _as_coach(session, person, MeasureReading, MeasureReading.taken_by_id)
        ],
        "stage_moves_as_coach": [
            {"cycle_id": move.cycle_id, "from": move.from_stage, "to": move.to_stage, "at": move.moved_at}
            for move in _as_coach(session, person, StageMove, StageMove.moved_by_id)
        ],
    }


def cycles_as_coachee(session: Session, person: Person) -> list[uuid.UUID]:
    """Every cycle in which the person was coached, the earliest first."""
    asked = select(Cycle.id).join(Pair, Pair.id == Cycle.pair_id).where(Pair.coachee_id == person.id)
    return list(session.scalars(asked.order_by(Cycle.opened_at, Cycle.id)))


def _line(cycle: Cycle, pair: Pair, person: Person) -> dict[str, Any]:
    return {
        "id": cycle.id,
        "role": "coach" if pair.coach_id == person.id else "coachee",
        "with": pair.other(person.id).name,
        "term": cycle.term.name,
        "focus": cycle.focus,
        "stage": cycle.stage,
        "outcome": cycle.outcome,
        "opened_at": cycle.opened_at,
        "closed_at": cycle.closed_at,
    }


def _as_coach(session: Session, person: Person, rows: Any, by: Any) -> list[Any]:
    """What the person wrote in the cycles of those they coach or coached."""
    return list(
        session.scalars(
            select(rows)
            .join(Cycle, Cycle.id == rows.cycle_id)
            .join(Pair, Pair.id == Cycle.pair_id)
            .where(Pair.coach_id == person.id, by == person.id)
            .order_by(rows.id)
        )
    )


def may_look_at(person: Person) -> ColumnElement[bool]:
    """The pairs whose cycles a person may see: every one in which they are coached, and those they coach at present."""
    return or_(Pair.coachee_id == person.id, and_(Pair.coach_id == person.id, Pair.ended_at.is_(None)))
