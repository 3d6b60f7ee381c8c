import uuid
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.database import now
from veo_workflow.errors import InvalidInput
from veo_workflow.people.models import Person
from veo_workflow.people.queries import require_in_school
from veo_workflow.people.signing_in import me
from veo_workflow.removal.leaving import operations, queries
from veo_workflow.schools.queries import kept_until
from veo_workflow.web import PAGE_SIZE, db, page_number, rollback

blueprint = Blueprint("leaving", __name__, url_prefix="/people")


@blueprint.get("/left")
def gone() -> str:
    by, page, name = _administrator(Verb.SEE), page_number(), request.args.get("name", "").strip()[:120]
    found = queries.who_has_left(db(), by.school_id, name=name, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "removal/leaving/gone.html", found=found[:PAGE_SIZE], page=page, more=len(found) > PAGE_SIZE, name=name
    )


@blueprint.get("/<uuid:person_id>/leave")
def ask(person_id: uuid.UUID) -> str:
    """What would happen, before it does."""
    by = _administrator(Verb.SEE)
    return _ask_page(queries.person_at_school(db(), by.school_id, person_id))


@blueprint.post("/<uuid:person_id>/leave")
def leave(person_id: uuid.UUID) -> Response | tuple[str, int]:
    by = _administrator(Verb.CHANGE)
    person = queries.person_at_school(db(), by.school_id, person_id)
    try:
        operations.leave(db(), person, last_day_of_footage=_last_day(person), by=by)
    except InvalidInput as wrong:
        rollback()
        return _ask_page(queries.person_at_school(db(), by.school_id, person_id), problem=wrong), wrong.status
    flash(f"{person.name} has left.")
    return redirect(url_for("leaving.gone"))


@blueprint.post("/<uuid:person_id>/return")
def come_back(person_id: uuid.UUID) -> Response:
    by = _administrator(Verb.CHANGE)
    person = queries.person_at_school(db(), by.school_id, person_id)
    operations.come_back(db(), person, by=by)
    flash(f"{person.name} has an account again. Make a link below, with which a new password is chosen.")
    return redirect(url_for("people.everybody", waiting=1, name=person.name))


def _administrator(verb: Verb) -> Person:
    """The asker, if the people of their school are theirs to look after. Raises NotFound."""
    person = me()
    require_in_school(person, verb, Thing.PEOPLE)
    return person


def _last_day(person: Person) -> date:
    """On which the school's policy would delete a clip that was made today."""
    return kept_until(db(), person.school_id, now())


def _ask_page(person: Person, problem: InvalidInput | None = None) -> str:
    pairs = queries.pairs_in(db(), person.id)
    return render_template(
        "removal/leaving/ask.html",
        leaver=person,
        pairs=len(pairs),
        planned=queries.planned_in(db(), pairs, now()),
        last_day=_last_day(person),
        problem=problem,
    )
