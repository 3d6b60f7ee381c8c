import uuid
from collections.abc import Iterator

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.access.policy import State, Thing, Verb
from veo_workflow.cycles.learning.checklist import operations
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.database import now
from veo_workflow.pages.learning.queries import Checklist, checklist_of
from veo_workflow.people.queries import school_of
from veo_workflow.people.signing_in import me
from veo_workflow.takeout import paper
from veo_workflow.takeout.rules import file_name
from veo_workflow.web import db, release, sent_id, sent_json

blueprint = Blueprint("checklist", __name__)

# (size of type, characters of a step's detail), each smaller than the one before, until it all fits on one side.
SIZES = (("roomy", 2000), ("usual", 2000), ("close", 2000), ("small", 2000), ("small", 120), ("small", 0))


@blueprint.get("/cycles/<uuid:cycle_id>/checklist")
def page(cycle_id: uuid.UUID) -> str:
    seen = cycle_for(db(), me(), cycle_id, thing=Thing.CHECKLIST)
    may_tick = seen.is_coachee and seen.state is State.OPEN
    return render_template("learning/checklist.html", seen=seen, checklist=checklist_of(db(), seen), may_tick=may_tick)


@blueprint.post("/cycles/<uuid:cycle_id>/checklist")
def tick(cycle_id: uuid.UUID) -> BaseResponse:
    """All ticks at once, for a page without scripts; or none any longer, for the next lesson."""
    seen = cycle_for(db(), me(), cycle_id, Verb.CHANGE, Thing.CHECKLIST)
    shown, ticked = (_ids(name) for name in ("shown", "ticked"))
    operations.tick(db(), seen.cycle, shown, [] if "clear" in request.form else ticked)
    flash("All ticks are gone. The next lesson begins afresh." if "clear" in request.form else "Kept.")
    return redirect(url_for("checklist.page", cycle_id=cycle_id))


def _ids(name: str) -> list[uuid.UUID]:
    return [sent_id(value) for value in request.form.getlist(name)[:200]]


@blueprint.put("/api/cycles/<uuid:cycle_id>/checklist/<uuid:step_id>")
def tick_one(cycle_id: uuid.UUID, step_id: uuid.UUID) -> Response:
    """Raises InvalidInput for a step that is not in use."""
    seen = cycle_for(db(), me(), cycle_id, Verb.CHANGE, Thing.CHECKLIST)
    ticked = sent_json().get("ticked") is True
    operations.tick(db(), seen.cycle, [step_id], [step_id] if ticked else [])
    return jsonify(ticked=ticked)


@blueprint.get("/cycles/<uuid:cycle_id>/checklist.pdf")
def on_paper(cycle_id: uuid.UUID) -> Response:
    """One side of A4, with empty boxes to tick by hand."""
    seen = cycle_for(db(), me(), cycle_id, thing=Thing.CHECKLIST)
    tries = list(_tries(seen, checklist_of(db(), seen)))
    release()
    response = Response(paper.fitted(tries), mimetype="application/pdf")
    named = file_name(now(), f"checklist {seen.cycle.focus}", seen.cycle.id, "pdf")
    response.headers["Content-Disposition"] = dump_options_header("inline", {"filename": named})
    return response


def _tries(seen: CycleSeen, checklist: Checklist) -> Iterator[str]:
    school = school_of(db(), me()).name
    for size, detail in SIZES:
        yield render_template(
            "learning/checklist_on_paper.html",
            seen=seen,
            checklist=checklist,
            school=school,
            size=size,
            detail=detail,
            ours=paper.OURS,
        )
