"""How tests of tags ask, and what they look at."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.world import World
from veo_workflow.clips.models import Clip
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag

SignIn = Callable[[Person | None], FlaskClient]


def body(world: World, **other: Any) -> dict[str, Any]:
    step = str(world.strategy.steps[0].id)
    return {"pressed_ms": 10_017, "start_ms": 4017, "end_ms": 14_017, "step": step, "kind": "note"} | other


def address(clip: Clip, tag_id: object) -> str:
    return f"/api/clips/{clip.id}/tags/{tag_id}"


def tags_of(services: Services, clip: Clip) -> list[Tag]:
    with services.database.reading() as session:
        return list(session.scalars(select(Tag).where(Tag.clip_id == clip.id).order_by(Tag.start_ms)))
