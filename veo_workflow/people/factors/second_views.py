"""The second step, between the right password and being signed in."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.errors import InvalidInput, SignInNeeded, TooManyTries
from veo_workflow.people import tries
from veo_workflow.people.arriving import arrive, half_way
from veo_workflow.people.factors import operations, passkeys
from veo_workflow.people.factors.challenges import Purpose
from veo_workflow.people.factors.passkey_views import place
from veo_workflow.people.factors.queries import held_by
from veo_workflow.people.models import Person
from veo_workflow.web import db, services

blueprint = Blueprint("second", __name__, url_prefix="/sign-in/second")


@blueprint.get("")
def ask() -> str | Response:
    try:
        person, _ = half_way()
    except SignInNeeded:
        return redirect(url_for("people.sign_in"))
    return _page(person)


@blueprint.post("")
def give() -> tuple[str, int] | Response:
    """A passkey, a code from the app, or a recovery code. Raises SignInNeeded when the password is too long ago."""
    person, onward = half_way()
    try:
        with tries.counted(person.email, "second step"):
            _take(person)
    except (InvalidInput, TooManyTries) as wrong:
        return _page(person, problem=wrong.message), wrong.status
    return arrive(person, onward)


def _take(person: Person) -> None:
    sent = request.form
    if "passkey" in sent:
        passkeys.give(db(), services().redis, person, place(), sent["passkey"], Purpose.SECOND_STEP)
    else:
        operations.give_code(db(), person, sent.get("code", ""), services().settings.sealing())


def _page(person: Person, problem: str | None = None) -> str:
    return render_template("people/factors/second.html", held=held_by(db(), person.id), problem=problem)
