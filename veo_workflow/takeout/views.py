import uuid
from typing import Any

from flask import Blueprint, Response, render_template
from werkzeug.http import dump_options_header

from veo_workflow.cycles.queries import strategies_in_use
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.takeout import operations, paper, rules
from veo_workflow.takeout.cycle import cycle_taken_out
from veo_workflow.web import db, release, services

blueprint = Blueprint("takeout", __name__)


@blueprint.get("/cycles/<uuid:cycle_id>/takeout.json")
def cycle_json(cycle_id: uuid.UUID) -> Response:
    held = cycle_taken_out(db(), me(), cycle_id)
    require_confirmed()
    _noted(cycle_id)
    return sent_as_file(rules.written(held), "application/json", _named(held, "json"))


@blueprint.get("/cycles/<uuid:cycle_id>/takeout.pdf")
def cycle_pdf(cycle_id: uuid.UUID) -> Response:
    held = cycle_taken_out(db(), me(), cycle_id)
    require_confirmed()
    steps = rules.shown(strategies_in_use(db(), cycle_id))
    _noted(cycle_id)
    html = render_template("takeout/cycle.html", held=rules.for_paper(held, steps), ours=paper.OURS)
    release()
    return sent_as_file(paper.printed(html), "application/pdf", _named(held, "pdf"))


def _noted(cycle_id: uuid.UUID) -> None:
    """In the log before a byte goes out: the request itself only reads."""
    release()
    with services().database.transaction() as session:
        operations.note_cycle(session, cycle_id, by=me())


def _named(held: dict[str, Any], ending: str) -> str:
    cycle = held["cycle"]
    return rules.file_name(cycle["opened_at"], cycle["focus"], cycle["id"], ending)


def sent_as_file(content: bytes, kind: str, name: str) -> Response:
    """What was made in this request, to be kept by whoever asked and by nobody in between."""
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    return response
