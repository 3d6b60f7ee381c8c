from sqlalchemy.orm import Session

from tests.access.rows import Row
from tests.support.world import World

ADA = frozenset({"ada"})

ROWS = (
    Row("roles.of_person", "GET", "/people/{somebody}/roles", ADA),
    Row("roles.change", "POST", "/people/{somebody}/roles", ADA, form=lambda _: {"roles": "lead"}),
)


def fill(_session: Session, world: World) -> dict[str, str]:
    return {"somebody": str(world.sam.id)}
