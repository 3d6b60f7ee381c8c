from sqlalchemy.orm import Session

from tests.access.rows import COACHEE, EVERYBODY, Row
from tests.support.world import World
from veo_workflow.people.models import Person
from veo_workflow.people.shared.operations import show_code

ROWS = (
    Row("shared_ipad.explain", "GET", "/me/shared-ipad", EVERYBODY),
    Row("shared_ipad.show", "POST", "/me/shared-ipad", EVERYBODY),
    Row("shared_ipad.state", "GET", "/api/shared-ipad/{code}", COACHEE),
    # Whoever holds the code is Asha for all that can be known; this one is nobody's.
    Row("shared_ipad.scanned", "GET", "/ipad/not-a-code", EVERYBODY, open_to_all=True, ok=frozenset({410})),
    Row("shared_ipad.take", "POST", "/ipad/not-a-code", EVERYBODY, open_to_all=True, ok=frozenset({410})),
)


def fill(session: Session, world: World) -> dict[str, str]:
    code, _ = show_code(session, session.get_one(Person, world.asha.id))
    return {"code": str(code.id)}
