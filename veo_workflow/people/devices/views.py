import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from veo_workflow.database import now
from veo_workflow.people.devices import operations, queries
from veo_workflow.people.operations import hash_token
from veo_workflow.people.signing_in import me
from veo_workflow.web import PAGE_SIZE, db, page_number, services

blueprint = Blueprint("devices", __name__, url_prefix="/me/devices")


@blueprint.get("")
def everything() -> str:
    """Where the person is signed in at present."""
    page, settings = page_number(), services().settings
    found = queries.live_sign_ins(db(), me().id, now(), settings, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "people/devices/devices.html",
        sign_ins=found[:PAGE_SIZE],
        page=page,
        more=len(found) > PAGE_SIZE,
        this=hash_token(current_user.token),
        idle_hours=settings.sign_in_idle // 3600,
        lifetime_days=settings.sign_in_lifetime // (24 * 3600),
    )


@blueprint.post("/<uuid:sign_in_id>/sign-out")
def sign_out(sign_in_id: uuid.UUID) -> Response:
    operations.end_one(db(), sign_in_id, by=me())
    flash("That device is signed out.")
    return redirect(url_for("devices.everything"), 303)


@blueprint.post("/others/sign-out")
def sign_out_others() -> Response:
    count = operations.end_others(db(), current_user.token, by=me())
    flash("Only this device is signed in now." if count else "No other device was signed in.")
    return redirect(url_for("devices.everything"), 303)
