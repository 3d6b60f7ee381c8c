from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.access.rows import COACHEE, EVERYBODY, Row
from tests.support.world import World
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.notices.operations import tell

ROWS = (
    Row("notices.board", "GET", "/notices", EVERYBODY),
    Row("notices.follow", "POST", "/notices/{notice}/open", COACHEE),
    Row("notices.read_all", "POST", "/notices/read", EVERYBODY),
    Row("notices.choose_mail", "POST", "/notices/mail", EVERYBODY, form=lambda _: {"mail": "never"}),
)


def fill(session: Session, world: World) -> dict[str, str]:
    tell(session, [world.asha.id], NoticeKind.GOAL_WRITTEN, world.cycle.id, by=world.priya.id)
    of_asha = select(Notice.id).where(Notice.person_id == world.asha.id, Notice.kind == NoticeKind.GOAL_WRITTEN)
    return {"notice": str(session.scalars(of_asha).one())}
