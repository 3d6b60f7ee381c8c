"""What somebody may watch by a share: each byte range asks anew whether it still lasts (SAFEGUARDING A4)."""

import uuid

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from veo_workflow.clips import watching
from veo_workflow.clips.delivery import deliver
from veo_workflow.clips.models import RenditionKind
from veo_workflow.clips.shares import queries
from veo_workflow.people.signing_in import me
from veo_workflow.web import PAGE_SIZE, db, page_number, release, services

blueprint = Blueprint("shares", __name__)


@blueprint.get("/shared")
def everything() -> str:
    page = page_number()
    found = queries.shared_with(db(), me(), limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template("shares/shared.html", shares=found[:PAGE_SIZE], page=page, more=len(found) > PAGE_SIZE)


@blueprint.get("/shared/<uuid:share_id>")
def watch(share_id: uuid.UUID) -> str:
    return render_template("shares/watch.html", seen=queries.share_for(db(), me(), share_id))


@blueprint.get("/media/shared/<uuid:share_id>/film")
def film(share_id: uuid.UUID) -> Response:
    person = me()
    seen = queries.share_for(db(), person, share_id)
    key, content_type = queries.file_of(db(), seen, RenditionKind.PLAYBACK)
    release()
    watching.note_playback(services(), person, seen.clip, seen.share)
    return deliver(key, content_type)


@blueprint.get("/media/shared/<uuid:share_id>/poster")
def poster(share_id: uuid.UUID) -> Response:
    seen = queries.share_for(db(), me(), share_id)
    return deliver(*queries.file_of(db(), seen, RenditionKind.POSTER))
