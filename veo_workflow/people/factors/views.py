from typing import Any

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from veo_workflow.errors import InvalidInput, TooManyTries
from veo_workflow.people import tries
from veo_workflow.people.arriving import own_path
from veo_workflow.people.factors import operations, queries, rules
from veo_workflow.people.factors.models import Authenticator
from veo_workflow.people.models import Person
from veo_workflow.people.queries import school_of
from veo_workflow.people.signing_in import has_to_set_up, me, require_confirmed
from veo_workflow.web import db, services

blueprint = Blueprint("factors", __name__, url_prefix="/me/sign-in")


@blueprint.get("")
def own() -> str:
    """What is asked of the person when they sign in, and how to change it."""
    person = me()
    return render_template(
        "people/factors/own.html",
        held=queries.held_by(db(), person.id),
        needed_from=school_of(db(), person).second_step_from,
        has_to_set_up=has_to_set_up(),
        onward=own_path(request.args.get("next", "")),
    )


@blueprint.post("/app")
def begin_app() -> Response:
    require_confirmed()
    operations.begin_app(db(), me(), services().settings.sealing())
    return redirect(url_for("factors.app_to_be", next=request.form.get("onward", "")), 303)


@blueprint.get("/app")
def app_to_be() -> str | Response:
    """The secret, as a picture and as letters, until a first code from it was given."""
    require_confirmed()
    app = db().get(Authenticator, me().id)
    if app is None or app.confirmed_at is not None:
        return redirect(url_for("factors.own"))
    return _app_page(app, me(), onward=request.args.get("next", ""))


@blueprint.post("/app/check")
def finish_app() -> str | tuple[str, int] | Response:
    person, onward = me(), request.form.get("onward", "")
    require_confirmed()
    app = db().get(Authenticator, person.id)
    if app is None or app.confirmed_at is not None:
        return redirect(url_for("factors.own"), 303)
    try:
        with tries.counted(person.email, "second step"):
            codes = operations.finish_app(db(), person, request.form.get("code", ""), services().settings.sealing())
    except (InvalidInput, TooManyTries) as wrong:
        return _app_page(app, person, onward=onward, problem=wrong.message), wrong.status
    return _codes_page(codes, onward)


@blueprint.post("/app/remove")
def remove_app() -> Response:
    require_confirmed()
    operations.remove_app(db(), me())
    flash("Your app is no longer asked for a code. Delete the entry in it too.")
    return redirect(url_for("factors.own"), 303)


@blueprint.post("/codes")
def make_codes() -> str:
    """Raises InvalidInput where there is nothing that they would stand in for."""
    person = me()
    require_confirmed()
    if not queries.has_second_step(db(), person.id):
        raise InvalidInput("Recovery codes stand in for a second step. Set one up first.")
    return _codes_page(operations.make_recovery_codes(db(), person), "")


def _app_page(app: Authenticator, person: Person, **said: Any) -> str:
    secret = operations.secret_of(app, services().settings.sealing())
    address = rules.address(secret, person.email, school_of(db(), person).name)
    return render_template(
        "people/factors/app.html",
        picture=qr_code(address),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        **said,
    )


def _codes_page(codes: list[str], onward: str) -> str:
    return render_template("people/factors/codes.html", codes=codes, onward=own_path(onward) or url_for("factors.own"))


def qr_code(words: str) -> Markup:
    """A picture for a camera, black on white in the dark too, without a style or script of its own."""
    svg = segno.make(words, error="m").svg_inline(scale=6, border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 - lines of our own making: the words are in the pattern alone
