import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Verb
from veo_workflow.cycles.adapting import operations, queries
from veo_workflow.cycles.adapting.rules import LONGEST, read_words
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.signing_in import me
from veo_workflow.web import db, rollback, version_sent

blueprint = Blueprint("adapting", __name__, url_prefix="/cycles/<uuid:cycle_id>/steps/<uuid:step_id>")


@blueprint.get("")
def step(cycle_id: uuid.UUID, step_id: uuid.UUID) -> str:
    return _page(cycle_for(db(), me(), cycle_id, Verb.CHANGE), step_id)


@blueprint.post("")
def adapt(cycle_id: uuid.UUID, step_id: uuid.UUID) -> tuple[str, int] | Response:
    person, typed = me(), request.form.get("words", "")
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE)
    queries.step_in_use(db(), cycle_id, step_id)
    try:
        operations.adapt(db(), seen.cycle, step_id, read_words(typed), after=version_sent("after"), by=person)
    except InvalidInput as wrong:
        return _page(seen, step_id, typed=typed, problem=wrong), wrong.status
    except Conflict as conflict:
        page = _page(seen, step_id, typed=typed, conflict=conflict)
        rollback()
        return page, conflict.status
    return redirect(url_for("pages.cycle", cycle_id=cycle_id, _anchor="strategies"))


def _page(seen: CycleSeen, step_id: uuid.UUID, **said: Any) -> str:
    found, adaptation = queries.step_in_use(db(), seen.cycle.id, step_id)
    return render_template(
        "cycles/adapting/step.html",
        seen=seen,
        step=found,
        adaptation=adaptation,
        longest=LONGEST,
        **{"typed": adaptation.words if adaptation else "", "problem": None, "conflict": None, **said},
    )
