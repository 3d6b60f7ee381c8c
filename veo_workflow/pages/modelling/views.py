import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import State, Verb
from veo_workflow.clips.shares.queries import exemplars_among, exemplars_for
from veo_workflow.cycles.modelling import operations, queries
from veo_workflow.cycles.modelling.rules import KINDS, read_modelling
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.database import now
from veo_workflow.errors import InvalidInput
from veo_workflow.pages.modelling.operations import record as record_watched
from veo_workflow.people.queries import school_of
from veo_workflow.people.signing_in import me
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, page_number

OFFERED = 50

blueprint = Blueprint("modelling", __name__, url_prefix="/cycles/<uuid:cycle_id>/modelling")


@blueprint.get("")
def everything(cycle_id: uuid.UUID) -> str:
    return _page(cycle_for(db(), me(), cycle_id))


@blueprint.post("")
def record(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE)
    today = local_day(now(), school_of(db(), person).timezone)
    try:
        record_watched(db(), seen.cycle, read_modelling(sent, today=today), by=person)
    except InvalidInput as wrong:
        return _page(seen, sent=sent, problem=wrong), wrong.status
    return redirect(url_for("modelling.everything", cycle_id=cycle_id))


@blueprint.post("/<uuid:modelling_id>/remove")
def remove(cycle_id: uuid.UUID, modelling_id: uuid.UUID) -> Response:
    person = me()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE)
    operations.remove(db(), seen.cycle, queries.modelling_in(db(), cycle_id, modelling_id), by=person)
    return redirect(url_for("modelling.everything", cycle_id=cycle_id))


def _page(seen: CycleSeen, **said: Any) -> str:
    page = page_number()
    start = (page - 1) * PAGE_SIZE
    found = queries.modellings_of(db(), seen.cycle.id, limit=PAGE_SIZE + 1, offset=start)
    person, may_change = me(), seen.state is State.OPEN
    today = local_day(now(), school_of(db(), person).timezone)
    return render_template(
        "cycles/modelling/modelling.html",
        seen=seen,
        modellings=found[:PAGE_SIZE],
        page=page,
        more=len(found) > PAGE_SIZE,
        kinds=KINDS,
        may_change=may_change,
        watched=exemplars_among(db(), person, [one.exemplar_id for one in found if one.exemplar_id]),
        offered=exemplars_for(db(), person, seen.cycle.id, limit=OFFERED) if may_change else [],
        **{"sent": {"modelled_on": today.isoformat(), "who": seen.pair.coach.name}, "problem": None, **said},
    )
