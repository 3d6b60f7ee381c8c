"""The very beginning: the first person makes the school, its people and its playbook in one go."""

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from veo_workflow.errors import InvalidInput, NotFound
from veo_workflow.oversight.logs.operations import add_starter_themes
from veo_workflow.people import operations as people
from veo_workflow.people.models import LinkPurpose, Person, Role
from veo_workflow.people.queries import any_administrator
from veo_workflow.people.signing_in import begin as begin_sign_in
from veo_workflow.people.signing_in import this_device
from veo_workflow.playbook.operations import add_starter_playbook
from veo_workflow.schools.models import School
from veo_workflow.schools.operations import add_school
from veo_workflow.web import db

blueprint = Blueprint("beginning", __name__, url_prefix="/begin")


def make_school(session: Session, name: str) -> School:
    """A school with the usual terms, the starter playbook and themes for the logs. Raises InvalidInput, Conflict."""
    school = add_school(session, name)
    add_starter_playbook(session, school)
    add_starter_themes(session, school)
    return school


def first_administrator_link(session: Session) -> str | None:
    """A token for the first administrator's page, or None once there is one."""
    if any_administrator(session):
        return None
    return people.make_link(session, LinkPurpose.FIRST_ADMINISTRATOR, None)


def _check(token: str) -> None:
    """Raises Gone for a link that was used, NotFound for one that is for something else."""
    if people.find_link(db(), token).purpose is not LinkPurpose.FIRST_ADMINISTRATOR:
        raise NotFound()


@blueprint.get("/<token>")
def begin(token: str) -> str:
    _check(token)
    return render_template("people/begin.html", sent={}, problem=None)


@blueprint.post("/<token>")
def begin_now(token: str) -> tuple[str, int] | Response:
    _check(token)
    try:
        with db().begin_nested():
            person = _first_person(token)
    except InvalidInput as wrong:
        return render_template("people/begin.html", sent=request.form, problem=wrong), wrong.status
    begin_sign_in(person, people.open_sign_in(db(), person, this_device()))
    return redirect(url_for("pages.home"))


def _first_person(token: str) -> Person:
    form = request.form
    school = make_school(db(), form.get("school", ""))
    person = people.add_person(
        db(),
        school=school.id,
        email=form.get("email", ""),
        name=form.get("name", ""),
        roles=frozenset({Role.ADMINISTRATOR, Role.LEAD}),
    )
    people.use_first_link(db(), token, person, form.get("password", ""))
    return person
