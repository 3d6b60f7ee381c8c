import uuid
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import State, Verb
from veo_workflow.cycles.models import Stage
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.cycles.sessions import operations, queries, rules
from veo_workflow.cycles.sessions.calendar import written
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.signing_in import me
from veo_workflow.web import PAGE_SIZE, db, page_number

blueprint = Blueprint("sessions", __name__)

CALENDAR_SINCE = timedelta(days=1)  # today's are not taken out of a calendar while they go on
CALENDAR_SIZE = 200


@blueprint.get("/cycles/<uuid:cycle_id>/sessions")
def everything(cycle_id: uuid.UUID) -> str:
    seen = cycle_for(db(), me(), cycle_id)
    return _sessions_page(seen, {"stage": seen.cycle.stage.value, "minutes": "30"})


@blueprint.post("/cycles/<uuid:cycle_id>/sessions")
def plan(cycle_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    seen = cycle_for(db(), person, cycle_id, Verb.CHANGE)
    try:
        planned = rules.read_plan(sent, queries.zone_of(db(), seen.cycle.school_id))
        meeting = operations.plan(db(), seen.cycle, planned, by=person)
    except InvalidInput as wrong:
        return _sessions_page(seen, sent, problem=wrong), wrong.status
    return redirect(url_for("sessions.one", meeting_id=meeting.id))


@blueprint.get("/sessions/<uuid:meeting_id>")
def one(meeting_id: uuid.UUID) -> str:
    return _session_page(queries.meeting_for(db(), me(), meeting_id))


@blueprint.post("/sessions/<uuid:meeting_id>")
def move(meeting_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    found = queries.meeting_for(db(), person, meeting_id, Verb.CHANGE)
    try:
        planned = rules.read_plan(sent, queries.zone_of(db(), found.meeting.school_id))
        operations.move(db(), found.meeting, planned, version=rules.read_version(sent), by=person)
    except InvalidInput as wrong:
        return _session_page(found, sent=sent, problem=wrong), wrong.status
    except Conflict as conflict:
        sent["version"] = str(found.meeting.version)
        return _session_page(found, sent=sent, problem=conflict), conflict.status
    return redirect(url_for("sessions.one", meeting_id=meeting_id))


@blueprint.post("/sessions/<uuid:meeting_id>/cancel")
def cancel(meeting_id: uuid.UUID) -> tuple[str, int] | Response:
    person = me()
    found = queries.meeting_for(db(), person, meeting_id, Verb.CHANGE)
    try:
        operations.cancel(db(), found.meeting, by=person)
    except InvalidInput as wrong:
        return _session_page(found, problem=wrong), wrong.status
    return redirect(url_for("sessions.everything", cycle_id=found.seen.cycle.id))


@blueprint.post("/sessions/<uuid:meeting_id>/held")
def hold(meeting_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    found = queries.meeting_for(db(), person, meeting_id, Verb.CHANGE)
    try:
        operations.hold(db(), found.meeting, rules.read_minutes(sent), by=person)
    except InvalidInput as wrong:
        said = {"held_sent": sent, "held_problem": wrong} if wrong.fields else {"problem": wrong}
        return _session_page(found, **said), wrong.status
    return redirect(url_for("sessions.one", meeting_id=meeting_id))


@blueprint.get("/sessions/<uuid:meeting_id>.ics")
def file(meeting_id: uuid.UUID) -> Response:
    person = me()
    found = queries.meeting_for(db(), person, meeting_id)
    return _file([queries.Coming(found.meeting, found.seen.pair.other(person.id))], "session.ics")


@blueprint.get("/calendar.ics")
def calendar() -> Response:
    since = now() - CALENDAR_SINCE
    return _file(queries.sessions_for_calendar(db(), me(), since, CALENDAR_SIZE), "coaching.ics")


def _file(comings: list[queries.Coming], name: str) -> Response:
    response = Response(written(comings), mimetype="text/calendar")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _sessions_page(seen: CycleSeen, sent: dict[str, str], **said: Any) -> str:
    page = page_number()
    at = now()
    rhythm = queries.rhythm_of(db(), seen, at)
    meetings = queries.meetings_of(db(), seen.cycle, rhythm.zone, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "cycles/sessions/sessions.html",
        seen=seen,
        rhythm=rhythm,
        at=at,
        meetings=meetings[:PAGE_SIZE],
        page=page,
        more=len(meetings) > PAGE_SIZE,
        may_plan=seen.state is State.OPEN,
        stages=list(Stage),
        sent=sent,
        **said,
    )


def _session_page(found: queries.MeetingSeen, **said: Any) -> str:
    meeting, at = found.meeting, now()
    zone = queries.zone_of(db(), meeting.school_id)
    typed = rules.typed(meeting, zone)
    return render_template(
        "cycles/sessions/session.html",
        meeting=meeting,
        seen=found.seen,
        zone=zone,
        at=at,
        closed=queries.why_closed(db(), meeting, zone),
        may_change=found.seen.state is State.OPEN,
        may_hold=meeting.starts_at.astimezone(zone).date() <= at.astimezone(zone).date(),
        stages=list(Stage),
        **{"sent": typed, "held_sent": typed, **said},
    )
