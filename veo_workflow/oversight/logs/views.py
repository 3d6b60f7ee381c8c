import uuid
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.cycles.models import Stage
from veo_workflow.cycles.sessions.queries import held_in, zone_of
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.oversight.logs import lead_queries, operations, queries
from veo_workflow.oversight.logs.rules import MOST_CONVERSATIONS, Conversation, due, read_log
from veo_workflow.people.models import Person
from veo_workflow.people.pairing.queries import pair_at_school
from veo_workflow.people.queries import require_in_school, school_of
from veo_workflow.people.signing_in import me
from veo_workflow.schools.queries import school_days
from veo_workflow.schools.rules import local_day
from veo_workflow.schools.year.queries import span_of
from veo_workflow.schools.year.rules import Span
from veo_workflow.web import PAGE_SIZE, db, page_number, rollback

blueprint = Blueprint("logs", __name__, url_prefix="/logs")

EMPTY_LINES = 3


@blueprint.get("")
def own() -> str:
    page, person = page_number(), me()
    today = local_day(now(), school_of(db(), person).timezone)
    lines = queries.own_logs(db(), person, today, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "oversight/own_logs.html",
        lines=lines[:PAGE_SIZE],
        due=_due_days(person, lines),
        page=page,
        more=len(lines) > PAGE_SIZE,
        today=today,
    )


def _due_days(person: Person, lines: list[queries.LogLine]) -> dict[uuid.UUID, date]:
    """When the log of each half-term is due."""
    halves = {line.half_term.id: span_of(line.half_term) for line in lines}
    if not halves:
        return {}
    first, last = min(half.starts_on for half in halves.values()), max(half.ends_on for half in halves.values())
    days = school_days(db(), person.school_id, Span(first, last))
    return {half_id: due(half, days) for half_id, half in halves.items()}


@blueprint.get("/<uuid:pair_id>/<uuid:half_term_id>")
def log(pair_id: uuid.UUID, half_term_id: uuid.UUID) -> str:
    seen = queries.log_for(db(), me(), pair_id, half_term_id)
    if not seen.may_write:
        return render_template("oversight/log.html", seen=seen)
    return _writing_page(seen)


@blueprint.post("/<uuid:pair_id>/<uuid:half_term_id>")
def write(pair_id: uuid.UUID, half_term_id: uuid.UUID) -> tuple[str, int] | Response:
    person = me()
    seen = queries.log_for(db(), person, pair_id, half_term_id, Verb.CHANGE)
    try:
        words = read_log(
            request.form.to_dict(flat=False),
            themes=frozenset(theme.id for theme in queries.themes_of(db(), person.school_id)),
            first=seen.half_term.starts_on,
            last=seen.half_term.ends_on,
        )
        hand_in = "hand_in" in request.form
        after = request.form.get("after", "")
        operations.write(db(), seen.pair, seen.half_term, words, after=after, hand_in=hand_in, by=person)
    except InvalidInput as wrong:
        return _writing_page(seen, sent=request.form, problem=wrong), wrong.status
    except Conflict as conflict:
        page = _writing_page(seen, sent=request.form, conflict=conflict)
        rollback()
        return page, conflict.status
    if hand_in:
        flash(f"The log for {seen.pair.coachee.given_name} is handed in. The note stays between the two of you.")
        return redirect(url_for("logs.own"))
    flash("Kept. The lead sees it once you hand it in.")
    return redirect(url_for("logs.log", pair_id=pair_id, half_term_id=half_term_id))


def _writing_page(seen: queries.LogSeen, **said: Any) -> str:
    sent, conflict = said.get("sent"), said.get("conflict")
    begun = [] if seen.log or sent else _held(seen)
    return render_template(
        "oversight/write_log.html",
        seen=seen,
        after=conflict.details["standing"] if conflict else operations.version_of(seen.log, seen.note),
        lines=_lines(sent) if sent else [*(seen.log.conversations if seen.log else begun), *[None] * EMPTY_LINES],
        from_sessions=bool(begun),
        themes=_offered(seen),
        stages=list(Stage),
        **said,
    )


def _held(seen: queries.LogSeen) -> list[Conversation]:
    """What a new log begins with: the meetings of the half-term that were recorded as held."""
    zone = zone_of(db(), seen.pair.school_id)
    meetings = held_in(db(), seen.pair.id, span_of(seen.half_term), zone, limit=MOST_CONVERSATIONS)
    return [Conversation(each.starts_at.astimezone(zone).date(), each.minutes, each.stage) for each in meetings]


def _offered(seen: queries.LogSeen) -> list[Any]:
    """The school's themes, and those of the log that were retired since."""
    offered = queries.themes_of(db(), seen.pair.school_id)
    return offered + [theme for theme in (seen.log.themes if seen.log else ()) if theme not in offered]


def _lines(sent: Any) -> list[dict[str, str]]:
    """What was typed, line by line, as it was typed."""
    columns = (sent.getlist("held_on"), sent.getlist("minutes"), sent.getlist("stage"))
    return [dict(zip(("held_on", "minutes", "stage"), line, strict=True)) for line in zip(*columns, strict=False)]


@blueprint.get("/read/<uuid:log_id>")
def read(log_id: uuid.UUID) -> str:
    """A log as the lead reads it."""
    require_in_school(me(), Verb.SEE, Thing.OVERSIGHT)
    return render_template("oversight/read_log.html", read=lead_queries.handed_in_log(db(), me(), log_id))


@blueprint.post("/<uuid:pair_id>/<uuid:half_term_id>/remind")
def remind(pair_id: uuid.UUID, half_term_id: uuid.UUID) -> Response:
    lead = me()
    require_in_school(lead, Verb.CHANGE, Thing.OVERSIGHT)
    pair = pair_at_school(db(), lead.school_id, pair_id)
    half_term, term = queries.half_term_of(db(), lead.school_id, half_term_id)
    if operations.remind(db(), pair, half_term, by=lead):
        flash(f"{pair.coach.given_name} is asked for the log on {pair.coachee.given_name}.")
    else:
        flash(f"{pair.coach.given_name} was asked within the last day already.")
    return redirect(url_for("overview.term", term=term.id, _anchor="logs"))


@blueprint.get("/themes")
def themes() -> str:
    require_in_school(me(), Verb.SEE, Thing.OVERSIGHT)
    return _themes_page()


@blueprint.post("/themes")
def add_theme() -> tuple[str, int] | Response:
    lead = me()
    require_in_school(lead, Verb.CHANGE, Thing.OVERSIGHT)
    try:
        operations.add_theme(db(), request.form.get("name", ""), by=lead)
    except (InvalidInput, Conflict) as problem:
        return _themes_page(sent=request.form, problem=problem), problem.status
    return redirect(url_for("logs.themes"))


@blueprint.post("/themes/<uuid:theme_id>/retire")
def retire_theme(theme_id: uuid.UUID) -> Response:
    lead = me()
    require_in_school(lead, Verb.CHANGE, Thing.OVERSIGHT)
    operations.retire_theme(db(), queries.theme_at_school(db(), lead.school_id, theme_id), by=lead)
    return redirect(url_for("logs.themes"))


def _themes_page(**said: Any) -> str:
    return render_template("oversight/themes.html", themes=queries.themes_of(db(), me().school_id), **said)
