import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from veo_workflow.clips.shares.queries import ShareSeen, exemplars, spoken_to
from veo_workflow.people.models import Person
from veo_workflow.playbook.models import Step, StrategyVersion
from veo_workflow.web import PAGE_SIZE

About = tuple[uuid.UUID | None, uuid.UUID | None]


@dataclass(frozen=True)
class Exemplar:
    """What everybody at the school may watch; `about` says the strategy or step it speaks to, or nothing."""

    seen: ShareSeen
    about: str


@dataclass(frozen=True)
class Choice:
    """A strategy or a step that at least one exemplar speaks to."""

    id: str
    said: str


@dataclass(frozen=True)
class Library:
    exemplars: list[Exemplar]
    choices: list[Choice]
    more: bool


def library(session: Session, person: Person, about: About, *, page: int) -> Library:
    """A page of the library and what it can be narrowed to: four statements."""
    strategy_id, step_id = about
    found = exemplars(
        session,
        person,
        strategy_id=strategy_id,
        step_id=step_id,
        limit=PAGE_SIZE + 1,
        offset=(page - 1) * PAGE_SIZE,
    )
    spoken = spoken_to(session, person)
    titles = _titles(session, {strategy for strategy, _ in spoken if strategy})
    steps = _steps(session, {step for _, step in spoken if step})
    said = {each: _said(each, titles, steps) for each in spoken}
    return Library(
        exemplars=[
            Exemplar(seen, said.get((seen.share.strategy_id, seen.share.step_id), "")) for seen in found[:PAGE_SIZE]
        ],
        choices=_choices(said, titles),
        more=len(found) > PAGE_SIZE,
    )


def _titles(session: Session, strategy_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """How each of these strategies is called at present."""
    other = aliased(StrategyVersion)
    newest = select(func.max(other.version)).where(other.strategy_id == StrategyVersion.strategy_id).scalar_subquery()
    rows = session.execute(
        select(StrategyVersion.strategy_id, StrategyVersion.title).where(
            StrategyVersion.strategy_id.in_(list(strategy_ids)), StrategyVersion.version == newest
        )
    )
    return {row[0]: row[1] for row in rows}


def _steps(session: Session, step_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """How each of these steps was called when it was chosen: a later version may call it otherwise."""
    rows = session.execute(select(Step.id, Step.number, Step.name).where(Step.id.in_(list(step_ids))))
    return {step_id: f"step {number}: {name}" for step_id, number, name in rows}


def _said(about: About, titles: dict[uuid.UUID, str], steps: dict[uuid.UUID, str]) -> str:
    strategy, step = about
    words = (titles.get(strategy, "") if strategy else "", steps.get(step, "") if step else "")
    return ", ".join(word for word in words if word)


def _choices(said: dict[About, str], titles: dict[uuid.UUID, str]) -> list[Choice]:
    """Each strategy as a whole, then its steps; by title."""
    whole: dict[About, str] = {(strategy, None): title for strategy, title in titles.items()}
    found = said | whole
    return sorted(
        (Choice(f"{strategy}/{step or ''}", words) for (strategy, step), words in found.items() if strategy),
        key=lambda choice: choice.said,
    )
