import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.errors import NotFound
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Strategy, StrategyVersion


def current_versions(session: Session, school_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[StrategyVersion]:
    """The newest wording of each strategy in the school's playbook, by title, with steps: two statements."""
    other = aliased(StrategyVersion)
    newest = select(func.max(other.version)).where(other.strategy_id == StrategyVersion.strategy_id).scalar_subquery()
    return list(
        session.scalars(
            select(StrategyVersion)
            .join(Strategy, Strategy.id == StrategyVersion.strategy_id)
            .where(Strategy.school_id == school_id, Strategy.retired_at.is_(None), StrategyVersion.version == newest)
            .order_by(StrategyVersion.title, StrategyVersion.id)
            .limit(limit)
            .offset(offset)
        )
    )


def versions_of(session: Session, person: Person, strategy_id: uuid.UUID) -> list[StrategyVersion]:
    """Every wording of one strategy of the person's own school, newest first. Raises NotFound."""
    found = list(
        session.scalars(
            select(StrategyVersion)
            .join(Strategy, Strategy.id == StrategyVersion.strategy_id)
            .where(Strategy.id == strategy_id, Strategy.school_id == person.school_id)
            .order_by(StrategyVersion.version.desc())
            .limit(50)
        )
    )
    if not found:
        raise NotFound()
    return found
