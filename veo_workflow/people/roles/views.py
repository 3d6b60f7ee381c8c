import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.errors import Conflict, InvalidInput, NotFound
from veo_workflow.people.models import Person, Role
from veo_workflow.people.queries import require_in_school
from veo_workflow.people.roles import operations, rules
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.web import db, rollback

blueprint = Blueprint("roles", __name__, url_prefix="/people")


@blueprint.get("/<uuid:person_id>/roles")
def of_person(person_id: uuid.UUID) -> str:
    """What somebody does for the whole school; one's own too."""
    person = _person(_administrator(Verb.SEE), person_id)
    return _page(person, frozenset(held.role for held in person.roles))


@blueprint.post("/<uuid:person_id>/roles")
def change(person_id: uuid.UUID) -> Response | tuple[str, int]:
    by = _administrator(Verb.CHANGE)
    person = _person(by, person_id)
    require_confirmed()
    wanted = frozenset[Role]()
    try:
        wanted = rules.read_roles(request.form.getlist("roles"))
        operations.give(db(), person, wanted, seen=rules.read_roles(request.form.getlist("seen")), by=by)
    except (InvalidInput, Conflict) as problem:
        rollback()
        return _page(_person(me(), person_id), wanted, problem=problem), problem.status
    flash(f"{person.name} is now: {rules.named(wanted)}.")
    if person.id == by.id and Role.ADMINISTRATOR not in wanted:
        return redirect(url_for("pages.home"))
    return redirect(url_for("roles.of_person", person_id=person_id))


def _page(person: Person, ticked: frozenset[Role], problem: InvalidInput | Conflict | None = None) -> str:
    held = [held.role for held in person.roles]
    return render_template(
        "people/roles/person.html", person=person, roles=rules.ROLES, held=held, ticked=ticked, problem=problem
    )


def _administrator(verb: Verb) -> Person:
    """The asker, if the people of their school are theirs to look after. Raises NotFound."""
    person = me()
    require_in_school(person, verb, Thing.PEOPLE)
    return person


def _person(by: Person, person_id: uuid.UUID) -> Person:
    """With a live account at the school. Raises NotFound."""
    here = (Person.id == person_id, Person.school_id == by.school_id, Person.disabled_at.is_(None))
    found = db().scalar(select(Person).where(*here))
    if found is None:
        raise NotFound()
    return found
