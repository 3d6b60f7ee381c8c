"""A passkey is asked for as JSON, and comes back in a form like everything else that is sent."""

import uuid

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.errors import InvalidInput
from veo_workflow.people.arriving import half_way
from veo_workflow.people.factors import passkeys, queries
from veo_workflow.people.factors.challenges import Purpose
from veo_workflow.people.factors.passkeys import Place
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.web import db, services

blueprint = Blueprint("passkeys", __name__)


def place() -> Place:
    """Only names this copy answers to come so far (see `TRUSTED_HOSTS` in the application)."""
    return Place(request.host.rsplit(":", 1)[0], f"{request.scheme}://{request.host}")


def _json(options: str) -> Response:
    return Response(options, mimetype="application/json")


@blueprint.post("/api/passkeys/make")
def ask_to_make() -> Response:
    require_confirmed()
    return _json(passkeys.options_to_make(db(), services().redis, me(), place()))


@blueprint.post("/api/passkeys/confirm")
def ask_to_confirm() -> Response:
    return _json(passkeys.options_to_give(db(), services().redis, me(), place(), Purpose.CONFIRM))


@blueprint.post("/api/sign-in/passkey")
def ask_at_sign_in() -> Response:
    """Of whoever has just given the right password. Raises SignInNeeded."""
    person, _ = half_way()
    return _json(passkeys.options_to_give(db(), services().redis, person, place(), Purpose.SECOND_STEP))


@blueprint.post("/me/sign-in/passkeys")
def add() -> BaseResponse:
    require_confirmed()
    form = request.form
    passkeys.add(db(), services().redis, me(), place(), form.get("passkey", ""), form.get("name", ""))
    flash("The passkey is kept. It is asked for when you sign in.")
    return redirect(url_for("factors.own", next=form.get("onward") or None), 303)


@blueprint.post("/me/sign-in/passkeys/<uuid:passkey_id>/name")
def rename(passkey_id: uuid.UUID) -> BaseResponse:
    passkey = queries.passkey_of(db(), me().id, passkey_id)
    if not request.form.get("name", "").strip():
        raise InvalidInput("Give the passkey a name, such as the device it is on.")
    passkeys.rename(db(), passkey, request.form["name"])
    return redirect(url_for("factors.own"), 303)


@blueprint.post("/me/sign-in/passkeys/<uuid:passkey_id>/remove")
def remove(passkey_id: uuid.UUID) -> BaseResponse:
    passkey = queries.passkey_of(db(), me().id, passkey_id)
    require_confirmed()
    passkeys.remove(db(), passkey, by=me())
    flash("The passkey is no longer asked for. Delete it on the device too.")
    return redirect(url_for("factors.own"), 303)
