"""What a new wording in the playbook means to the pairs that use the strategy: news, and nothing they must do."""

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.cycles.models import ChosenStrategy, Cycle
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import forget_about, tell_each
from veo_workflow.people.models import Pair, Person
from veo_workflow.playbook.models import StrategyVersion


def tell_pairs(session: Session, strategy_ids: Collection[uuid.UUID], *, by: Person) -> None:
    """Both of a pair hear once of a running cycle in which any of these strategies, just reworded, is in use."""
    rows = session.execute(
        select(Cycle.id, Pair.coach_id, Pair.coachee_id)
        .join(Pair, Pair.id == Cycle.pair_id)
        .join(ChosenStrategy, ChosenStrategy.cycle_id == Cycle.id)
        .join(StrategyVersion, StrategyVersion.id == ChosenStrategy.strategy_version_id)
        .where(StrategyVersion.strategy_id.in_(strategy_ids), Cycle.closed_at.is_(None), Pair.ended_at.is_(None))
        .distinct()
    ).all()
    told = [(person, cycle) for cycle, *pair in rows for person in pair]
    tell_each(session, told, NoticeKind.STRATEGY_REWORDED, by=by.id)


def forget_news(session: Session, pair: Pair, cycle_ids: Collection[uuid.UUID]) -> None:
    """In these cycles nothing can be taken over any more."""
    forget_about(session, [pair.coach_id, pair.coachee_id], NoticeKind.STRATEGY_REWORDED, cycle_ids)
