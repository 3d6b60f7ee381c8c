"""What changes the playbook, with what it means to the pairs that use it, in one transaction."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from veo_workflow.cycles.rewordings import tell_pairs
from veo_workflow.people.models import Person
from veo_workflow.playbook import operations
from veo_workflow.playbook.bringing import operations as bringing
from veo_workflow.playbook.bringing.rules import Wanted
from veo_workflow.playbook.models import Strategy, StrategyVersion
from veo_workflow.playbook.rules import StrategyWords


def reword(
    session: Session, strategy: Strategy, words: StrategyWords, *, after: int, by: Person
) -> tuple[StrategyVersion, bool]:
    """As the playbook does it; pairs that use the strategy hear of a new wording. Raises InvalidInput, Conflict."""
    version, is_new = operations.reword(session, strategy, words, after=after, by=by)
    if is_new:
        tell_pairs(session, [strategy.id], by=by)
    return version, is_new


def bring_in(session: Session, wanted: Sequence[Wanted], *, mark: str, by: Person) -> bringing.Plan:
    """As the playbook does it; pairs hear once, however many of their strategies the file has reworded.

    Raises Conflict, InvalidInput.
    """
    done = bringing.bring_in(session, wanted, mark=mark, by=by)
    reworded = [change.standing.strategy_id for change in done.changes if change.standing and change.comparison]
    if reworded:
        tell_pairs(session, reworded, by=by)
    return done
