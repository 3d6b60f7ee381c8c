"""What this room puts into the takeout of a cycle: plain values, in four statements."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles import queries, rules
from veo_workflow.cycles.models import GoalRevision, MeasureReading, StageMove
from veo_workflow.cycles.queries import CycleSeen
from veo_workflow.people.models import Pair, Person
from veo_workflow.people.queries import school_of
from veo_workflow.playbook.models import StrategyVersion

# More than a pair ever writes in a cycle; the limits only keep a runaway client from making it endless.
READINGS = 500
REVISIONS = 500
MOVES = 500


def taken_out(session: Session, person: Person, seen: CycleSeen) -> dict[str, Any]:
    """The cycle itself, its moves, the goal's wordings and readings, and the strategies in the wording used."""
    names = names_of(seen.pair)
    cycle_id = seen.cycle.id
    moves = session.scalars(
        select(StageMove).where(StageMove.cycle_id == cycle_id).order_by(StageMove.moved_at, StageMove.id).limit(MOVES)
    )
    readings = session.scalars(
        select(MeasureReading)
        .where(MeasureReading.cycle_id == cycle_id)
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
