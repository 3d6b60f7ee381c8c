from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.access.rows import COACHEE, EVERYBODY, Row
from tests.support.world import World
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person, SignIn

ROWS = (
    Row("devices.everything", "GET", "/me/devices", EVERYBODY),
    Row("devices.sign_out", "POST", "/me/devices/{device}/sign-out", COACHEE),
    Row("devices.sign_out_others", "POST", "/me/devices/others/sign-out", EVERYBODY),
)


def fill(session: Session, world: World) -> dict[str, str]:
    """Another device of Asha's than the one she is asked on."""
    people.open_sign_in(session, session.get_one(Person, world.asha.id), "iPad, Safari")
    session.flush()
    row = session.scalars(select(SignIn).where(SignIn.person_id == world.asha.id)).first()
    assert row is not None
    return {"device": str(row.id)}
