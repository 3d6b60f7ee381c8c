"""Opening a cycle, moving it, and writing its goal, strategies and readings."""

import dataclasses
import uuid
from collections.abc import Collection
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.cycles import rules
from veo_workflow.cycles.adapting.rewording import kept_from_before, take_over
from veo_workflow.cycles.models import (
    ChosenStrategy,
    CpdLayer,
    Cycle,
    GoalRevision,
    MeasureReading,
    Outcome,
    Stage,
    StageMove,
)
from veo_workflow.cycles.rewordings import forget_news
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import read_about, tell
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.queries import current_versions
from veo_workflow.schools.models import Term


def open_cycle(session: Session, *, pair: Pair, term: Term, focus: str, layer: CpdLayer, by: Person) -> Cycle:
    """A new cycle in Identify. Raises InvalidInput."""
    if pair.ended_at is not None:
        raise InvalidInput("This pair has ended, so it cannot begin another cycle.")
    cycle = Cycle(
        school_id=pair.school_id,
        pair_id=pair.id,
        term_id=term.id,
        focus=rules.check_focus(focus),
        cpd_layer=layer,
    )
    session.add(cycle)
    session.flush()
    record(session, "cycle_opened", by=by.id, school=pair.school_id, subject=("cycle", cycle.id))
    return cycle


def move(session: Session, cycle: Cycle, to: Stage, *, by: Person) -> None:
    """Raises InvalidInput for a move the table does not know, Conflict when the other person moved it meanwhile."""
    present = cycle.stage
    if present is to:
        return
    rules.check_move(present, to)
    moved = session.scalar(
        update(Cycle).where(Cycle.id == cycle.id, Cycle.stage == present).values(stage=to).returning(Cycle.id)
    )
    if moved is None:
        raise Conflict("The other person has just moved this cycle. Reload the page to see where it is.")
    session.add(StageMove(cycle_id=cycle.id, from_stage=present, to_stage=to, moved_by_id=by.id))
    record(session, f"cycle_moved_to_{to.value}", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))


def write_goal(session: Session, cycle: Cycle, words: rules.GoalWords, *, after: int, by: Person) -> GoalRevision:
    """A new revision of the goal, written on top of revision `after` (0: there was none).

    Raises Conflict carrying the newer revision's text when somebody else wrote meanwhile.
    """
    one_at_a_time(session, cycle)
    newest = session.scalar(
        select(GoalRevision).where(GoalRevision.cycle_id == cycle.id).order_by(GoalRevision.revision.desc()).limit(1)
    )
    if (newest.revision if newest else 0) != after:
        raise Conflict(
            "The other person changed the goal while you were writing. Both texts are below.",
            code="goal_changed",
            theirs=newest,
        )
    goal = GoalRevision(cycle_id=cycle.id, revision=after + 1, written_by_id=by.id, **dataclasses.asdict(words))
    session.add(goal)
    session.flush()
    tell(session, [cycle.pair.coach_id, cycle.pair.coachee_id], NoticeKind.GOAL_WRITTEN, cycle.id, by=by.id)
    record(session, "goal_written", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))
    return goal


def one_at_a_time(session: Session, cycle: Cycle) -> None:
    """Whoever comes second waits for the first, and then sees what the first wrote."""
    session.execute(select(Cycle.id).where(Cycle.id == cycle.id).with_for_update())


def record_reading(session: Session, cycle: Cycle, value: float | None, taken_on: date, *, by: Person) -> None:
    """Raises InvalidInput."""
    if value is None:
        raise InvalidInput("Write the figure you measured.", fields={"value": "For example 12, 40 or 2:50."})
    session.add(MeasureReading(cycle_id=cycle.id, taken_on=taken_on, value=value, taken_by_id=by.id))
    record(session, "measure_recorded", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))


def choose_strategies(
    session: Session,
    cycle: Cycle,
    strategy_ids: list[uuid.UUID],
    *,
    reworded: Collection[uuid.UUID] = (),
    by: Person,
) -> None:
    """Use these strategies of the school's playbook, in this order.

    Those already in use keep the wording they were begun with, except for the `reworded` ones, which are used in their
    newest from now on, with what the pair does in its own way; what was made with the old words keeps them.  Of a
    strategy that was given up in this cycle and is chosen again, the pair's own way comes back.  Raises InvalidInput.
    """
    wanted = list(dict.fromkeys(strategy_ids))
    if len(wanted) > rules.STRATEGIES_AT_ONCE:
        raise InvalidInput(f"Choose at most {rules.STRATEGIES_AT_ONCE} strategies; one is often enough.")
    one_at_a_time(session, cycle)
    used = {
        chosen.version.strategy_id: chosen.strategy_version_id
        for chosen in session.scalars(select(ChosenStrategy).where(ChosenStrategy.cycle_id == cycle.id))
    }
    current = {version.strategy_id: version.id for version in current_versions(session, cycle.school_id, limit=500)}
    known = current | {it: version for it, version in used.items() if it not in reworded or it not in current}
    if any(strategy not in known for strategy in wanted):
        raise InvalidInput("One of these strategies is no longer in the playbook. Reload the page and choose again.")
    session.execute(delete(ChosenStrategy).where(ChosenStrategy.cycle_id == cycle.id))
    session.add_all(
        ChosenStrategy(cycle_id=cycle.id, strategy_version_id=known[strategy], position=position)
        for position, strategy in enumerate(wanted, start=1)
    )
    reworded_now = {used[it]: known[it] for it in wanted if it in used and used[it] != known[it]}
    chosen_anew = [known[it] for it in wanted if it not in used]
    take_over(session, cycle, reworded_now | kept_from_before(session, cycle.id, chosen_anew))
    read_about(session, by.id, NoticeKind.STRATEGY_REWORDED, cycle.id)
    record(session, "strategies_chosen", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))


def close(session: Session, cycle: Cycle, outcome: Outcome, *, by: Person) -> None:
    """Both have confirmed: the outcome stands and the cycle is history."""
    cycle.outcome = outcome
    cycle.closed_at = now()
    forget_news(session, cycle.pair, [cycle.id])
    record(session, f"cycle_closed_{outcome.value}", by=by.id, school=cycle.school_id, subject=("cycle", cycle.id))
