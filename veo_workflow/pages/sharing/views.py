import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from veo_workflow.access.policy import Verb
from veo_workflow.clips.queries import ClipSeen, clip_for
from veo_workflow.clips.shares import operations
from veo_workflow.cycles.queries import strategies_in_use
from veo_workflow.errors import InvalidInput
from veo_workflow.pages.sharing import queries, rules
from veo_workflow.people.models import Person
from veo_workflow.people.signing_in import me
from veo_workflow.web import db, page_number
from veo_workflow.wording import day

blueprint = Blueprint("sharing", __name__)

LONGEST_NAME = 120


@blueprint.get("/clips/<uuid:clip_id>/sharing")
def page(clip_id: uuid.UUID) -> str:
    person = me()
    return _page(person, clip_for(db(), person, clip_id, Verb.SHARE), {})


@blueprint.post("/clips/<uuid:clip_id>/shares")
def give(clip_id: uuid.UUID) -> tuple[str, int] | Response:
    person, sent = me(), request.form.to_dict()
    seen = clip_for(db(), person, clip_id, Verb.SHARE)
    try:
        moments = queries.moments_to_share(db(), person, seen.clip)
        wanted = rules.read(sent, moments, rules.speaking_to(strategies_in_use(db(), seen.cycle.id)))
        share = operations.give(db(), seen.clip, wanted, by=person)
    except InvalidInput as wrong:
        return _page(person, seen, sent, wrong), wrong.status
    flash(f"Shared until the end of {day(share.until)}.")
    return redirect(url_for("sharing.page", clip_id=clip_id))


@blueprint.post("/clips/<uuid:clip_id>/shares/<uuid:share_id>/revoke")
def take_back(clip_id: uuid.UUID, share_id: uuid.UUID) -> Response:
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.SHARE)
    operations.take_back(db(), seen.clip, share_id, by=person)
    flash("Taken back. It cannot be watched that way any more.")
    return redirect(url_for("sharing.page", clip_id=clip_id))


def _page(person: Person, seen: ClipSeen, sent: Mapping[str, str], problem: InvalidInput | None = None) -> str:
    find = request.values.get("find", "")[:LONGEST_NAME]
    shown = queries.sharing_page(db(), person, seen, find=find, page=page_number("watched"))
    return render_template(
        "sharing/sharing.html", page=shown, find=find, sent=sent, problem=problem, watched_page=page_number("watched")
    )
