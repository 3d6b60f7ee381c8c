import uuid

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Verb
from veo_workflow.clips import operations
from veo_workflow.clips.queries import clip_for
from veo_workflow.people.signing_in import me
from veo_workflow.web import db

blueprint = Blueprint("removal", __name__)


@blueprint.post("/clips/<uuid:clip_id>/withdraw")
def withdraw(clip_id: uuid.UUID) -> Response:
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.WITHDRAW)
    operations.withdraw(db(), seen.clip, by=person)
    return redirect(url_for("pages.cycle", cycle_id=seen.cycle.id))
