import uuid
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from werkzeug.http import dump_options_header

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import NotFound
from veo_workflow.oversight.logs import due_queries, lead_queries
from veo_workflow.oversight.logs.rules import due
from veo_workflow.oversight.overview import queries, rules
from veo_workflow.oversight.overview.tables import TABLES, Asked, table
from veo_workflow.people.models import Person
from veo_workflow.people.queries import require_in_school, school_of
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.schools.models import School
from veo_workflow.schools.queries import school_days
from veo_workflow.schools.rules import local_day
from veo_workflow.schools.year.queries import span_of
from veo_workflow.schools.year.rules import Span
from veo_workflow.web import PAGE_SIZE, db, page_number, release, services

blueprint = Blueprint("overview", __name__, url_prefix="/overview")

LOGS_AT_ONCE = 8
STEPS_AT_ONCE = 8
LINES_OF_A_CHART = 8
AFTER_A_TERM = timedelta(days=60)  # where a half-term that is closed whole finds its due day


@blueprint.get("")
def term() -> str:
    lead = _lead()
    school = school_of(db(), lead)
    asked = _asked(school)
    if asked is None:
        return render_template("oversight/no_terms.html")
    today = local_day(now(), school.timezone)
    return render_template(
        "oversight/overview.html",
        asked=asked,
        today=today,
        week=rules.week_of(asked.term, today),
        chart=rules.by_stage(queries.stage_counts(db(), school.id, asked.term)),
        entitlement=school.cycles_a_year,
        tables=TABLES,
        **_board(asked),
        **_logs(asked, today),
        **_needs(asked),
    )


def _board(asked: Asked) -> dict[str, Any]:
    page = page_number()
    board = queries.board(db(), asked.school_id, asked.year, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return {"board": board, "page": page}


def _logs(asked: Asked, today: date) -> dict[str, Any]:
    """Which logs are still to come, of the half-terms that have begun."""
    begun = [half for half in queries.half_terms(db(), asked.term) if half.starts_on <= today]
    these, page = due_queries.these(begun), page_number("logs")
    days = school_days(db(), asked.school_id, Span(asked.term.starts_on, asked.term.ends_on + AFTER_A_TERM))
    missing = due_queries.missing(
        db(), asked.school_id, these, days, limit=LOGS_AT_ONCE + 1, offset=(page - 1) * LOGS_AT_ONCE
    )
    counts = due_queries.count_missing(db(), asked.school_id, these)
    late = [half for half in begun if due(span_of(half), days) < today]
    return {
        "half_terms": begun,
        "missing": missing[:LOGS_AT_ONCE],
        "logs_page": page,
        "more_logs": len(missing) > LOGS_AT_ONCE,
        "logs_open": sum(counts.values()),
        "logs_late": sum(counts.get(half.id, 0) for half in late),
    }


def _needs(asked: Asked) -> dict[str, Any]:
    return {
        "themes": queries.themes(db(), asked.school_id, asked.term)[:LINES_OF_A_CHART],
        "strategies": queries.strategies(db(), asked.school_id, asked.over)[:LINES_OF_A_CHART],
        "steps": queries.steps(db(), asked.school_id, asked.term, limit=STEPS_AT_ONCE),
        "clips": queries.clips_filmed(db(), asked.school_id, asked.term),
        "fewest": rules.FEWEST,
    }


@blueprint.get("/logs")
def logs() -> str:
    """The logs of a term that are handed in, to read."""
    asked = _asked(school_of(db(), _lead()))
    if asked is None:
        raise NotFound()
    page = page_number()
    halves = queries.half_terms(db(), asked.term)
    read = lead_queries.handed_in(
        db(), asked.school_id, [half.id for half in halves], limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE
    )
    return render_template(
        "oversight/logs.html", asked=asked, logs=read[:PAGE_SIZE], page=page, more=len(read) > PAGE_SIZE
    )


@blueprint.get("/<name>.csv")
def as_csv(name: str) -> Response:
    """One of the overview's tables, whole. Raises NotFound for a name that is none of them."""
    lead = _lead()
    asked = _asked(school_of(db(), lead))
    if asked is None or name not in TABLES:
        raise NotFound()
    require_confirmed()
    content = table(db(), name, asked)
    _noted(lead)
    response = Response(content, mimetype="text/csv")
    named = f"{asked.term.year}-{asked.term.name}-{name}.csv".lower().replace("/", "-").replace(" ", "-")
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": named})
    return response


def _noted(lead: Person) -> None:
    """In the log before a byte goes out: the request itself only reads."""
    release()
    with services().database.transaction() as session:
        record(session, "overview_exported", by=lead.id, school=lead.school_id, subject=("school", lead.school_id))


def _lead() -> Person:
    """The asker, if the overview of their school is theirs to see. Raises NotFound."""
    person = me()
    require_in_school(person, Verb.SEE, Thing.OVERSIGHT)
    return person


def _asked(school: School) -> Asked | None:
    """Which term the page is about; None where the school has none yet."""
    terms = queries.terms(db(), school.id)
    wanted = request.args.get("term", type=uuid.UUID)
    chosen = rules.chosen(terms, wanted, local_day(now(), school.timezone))
    return Asked(school.id, ZoneInfo(school.timezone), chosen, terms) if chosen else None
