import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from veo_workflow.errors import NotFound
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step, Strategy, StrategyVersion
from veo_workflow.playbook.rules import STRATEGIES_AT_MOST, ResourceWords, StepWords, StrategyWords


@dataclass(frozen=True)
class Holder:
    """Whose title it is."""

    strategy_id: uuid.UUID
    version: int
    retired: bool


@dataclass(frozen=True)
class Wording:
    """A version in a list of versions."""

    version: int
    title: str
    written_at: datetime
    written_by: str


def newest() -> ScalarSelect[int]:
    """The number of the newest version of the strategy of the StrategyVersion in the statement around it."""
    other = aliased(StrategyVersion)
    return select(func.max(other.version)).where(other.strategy_id == StrategyVersion.strategy_id).scalar_subquery()


def current_versions(
    session: Session,
    school_id: uuid.UUID,
    *,
    limit: int,
    offset: int = 0,
    retired: bool = False,
    words: Collection[str] = (),
) -> list[StrategyVersion]:
    """The newest wording of each strategy in the school's playbook, by title, with steps: two statements.

    With `words`, those in which every one of them stands, be it in the strategy or in one of its steps.
    """
    return list(
        session.scalars(
            select(StrategyVersion)
            .join(Strategy, Strategy.id == StrategyVersion.strategy_id)
            .where(
                Strategy.school_id == school_id,
                Strategy.retired_at.is_not(None) if retired else Strategy.retired_at.is_(None),
                StrategyVersion.version == newest(),
                *map(_says, words),
            )
            .order_by(StrategyVersion.title, StrategyVersion.id)
            .limit(limit)
            .offset(offset)
        )
    )


def _says(word: str) -> ColumnElement[bool]:
    own = (StrategyVersion.title, StrategyVersion.purpose, StrategyVersion.when_to_use)
    return or_(
        *(text.icontains(word, autoescape=True) for text in own),
        StrategyVersion.steps.any(
            or_(*(text.icontains(word, autoescape=True) for text in (Step.name, Step.title, Step.detail)))
        ),
    )


def strategy_at(session: Session, person: Person, strategy_id: uuid.UUID) -> Strategy:
    """A strategy of the person's own school: one statement. Raises NotFound."""
    strategy = session.scalar(
        select(Strategy).where(Strategy.id == strategy_id, Strategy.school_id == person.school_id)
    )
    if strategy is None:
        raise NotFound()
    return strategy


def newest_version(session: Session, strategy_id: uuid.UUID) -> StrategyVersion:
    """With steps and links: three statements."""
    return session.scalars(
        select(StrategyVersion)
        .where(StrategyVersion.strategy_id == strategy_id)
        .order_by(StrategyVersion.version.desc())
        .limit(1)
        .options(selectinload(StrategyVersion.resources))
    ).one()


def version_numbered(session: Session, strategy_id: uuid.UUID, number: int) -> StrategyVersion:
    """With steps and links: three statements. Raises NotFound."""
    version = session.scalar(
        select(StrategyVersion)
        .where(StrategyVersion.strategy_id == strategy_id, StrategyVersion.version == number)
        .options(selectinload(StrategyVersion.resources))
    )
    if version is None:
        raise NotFound()
    return version


def newest_number(session: Session, strategy_id: uuid.UUID) -> int:
    return session.scalars(
        select(func.max(StrategyVersion.version)).where(StrategyVersion.strategy_id == strategy_id)
    ).one()


def wordings(session: Session, strategy_id: uuid.UUID, *, limit: int, offset: int = 0) -> list[Wording]:
    """Every wording of a strategy, the newest first, without its text: one statement."""
    rows = session.execute(
        select(StrategyVersion.version, StrategyVersion.title, StrategyVersion.created_at, Person.name)
        .outerjoin(Person, Person.id == StrategyVersion.written_by_id)
        .where(StrategyVersion.strategy_id == strategy_id)
        .order_by(StrategyVersion.version.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Wording(version, title, at, name or "") for version, title, at, name in rows]


def titles(session: Session, school_id: uuid.UUID) -> dict[str, Holder]:
    """Whose title is which, in small letters, retired strategies too: one statement."""
    rows = session.execute(
        select(StrategyVersion.title, StrategyVersion.strategy_id, StrategyVersion.version, Strategy.retired_at)
        .join(Strategy, Strategy.id == StrategyVersion.strategy_id)
        .where(Strategy.school_id == school_id, StrategyVersion.version == newest())
        .order_by(Strategy.retired_at.is_(None), StrategyVersion.id)
    )
    return {title.casefold(): Holder(strategy, version, bool(at)) for title, strategy, version, at in rows}


def words_of(version: StrategyVersion) -> StrategyWords:
    """The version as plain values; its steps and links are loaded."""
    return StrategyWords(
        title=version.title,
        purpose=version.purpose,
        when_to_use=version.when_to_use,
        source=version.source,
        licence=version.licence,
        steps=tuple(map(words_of_step, version.steps)),
        resources=tuple(ResourceWords(link.title, link.address, link.note) for link in version.resources),
    )


def words_of_step(step: Step) -> StepWords:
    return StepWords(
        name=step.name,
        title=step.title,
        detail=step.detail,
        prompt=step.prompt,
        colour=step.colour,
        press=step.press,
        lead_ms=step.lead_ms,
        lag_ms=step.lag_ms,
    )


def newest_versions(session: Session, strategy_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, StrategyVersion]:
    """The newest wordings of these strategies with steps and links: three statements."""
    found = session.scalars(
        select(StrategyVersion)
        .where(StrategyVersion.strategy_id.in_(strategy_ids), StrategyVersion.version == newest())
        .options(selectinload(StrategyVersion.resources))
    )
    return {version.strategy_id: version for version in found}


def whole_playbook(session: Session, school_id: uuid.UUID) -> list[StrategyVersion]:
    """The newest wording of every strategy that is offered, by title, with steps and links: three statements."""
    return list(
        session.scalars(
            select(StrategyVersion)
            .join(Strategy, Strategy.id == StrategyVersion.strategy_id)
            .where(Strategy.school_id == school_id, Strategy.retired_at.is_(None), StrategyVersion.version == newest())
            .order_by(StrategyVersion.title, StrategyVersion.id)
            .limit(STRATEGIES_AT_MOST)
            .options(selectinload(StrategyVersion.resources))
        )
    )
