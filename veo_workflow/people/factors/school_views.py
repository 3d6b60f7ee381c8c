"""What a school asks of everybody who signs in, and who has it; the administrator's."""

import uuid
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.factors import operations, queries
from veo_workflow.people.models import Person
from veo_workflow.people.queries import colleague, require_in_school, school_of
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.schools.rules import local_day
from veo_workflow.web import PAGE_SIZE, db, page_number

blueprint = Blueprint("second_step", __name__, url_prefix="/people/second-step")


@blueprint.get("")
def everybody() -> str:
    person = me()
    require_in_school(person, Verb.SEE, Thing.PEOPLE)
    return _page(person)


@blueprint.post("")
def choose() -> tuple[str, int] | Response:
    """From which day on nobody goes without; an empty day asks nobody."""
    person, sent = me(), request.form
    require_in_school(person, Verb.CHANGE, Thing.PEOPLE)
    require_confirmed()
    school = school_of(db(), person)
    try:
        operations.ask_everybody(
            db(),
            school,
            sent.get("day", ""),
            standing=sent.get("standing", ""),
            today=local_day(now(), school.timezone),
            by=person.id,
        )
    except (InvalidInput, Conflict) as problem:
        theirs = problem.details.get("theirs", sent.get("standing", ""))
        return _page(person, sent=sent.get("day", ""), standing=theirs, problem=problem), problem.status
    flash("Saved.")
    return redirect(url_for("second_step.everybody"), 303)


@blueprint.post("/<uuid:person_id>/clear")
def clear(person_id: uuid.UUID) -> Response:
    """For a colleague who has lost phone and recovery codes."""
    person = me()
    require_in_school(person, Verb.CHANGE, Thing.PEOPLE)
    found = colleague(db(), person, person_id)
    require_confirmed()
    operations.clear(db(), found, by=person.id)
    flash(f"Next time only the password is asked of {found.name}, who is told so.")
    return redirect(url_for("second_step.everybody"), 303)


def _page(person: Person, **said: Any) -> str:
    page, school = page_number(), school_of(db(), person)
    standing: date | None = school.second_step_from
    people = queries.who_holds_one(db(), school.id, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "people/factors/school.html",
        people=people[:PAGE_SIZE],
        page=page,
        more=len(people) > PAGE_SIZE,
        counts=queries.count_holders(db(), school.id),
        needed_from=standing,
        today=local_day(now(), school.timezone),
        **{"sent": str(standing or ""), "standing": str(standing or ""), **said},
    )
