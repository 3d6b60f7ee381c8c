from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.access.rows import PAIR, Row
from tests.support.world import World, make_clip, make_tag
from veo_workflow.cycles.models import Cycle
from veo_workflow.reviews.models import NextAction, Review

MOMENT = "/cycles/{cycle}/review/moments/{reviewed}"

ROWS = (
    Row("reviews.review", "GET", "/cycles/{cycle}/review", PAIR),
    Row("reviews.write", "POST", "/cycles/{cycle}/review", PAIR, form=lambda _: {"celebrate": "Yes", "version": "0"}),
    Row("reviews.confirm", "POST", "/cycles/{cycle}/review/confirm", PAIR, ok=frozenset({302, 303, 409, 422})),
    Row("reviews.save", "PUT", "/api/cycles/{cycle}/review", PAIR, json=lambda _: {"celebrate": "Yes", "version": 0}),
    Row(
        "reviews.mark_done",
        "POST",
        "/cycles/{cycle}/review/actions/{next_action}",
        PAIR,
        form=lambda _: {"done": "yes"},
    ),
    Row("queue.standing", "GET", "/api/cycles/{cycle}/review/queue", PAIR),
    Row("queue.change", "POST", MOMENT, PAIR, form=lambda _: {"do": "star"}),
    Row("queue.put", "PUT", f"/api{MOMENT}", PAIR, json=lambda _: {"do": "star"}),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """A shared moment for the queue, and a next action."""
    cycle = session.scalars(select(Cycle).where(Cycle.id == world.cycle.id)).one()
    tag = make_tag(session, make_clip(session, cycle, world.asha), world.priya, world.strategy)
    review = session.get(Review, cycle.id) or Review(cycle_id=cycle.id)
    review.actions.append(NextAction(position=1, what="Two queues", owner_id=world.asha.id))
    session.add(review)
    session.flush()
    return {"reviewed": str(tag.id), "next_action": str(review.actions[-1].id)}
