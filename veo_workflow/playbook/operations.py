"""Writing the playbook. The acting person is a parameter; a wording is never changed once it is made."""

import dataclasses
import uuid
from collections.abc import Mapping
from importlib import resources
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.playbook import queries
from veo_workflow.playbook.models import Step, Strategy, StrategyResource, StrategyVersion
from veo_workflow.playbook.rules import STRATEGIES_AT_MOST, Described, StrategyWords, read_strategy
from veo_workflow.schools.models import School


def add(session: Session, words: StrategyWords, *, by: Person) -> StrategyVersion:
    """A new strategy in its first wording. Raises InvalidInput."""
    one_at_a_time(session, by.school_id)
    _check_title(session, by.school_id, words.title, apart_from=None)
    check_room(session, by.school_id, 1)
    version = first_version(session, by.school_id, words, by=by)
    record(session, "strategy_added", by=by.id, school=by.school_id, subject=("strategy", version.strategy_id))
    return version


def reword(
    session: Session, strategy: Strategy, words: StrategyWords, *, after: int, by: Person
) -> tuple[StrategyVersion, bool]:
    """The strategy's newest wording, and whether it is a new one: the same words again make none.

    Raises InvalidInput, and Conflict carrying the newer wording when somebody has saved one on top of `after`.
    """
    one_at_a_time(session, strategy.school_id)
    session.refresh(strategy)
    standing = queries.newest_version(session, strategy.id)
    if queries.words_of(standing) == words:
        return standing, False
    if strategy.retired_at is not None:
        raise InvalidInput("This strategy is retired. Bring it back first, then change it.")
    if standing.version != after:
        raise Conflict(
            "Somebody saved another wording while you were writing. Both texts are below.",
            code="strategy_changed",
            theirs=standing,
        )
    _check_title(session, strategy.school_id, words.title, apart_from=strategy.id)
    version = next_version(session, standing, words, by=by)
    record(session, "strategy_reworded", by=by.id, school=strategy.school_id, subject=("strategy", strategy.id))
    return version, True


def one_at_a_time(session: Session, school_id: uuid.UUID) -> None:
    """Whoever writes in the playbook second waits for the first, and then sees what the first wrote."""
    session.execute(select(School.id).where(School.id == school_id).with_for_update())


def check_room(session: Session, school_id: uuid.UUID, more: int) -> None:
    """Raises InvalidInput where the playbook would offer too many strategies to choose from."""
    offered = select(func.count()).where(Strategy.school_id == school_id, Strategy.retired_at.is_(None))
    if (session.scalar(offered) or 0) + more > STRATEGIES_AT_MOST:
        raise InvalidInput(f"A playbook holds {STRATEGIES_AT_MOST} strategies at most. Retire some first.")


def _check_title(session: Session, school_id: uuid.UUID, title: str, *, apart_from: uuid.UUID | None) -> None:
    """Titles tell strategies apart, for people and for files that are brought in."""
    holder = queries.titles(session, school_id).get(title.casefold())
    if holder is None or holder.strategy_id == apart_from:
        return
    remedy = "bring it back, or choose another title" if holder.retired else "change that one, or choose another title"
    raise InvalidInput(
        f"There is {'a retired' if holder.retired else 'a'} strategy called “{title}” already: {remedy}.",
        fields={"title": "Choose another title."},
    )


def first_version(
    session: Session, school_id: uuid.UUID, words: StrategyWords, *, by: Person | None
) -> StrategyVersion:
    strategy = Strategy(school_id=school_id)
    session.add(strategy)
    session.flush()
    return _version(session, strategy.id, 1, words, by)


def next_version(
    session: Session, standing: StrategyVersion, words: StrategyWords, *, by: Person | None
) -> StrategyVersion:
    return _version(session, standing.strategy_id, standing.version + 1, words, by)


def _version(
    session: Session, strategy_id: uuid.UUID, number: int, words: StrategyWords, by: Person | None
) -> StrategyVersion:
    version = StrategyVersion(
        strategy_id=strategy_id,
        version=number,
        title=words.title,
        purpose=words.purpose,
        when_to_use=words.when_to_use,
        source=words.source,
        licence=words.licence,
        written_by_id=by.id if by else None,
    )
    version.steps = [Step(number=n, **_columns(step)) for n, step in enumerate(words.steps, 1)]
    version.resources = [StrategyResource(number=n, **_columns(link)) for n, link in enumerate(words.resources, 1)]
    session.add(version)
    session.flush()
    return version


def _columns(words: Any) -> dict[str, Any]:
    return {field.name: getattr(words, field.name) for field in dataclasses.fields(words)}


def retire(session: Session, strategy: Strategy, *, by: Person) -> None:
    """It is no longer offered; cycles that use it go on with it."""
    if strategy.retired_at is None:
        strategy.retired_at = now()
        record(session, "strategy_retired", by=by.id, school=by.school_id, subject=("strategy", strategy.id))


def bring_back(session: Session, strategy: Strategy, *, by: Person) -> None:
    """Raises InvalidInput where there is no room for it."""
    if strategy.retired_at is not None:
        check_room(session, strategy.school_id, 1)
        strategy.retired_at = None
        record(session, "strategy_brought_back", by=by.id, school=by.school_id, subject=("strategy", strategy.id))


def add_strategy(session: Session, school: School, described: Mapping[str, Any]) -> StrategyVersion:
    """A strategy's first version, from plain values as in `starter.yaml`. Raises InvalidInput."""
    words, faults = read_strategy(Described(described, described["steps"]))
    if words is None:
        raise InvalidInput(f"{described.get('title')}: {faults[0].sentence}")
    return first_version(session, school.id, words, by=None)


def add_starter_playbook(session: Session, school: School) -> None:
    """The strategies that every school begins with, in the project's own words."""
    text = resources.files("veo_workflow.playbook").joinpath("starter.yaml").read_text(encoding="utf-8")
    for described in yaml.safe_load(text):
        add_strategy(session, school, described)
