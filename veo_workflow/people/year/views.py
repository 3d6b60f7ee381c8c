import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.people.queries import require_in_school, school_of
from veo_workflow.people.signing_in import me
from veo_workflow.people.year.operations import agree_with
from veo_workflow.people.year.queries import member_of, staff_found
from veo_workflow.schools.models import AcademicYear, Closure, School
from veo_workflow.schools.rules import local_day
from veo_workflow.schools.year import operations, queries, rules
from veo_workflow.web import PAGE_SIZE, db, page_number

blueprint = Blueprint("year", __name__, url_prefix="/year")

YEARS_ON_A_PAGE = 3


@blueprint.get("")
def everything() -> str:
    return _years_page(_arranger(Verb.SEE))


@blueprint.get("/new")
def new() -> str:
    person = _arranger(Verb.CHANGE)
    latest = queries.latest_year(db(), person.school_id)
    if latest is None:
        dates = rules.usual_year(local_day(now(), school_of(db(), person).timezone))
    else:
        dates = rules.a_year_on(queries.dates_of(db(), [latest])[latest.id])
    return _form_page(None, rules.typed(dates), following=latest)


@blueprint.post("/new")
def add() -> tuple[str, int] | Response:
    person, sent = _arranger(Verb.CHANGE), request.form.to_dict()
    try:
        year = operations.add_year(db(), person.school_id, rules.read_year(sent), by=person.id)
    except InvalidInput as wrong:
        return _form_page(None, sent, problem=wrong), wrong.status
    return redirect(url_for("year.everything", _anchor=f"year-{year.id}"))


@blueprint.get("/<uuid:year_id>")
def change(year_id: uuid.UUID) -> str:
    year = queries.year_at_school(db(), _arranger(Verb.SEE).school_id, year_id)
    dates = queries.dates_of(db(), [year])[year.id]
    return _form_page(year, {**rules.typed(dates), "standing": dates.mark})


@blueprint.post("/<uuid:year_id>")
def alter(year_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = _arranger(Verb.CHANGE), request.form.to_dict()
    year = queries.year_at_school(db(), person.school_id, year_id)
    try:
        operations.alter_year(db(), year, rules.read_year(sent), standing=sent.get("standing", ""), by=person.id)
    except InvalidInput as wrong:
        return _form_page(year, sent, problem=wrong), wrong.status
    except Conflict as conflict:
        theirs = conflict.details["theirs"]
        return _form_page(year, {**sent, "standing": theirs.mark}, conflict=conflict), conflict.status
    return redirect(url_for("year.everything", _anchor=f"year-{year_id}"))


@blueprint.post("/<uuid:year_id>/remove")
def remove(year_id: uuid.UUID) -> tuple[str, int] | Response:
    person = _arranger(Verb.CHANGE)
    year = queries.year_at_school(db(), person.school_id, year_id)
    try:
        operations.remove_year(db(), year, by=person.id)
    except Conflict as in_use:
        dates = queries.dates_of(db(), [year])[year.id]
        return _form_page(year, {**rules.typed(dates), "standing": dates.mark}, problem=in_use), in_use.status
    return redirect(url_for("year.everything"))


@blueprint.post("/closures")
def add_closure() -> tuple[str, int] | Response:
    person, sent = _arranger(Verb.CHANGE), request.form.to_dict()
    try:
        operations.add_closure(db(), person.school_id, rules.read_closure(sent), by=person.id)
    except InvalidInput as wrong:
        return _years_page(person, sent=sent, problem=wrong), wrong.status
    return redirect(url_for("year.everything"))


@blueprint.get("/closures/<uuid:closure_id>")
def closure(closure_id: uuid.UUID) -> str:
    found = queries.closure_at_school(db(), _arranger(Verb.SEE).school_id, closure_id)
    dates = queries.closure_dates(found)
    return _closure_page(found, {**rules.typed_closure(dates), "standing": dates.mark})


@blueprint.post("/closures/<uuid:closure_id>")
def alter_closure(closure_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = _arranger(Verb.CHANGE), request.form.to_dict()
    found = queries.closure_at_school(db(), person.school_id, closure_id)
    try:
        dates, standing = rules.read_closure(sent), sent.get("standing", "")
        operations.alter_closure(db(), found, dates, standing=standing, by=person.id)
    except InvalidInput as wrong:
        return _closure_page(found, sent, problem=wrong), wrong.status
    except Conflict as conflict:
        theirs = conflict.details["theirs"]
        return _closure_page(found, {**sent, "standing": theirs.mark}, conflict=conflict), conflict.status
    return redirect(url_for("year.everything"))


@blueprint.post("/closures/<uuid:closure_id>/remove")
def remove_closure(closure_id: uuid.UUID) -> Response:
    person = _arranger(Verb.CHANGE)
    operations.remove_closure(db(), queries.closure_at_school(db(), person.school_id, closure_id), by=person.id)
    return redirect(url_for("year.everything"))


@blueprint.post("/rhythm")
def set_rhythm() -> tuple[str, int] | Response:
    person, sent = _arranger(Verb.CHANGE), request.form.to_dict()
    try:
        operations.set_rhythm(db(), school_of(db(), person), sent, by=person.id)
    except InvalidInput as wrong:
        return _years_page(person, rhythm=sent, rhythm_problem=wrong), wrong.status
    except Conflict as conflict:
        kept = _with_standing(sent, conflict)
        return _years_page(person, rhythm=kept, rhythm_conflict=conflict), conflict.status
    return redirect(url_for("year.everything", _anchor="rhythm"))


@blueprint.get("/people")
def people() -> str:
    person, page, name = _arranger(Verb.SEE), page_number(), request.args.get("name", "").strip()[:120]
    found = staff_found(db(), person.school_id, name, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "people/year/people.html",
        people=found[:PAGE_SIZE],
        page=page,
        more=len(found) > PAGE_SIZE,
        name=name,
        school=school_of(db(), person),
        figures=rules.FIGURES,
    )


@blueprint.get("/people/<uuid:person_id>")
def agreement(person_id: uuid.UUID) -> str:
    found = member_of(db(), _arranger(Verb.SEE).school_id, person_id)
    return _agreement_page(found, _typed(operations.figures_of(found)))


@blueprint.post("/people/<uuid:person_id>")
def agree(person_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = _arranger(Verb.CHANGE), request.form.to_dict()
    found = member_of(db(), person.school_id, person_id)
    try:
        agree_with(db(), found, sent, by=person)
    except InvalidInput as wrong:
        return _agreement_page(found, sent, problem=wrong), wrong.status
    except Conflict as conflict:
        return _agreement_page(found, _with_standing(sent, conflict), conflict=conflict), conflict.status
    return redirect(url_for("year.people"))


@blueprint.get("/timezone")
def timezone() -> str:
    school = school_of(db(), _arranger(Verb.SEE))
    return _timezone_page(school, school.timezone, standing=school.timezone)


@blueprint.post("/timezone")
def set_timezone() -> tuple[str, int] | Response:
    person, sent = _arranger(Verb.CHANGE), request.form.to_dict()
    school, chosen, standing = school_of(db(), person), sent.get("timezone", ""), sent.get("standing", "")
    try:
        operations.set_timezone(db(), school, chosen, standing=standing, by=person.id)
    except InvalidInput as wrong:
        return _timezone_page(school, chosen, standing=standing, problem=wrong), wrong.status
    except Conflict as conflict:
        page = _timezone_page(school, chosen, standing=conflict.details["theirs"], conflict=conflict)
        return page, conflict.status
    return redirect(url_for("year.everything"))


def _timezone_page(school: School, chosen: str, **said: Any) -> str:
    return render_template(
        "people/year/timezone.html", school=school, chosen=chosen, zones=rules.zones(), at=now(), **said
    )


def _typed(figures: dict[str, int | None]) -> dict[str, str]:
    """The figures as their form would send them, with what they were filled from."""
    fields = {name: "" if figure is None else str(figure) for name, figure in figures.items()}
    return {**fields, "standing": rules.standing(figures)}


def _with_standing(sent: dict[str, str], conflict: Conflict) -> dict[str, str]:
    """What was typed, over the figures that stand now."""
    return {**sent, "standing": rules.standing(conflict.details["theirs"])}


def _agreement_page(found: Person, sent: dict[str, str], **said: Any) -> str:
    return render_template(
        "people/year/agreement.html", colleague=found, sent=sent, school=school_of(db(), found), **said
    )


def _arranger(verb: Verb) -> Person:
    """The asker, if the dates of their school are theirs to set. Raises NotFound."""
    person = me()
    require_in_school(person, verb, Thing.SCHOOL_YEAR)
    return person


def _years_page(person: Person, **said: Any) -> str:
    page, school = page_number(), school_of(db(), person)
    years = queries.years_of(db(), person.school_id, limit=YEARS_ON_A_PAGE + 1, offset=(page - 1) * YEARS_ON_A_PAGE)
    return render_template(
        "people/year/years.html",
        years=years[:YEARS_ON_A_PAGE],
        page=page,
        more=len(years) > YEARS_ON_A_PAGE,
        today=local_day(now(), school.timezone),
        school=school,
        **{"rhythm": _typed(operations.figures_of(school)), **said},
    )


def _form_page(year: AcademicYear | None, sent: dict[str, str], **said: Any) -> str:
    return render_template("people/year/form.html", year=year, sent=sent, **said)


def _closure_page(found: Closure, sent: dict[str, str], **said: Any) -> str:
    return render_template("people/year/closure.html", closure=found, sent=sent, **said)
