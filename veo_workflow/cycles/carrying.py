"""What two people agreed at the end of a cycle begins the next one."""

import dataclasses
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.adapting import operations as adapting
from veo_workflow.cycles.models import ChosenStrategy, Cycle, GoalRevision, MeasureReading, Outcome, Stage
from veo_workflow.cycles.operations import move, open_cycle, write_goal
from veo_workflow.cycles.queries import current_goal, latest_reading
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.people.models import Person
from veo_workflow.schools.queries import term_on, today_at

CARRIED_ON = frozenset({Outcome.CONTINUE, Outcome.REFINE})


def carry_on(session: Session, cycle: Cycle, outcome: Outcome, *, by: Person) -> Cycle:
    """The cycle that follows `cycle`, with its goal, its strategies as adapted, and where the measure stands now.

    A goal that stays needs no new picture of reality, so the pair goes on practising in Learn; a goal to be refined
    is Identify's work.
    """
    today = today_at(session, cycle.school_id)
    term = term_on(session, cycle.school_id, today)
    following = open_cycle(
        session, pair=cycle.pair, term=term or cycle.term, focus=cycle.focus, layer=cycle.cpd_layer, by=by
    )
    following.continues_id = cycle.id
    goal = current_goal(session, cycle.id)
    if goal is not None:
        words = carried(goal, latest_reading(session, cycle.id), today)
        write_goal(session, following, words, after=0, by=by)
    _same_strategies(session, cycle, following)
    adapting.carry_on(session, cycle, following)
    if outcome is Outcome.CONTINUE:
        move(session, following, Stage.LEARN, by=by)
    return following


def carried(goal: GoalRevision, reading: MeasureReading | None, today: date) -> GoalWords:
    """The goal as the next cycle begins with it: "now" becomes "then", and a day that has passed is left open."""
    words = GoalWords(**{field.name: getattr(goal, field.name) for field in dataclasses.fields(GoalWords)})
    return dataclasses.replace(
        words,
        baseline=reading.value if reading else goal.baseline,
        by_date=goal.by_date if goal.by_date and goal.by_date > today else None,
    )


def _same_strategies(session: Session, cycle: Cycle, following: Cycle) -> None:
    """In the wording and the order the pair has worked with."""
    for chosen in session.scalars(select(ChosenStrategy).where(ChosenStrategy.cycle_id == cycle.id)).all():
        session.add(
            ChosenStrategy(
                cycle_id=following.id,
                strategy_version_id=chosen.strategy_version_id,
                position=chosen.position,
            )
        )
    session.flush()
