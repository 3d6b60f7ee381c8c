import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import State, Verb
from veo_workflow.cycles.models import MeasureReading
from veo_workflow.cycles.operations import record_reading
from veo_workflow.cycles.queries import CycleSeen, current_goal, cycle_for
from veo_workflow.cycles.readings import operations, queries, rules
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.queries import school_of
from veo_workflow.people.signing_in import me
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, page_number

blueprint = Blueprint("readings", __name__, url_prefix="/cycles/<uuid:cycle_id>/readings")


@blueprint.get("")
def everything(cycle_id: uuid.UUID) -> str:
    return _page(cycle_for(db(), me(), cycle_id))


@blueprint.post("")
def take(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE)
    try:
        figure = _figure(seen, sent)
        record_reading(db(), seen.cycle, figure.value, figure.taken_on, by=person)
    except InvalidInput as wrong:
        return _page(seen, sent=sent, problem=wrong), wrong.status
    if sent.get("from") == "readings":
        return redirect(url_for("readings.everything", cycle_id=cycle_id), 303)
    return redirect(url_for("reviews.review", cycle_id=cycle_id, _anchor="goal-panel"))


@blueprint.get("/<uuid:reading_id>")
def one(cycle_id: uuid.UUID, reading_id: uuid.UUID) -> str:
    seen = cycle_for(db(), me(), cycle_id, Verb.CHANGE)
    return _reading_page(seen, queries.reading_of(db(), cycle_id, reading_id))


@blueprint.post("/<uuid:reading_id>")
def correct(cycle_id: uuid.UUID, reading_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE)
    reading = queries.reading_of(db(), cycle_id, reading_id)
    try:
        figure, version = _figure(seen, sent), rules.read_version(sent)
        operations.correct(db(), seen.cycle, reading, figure, version=version, by=person)
    except (InvalidInput, Conflict) as refused:
        if isinstance(refused, Conflict):
            sent["version"] = str(reading.version)
        return _reading_page(seen, reading, sent=sent, problem=refused), refused.status
    return redirect(url_for("readings.everything", cycle_id=cycle_id), 303)


@blueprint.post("/<uuid:reading_id>/remove")
def remove(cycle_id: uuid.UUID, reading_id: uuid.UUID) -> tuple[str, int] | Response:
    person = me()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE)
    reading = queries.reading_of(db(), cycle_id, reading_id)
    try:
        operations.remove(db(), seen.cycle, reading, by=person)
    except InvalidInput as wrong:
        return _reading_page(seen, reading, problem=wrong), wrong.status
    flash("The figure is removed.")
    return redirect(url_for("readings.everything", cycle_id=cycle_id), 303)


def _figure(seen: CycleSeen, sent: dict[str, str]) -> rules.Figure:
    """Raises InvalidInput."""
    return rules.read_figure(sent, _unit(seen), local_day(now(), school_of(db(), me()).timezone))


def _unit(seen: CycleSeen) -> str:
    goal = current_goal(db(), seen.cycle.id)
    return goal.unit if goal else ""


def _page(seen: CycleSeen, **said: Any) -> str:
    page = page_number()
    found = queries.readings_of(db(), seen.cycle.id, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "cycles/readings/readings.html",
        seen=seen,
        goal=current_goal(db(), seen.cycle.id),
        readings=found[:PAGE_SIZE],
        page=page,
        more=len(found) > PAGE_SIZE,
        may_change=seen.state is State.OPEN,
        today=local_day(now(), school_of(db(), me()).timezone),
        **{"sent": {}, "problem": None, **said},
    )


def _reading_page(seen: CycleSeen, reading: MeasureReading, **said: Any) -> str:
    unit = _unit(seen)
    return render_template(
        "cycles/readings/reading.html",
        seen=seen,
        reading=reading,
        unit=unit,
        **{"sent": rules.typed(reading, unit), "problem": None, **said},
    )
