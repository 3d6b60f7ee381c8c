from importlib import resources
from typing import Any

import yaml
from sqlalchemy.orm import Session

from veo_workflow.playbook.models import PressKind, Step, Strategy, StrategyVersion
from veo_workflow.schools.models import School


def add_strategy(session: Session, school: School, described: dict[str, Any]) -> StrategyVersion:
    """A strategy's first version, from plain values as in `starter.yaml`."""
    strategy = Strategy(school_id=school.id)
    session.add(strategy)
    session.flush()
    version = StrategyVersion(
        strategy_id=strategy.id,
        version=1,
        **{name: described.get(name, "") for name in ("title", "purpose", "when_to_use", "source", "licence")},
    )
    version.steps = [
        Step(
            number=number,
            name=step["name"],
            title=step["title"],
            detail=step.get("detail", ""),
            prompt=step.get("prompt", ""),
            press=PressKind(step.get("press", "moment")),
        )
        for number, step in enumerate(described["steps"], start=1)
    ]
    session.add(version)
    return version


def add_starter_playbook(session: Session, school: School) -> None:
    """The strategies that every school begins with, in the project's own words."""
    text = resources.files("veo_workflow.playbook").joinpath("starter.yaml").read_text(encoding="utf-8")
    for described in yaml.safe_load(text):
        add_strategy(session, school, described)
