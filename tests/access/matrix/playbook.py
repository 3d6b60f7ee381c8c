import io
from typing import Any

from sqlalchemy.orm import Session

from tests.access.rows import EVERYBODY, Ids, Row
from tests.support.world import World
from veo_workflow.playbook.bringing import operations

LEAD = frozenset({"lena"})
SCHOOL = EVERYBODY - {"olu"}
COLLEAGUES = SCHOOL - LEAD
SHEET = "strategy,purpose,name,step\nTurn and talk,All speak.,Turn,Turn to a partner\n"


def _written(_ids: Ids) -> dict[str, Any]:
    return {"title": "Turn and talk", "purpose": "All speak.", "step_name": "Turn", "step_title": "Turn", "after": "1"}


def _file(_ids: Ids) -> dict[str, Any]:
    return {"file": (io.BytesIO(SHEET.encode()), "playbook.csv")}


def _previewed(ids: Ids) -> dict[str, Any]:
    return {"kind": "csv", "text": SHEET, "mark": ids.more["playbook_mark"]}


def fill(session: Session, world: World) -> dict[str, str]:
    """How the playbook stands for the file that is brought in."""
    wanted = operations.read(SHEET, "csv").wanted
    return {"playbook_mark": operations.plan(session, world.lena.school_id, wanted).mark}


ROWS = (
    Row("playbook.strategies", "GET", "/playbook", EVERYBODY),
    Row("playbook.strategy", "GET", "/playbook/{strategy}", SCHOOL),
    Row("playbook.version", "GET", "/playbook/{strategy}/versions/1", SCHOOL),
    Row("playbook.compare", "GET", "/playbook/{strategy}/compare", SCHOOL),
    Row("playbook.writing.new", "GET", "/playbook/new", LEAD, EVERYBODY - LEAD),
    Row("playbook.writing.add", "POST", "/playbook/new", LEAD, EVERYBODY - LEAD, form=_written),
    Row("playbook.writing.change", "GET", "/playbook/{strategy}/change", LEAD, COLLEAGUES),
    Row("playbook.writing.reword", "POST", "/playbook/{strategy}/change", LEAD, COLLEAGUES, form=_written),
    Row("playbook.writing.retire", "POST", "/playbook/{strategy}/retire", LEAD, COLLEAGUES),
    Row("playbook.writing.bring_back", "POST", "/playbook/{strategy}/bring-back", LEAD, COLLEAGUES),
    Row("playbook.bringing.choose", "GET", "/playbook/bring", LEAD, EVERYBODY - LEAD),
    Row("playbook.bringing.preview", "POST", "/playbook/bring", LEAD, EVERYBODY - LEAD, form=_file),
    Row("playbook.bringing.bring_in", "POST", "/playbook/bring/in", LEAD, EVERYBODY - LEAD, form=_previewed),
    Row("playbook.bringing.take_out", "GET", "/playbook/playbook.csv", LEAD, EVERYBODY - LEAD),
)
