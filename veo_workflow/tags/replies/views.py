import uuid

from flask import Blueprint, Response, jsonify

from veo_workflow.access.policy import Verb
from veo_workflow.clips.queries import clip_for
from veo_workflow.people.signing_in import me
from veo_workflow.tags.replies import operations, rules
from veo_workflow.tags.replies.queries import reply_json
from veo_workflow.web import db, sent_json

blueprint = Blueprint("replies", __name__)

ADDRESS = "/api/clips/<uuid:clip_id>/tags/<uuid:tag_id>/replies/<uuid:reply_id>"


@blueprint.put(ADDRESS)
def put(clip_id: uuid.UUID, tag_id: uuid.UUID, reply_id: uuid.UUID) -> tuple[Response, int]:
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.TAG)
    text = rules.read_reply(sent_json())
    reply, is_new = operations.put_reply(db(), seen.clip, seen.pair, tag_id, reply_id, text, by=person)
    return jsonify(reply_json(reply, person.name)), 201 if is_new else 200


@blueprint.delete(ADDRESS)
def delete(clip_id: uuid.UUID, tag_id: uuid.UUID, reply_id: uuid.UUID) -> tuple[str, int]:
    person = me()
    seen = clip_for(db(), person, clip_id, Verb.TAG)
    operations.delete_reply(db(), seen.clip, tag_id, reply_id, by=person)
    return "", 204
