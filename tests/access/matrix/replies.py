from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.access.rows import PAIR, Row
from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.models import Cycle

ADDRESS = "/api/clips/{answered_clip}/tags/{answered}/replies/0196f000-0000-7000-8000-000000000003"

ROWS = (
    # Tested as two: a reply is the one's who wrote it first.
    Row("replies.put", "PUT", ADDRESS, PAIR, ok=frozenset({200, 201, 409}), json=lambda _: {"text": "A reply."}),
    Row("replies.delete", "DELETE", ADDRESS, PAIR, ok=frozenset({204, 403})),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """A shared moment that can be replied to."""
    cycle = session.scalars(select(Cycle).where(Cycle.id == world.cycle.id)).one()
    clip = make_clip(session, cycle, world.asha)
    tag = make_tag(session, clip, world.priya, world.strategy)
    session.flush()
    return {"answered": str(tag.id), "answered_clip": str(clip.id)}
