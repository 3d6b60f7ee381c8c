import uuid

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow.access.policy import Thing, Verb
from veo_workflow.clips.queries import clip_for
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.signing_in import me
from veo_workflow.reviews import queries
from veo_workflow.reviews.queue import operations, rules
from veo_workflow.reviews.views import asking, for_templates, from_script, page_of, queue_of, wanted
from veo_workflow.web import db

blueprint = Blueprint("queue", __name__)
blueprint.context_processor(for_templates)


@blueprint.post("/cycles/<uuid:cycle_id>/review/moments/<uuid:tag_id>")
def change(cycle_id: uuid.UUID, tag_id: uuid.UUID) -> tuple[str, int] | BaseResponse:
    """Every button of a moment's form saves the words in it as well."""
    seen = cycle_for(db(), me(), cycle_id, Verb.SEE, Thing.REVIEW)
    try:
        asked = rules.read_change(request.form)
        operations.change_moment(db(), me(), seen, tag_id, asked, wanted())
    except (Conflict, InvalidInput) as refused:
        return page_of(cycle_id, refused=refused, moment=(tag_id, request.form)), refused.status
    return redirect(asking(moment=tag_id, _anchor=f"talk-{tag_id}"), 303)


@blueprint.put("/api/cycles/<uuid:cycle_id>/review/moments/<uuid:tag_id>")
def put(cycle_id: uuid.UUID, tag_id: uuid.UUID) -> Response:
    """The same by script. Answers with the queue as it then stands, the other's changes included."""
    seen = cycle_for(db(), me(), cycle_id, Verb.SEE, Thing.REVIEW)
    sent = from_script()
    try:
        operations.change_moment(db(), me(), seen, tag_id, rules.read_change(sent), wanted())
    except Conflict as conflict:
        conflict.details["html"] = render_template(
            "reviews/_conflict.html", conflict=conflict.details, typed=None, suffix=f"-{tag_id}"
        )
        raise
    return _standing(cycle_id)


@blueprint.delete("/api/clips/<uuid:clip_id>/tags/<uuid:tag_id>")
def delete(clip_id: uuid.UUID, tag_id: uuid.UUID) -> tuple[str, int]:
    """Of any tag; it is asked here, since a review may speak of it."""
    operations.delete_moment(db(), me(), clip_for(db(), me(), clip_id, Verb.TAG), tag_id)
    return "", 204


@blueprint.get("/api/cycles/<uuid:cycle_id>/review/queue")
def standing(cycle_id: uuid.UUID) -> Response:
    """How the queue and the record stand; the queue itself only where it is not the one that is `known`."""
    seen = cycle_for(db(), me(), cycle_id, Verb.SEE, Thing.REVIEW)
    versions = queries.versions_of(db(), cycle_id)
    if request.args.get("known") == str(versions[0]):
        return _answer(seen, versions)
    return _standing(cycle_id)


def _standing(cycle_id: uuid.UUID) -> Response:
    page = queries.review_page(db(), me(), cycle_id, wanted())
    context, review = queue_of(page), page.review
    return _answer(
        page.seen,
        (review.queue_version, review.version) if review else (0, 0),
        queue=render_template("reviews/_queue_list.html", **context),
        talk=render_template("reviews/_talk.html", **context),
    )


def _answer(seen: CycleSeen, versions: tuple[int, int], **parts: str) -> Response:
    return jsonify(queue_version=versions[0], version=versions[1], state=seen.state, **parts)
