import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb, allows
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.cycles.reality import operations, queries
from veo_workflow.cycles.reality.rules import QUESTIONS, read_reality
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.signing_in import me
from veo_workflow.web import db, rollback, version_sent

blueprint = Blueprint("reality", __name__, url_prefix="/cycles/<uuid:cycle_id>/reality")


@blueprint.get("")
def picture(cycle_id: uuid.UUID) -> str:
    return _page(cycle_for(db(), me(), cycle_id, Verb.SEE, Thing.REALITY))


@blueprint.post("")
def write(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE, Thing.REALITY)
    try:
        operations.write(db(), seen.cycle, read_reality(sent), after=version_sent("after"), by=person)
    except InvalidInput as wrong:
        return _page(seen, sent=sent, problem=wrong), wrong.status
    except Conflict as conflict:
        page = _page(seen, sent=sent, conflict=conflict)
        rollback()
        return page, conflict.status
    return redirect(url_for("pages.cycle", cycle_id=cycle_id, _anchor="identify"))


def _page(seen: CycleSeen, **said: Any) -> str:
    return render_template(
        "cycles/reality/reality.html",
        seen=seen,
        pictures=queries.pictures_of(db(), seen.cycle.id),
        may_write=allows(seen.relations, Verb.CHANGE, Thing.REALITY, seen.state),
        questions=QUESTIONS,
        **{"sent": {}, "problem": None, "conflict": None, **said},
    )
