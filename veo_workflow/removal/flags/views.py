import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Verb
from veo_workflow.clips.queries import clip_for
from veo_workflow.people.signing_in import me
from veo_workflow.removal.flags import operations
from veo_workflow.web import db

blueprint = Blueprint("flags", __name__, url_prefix="/clips/<uuid:clip_id>/flag")


@blueprint.get("")
def page(clip_id: uuid.UUID) -> str:
    """Before: what a flag does. After: what can be done now. No picture of it, either way."""
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.FLAG)
    is_mine = seen.clip.flagged_by_id == person.id
    return render_template("removal/flags/page.html", seen=seen, is_mine=is_mine, other=seen.pair.other(person.id))


@blueprint.post("")
def put(clip_id: uuid.UUID) -> Response:
    person = me()
    operations.flag(db(), clip_for(db(), person, clip_id, Verb.FLAG), by=person)
    return redirect(url_for("flags.page", clip_id=clip_id))


@blueprint.post("/off")
def take_off(clip_id: uuid.UUID) -> Response:
    person = me()
    operations.take_off(db(), clip_for(db(), person, clip_id, Verb.FLAG), by=person)
    flash("The flag is off. Whom it was shared with by name, or the library, has to be given it again.")
    return redirect(url_for("tags.studio", clip_id=clip_id))
