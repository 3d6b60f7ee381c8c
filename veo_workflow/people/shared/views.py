import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from veo_workflow.database import now
from veo_workflow.errors import NotAllowed
from veo_workflow.people.factors.views import qr_code
from veo_workflow.people.models import Person
from veo_workflow.people.shared import operations
from veo_workflow.people.signing_in import begin, is_on_shared, me, this_device
from veo_workflow.web import db, services

blueprint = Blueprint("shared_ipad", __name__)


@blueprint.get("/me/shared-ipad")
def explain() -> str:
    _own_screen()
    return render_template("people/shared/show.html", code=None, minutes=services().settings.shared_idle // 60)


@blueprint.post("/me/shared-ipad")
def show() -> str:
    person = _own_screen()
    code, token = operations.show_code(db(), person)
    return render_template(
        "people/shared/show.html",
        code=code,
        picture=qr_code(url_for("shared_ipad.scanned", token=token, _external=True)),
        seconds=int(operations.LASTS.total_seconds()),
        minutes=services().settings.shared_idle // 60,
    )


@blueprint.get("/api/shared-ipad/<uuid:code_id>")
def state(code_id: uuid.UUID) -> dict[str, Any]:
    """Whether somebody has used the code, and on what."""
    code = operations.code_of(db(), me(), code_id)
    over = code.used_at is None and code.expires_at <= now()
    return {"used": code.used_at is not None, "device": code.used_on, "over": over}


@blueprint.get("/ipad/<token>")
def scanned(token: str) -> str:
    """Where the picture leads: looking at it alone uses nothing up. Raises Gone."""
    person = operations.person_of_code(db(), token)
    return render_template("people/shared/scanned.html", person=person, minutes=services().settings.shared_idle // 60)


@blueprint.post("/ipad/<token>")
def take(token: str) -> Response:
    """Raises Gone."""
    begin(*operations.use_code(db(), token, this_device()))
    return redirect(url_for("pages.home"), 303)


def _own_screen() -> Person:
    """Who is signed in here, on a device of their own: a shared one passes nobody on. Raises NotAllowed."""
    if is_on_shared():
        raise NotAllowed("This is a shared iPad. Show the code on a screen of your own.")
    return me()
