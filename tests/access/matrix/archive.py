from sqlalchemy.orm import Session

from tests.access.rows import COACHEE, EVERYBODY, Row
from tests.support.world import World
from veo_workflow.database import now
from veo_workflow.takeout.person.models import Archive, ArchiveState
from veo_workflow.takeout.person.rules import KEPT

ROWS = (
    Row("archive.own", "GET", "/me/takeout", EVERYBODY),
    Row("archive.ask", "POST", "/me/takeout", EVERYBODY),
    Row("archive.delete", "POST", "/me/takeout/{archive}/delete", COACHEE),
    Row("archive.download", "GET", "/me/takeout/{archive}.zip", COACHEE),
)


def fill(session: Session, world: World) -> dict[str, str]:
    archive = Archive(
        school_id=world.asha.school_id,
        person_id=world.asha.id,
        state=ArchiveState.READY,
        attempt=1,
        size_bytes=1,
        ready_at=now(),
        ready_until=now() + KEPT,
    )
    session.add(archive)
    session.flush()
    archive.key = f"archives/{archive.id}/1.zip"
    return {"archive": str(archive.id)}
