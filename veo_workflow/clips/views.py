"""Footage over HTTP: every byte range is authorised here before anything is sent (SAFEGUARDING A5)."""

import uuid

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from veo_workflow import streams
from veo_workflow.access.policy import Verb
from veo_workflow.clips import news, operations, progress, queries, sharing, stills, watching
from veo_workflow.clips.delivery import deliver
from veo_workflow.clips.models import Clip, Rendition, RenditionKind
from veo_workflow.errors import NotFound
from veo_workflow.people.signing_in import me
from veo_workflow.web import db, release, sent_id, services

blueprint = Blueprint("clips", __name__)

CLIPS_PER_STREAM = 20
FILMS = frozenset({RenditionKind.PREVIEW, RenditionKind.PLAYBACK, RenditionKind.SMALL})


@blueprint.get("/media/<uuid:clip_id>/<kind>")
def media(clip_id: uuid.UUID, kind: str) -> BaseResponse:
    if kind not in set(RenditionKind):
        raise NotFound()
    clip, rendition = _served(clip_id, RenditionKind(kind))
    if rendition.kind in FILMS:
        _note_playback(clip)
    return deliver(rendition.key, rendition.content_type)


@blueprint.get("/media/<uuid:clip_id>/still/<int:ms>")
def still(clip_id: uuid.UUID, ms: int) -> BaseResponse:
    """The picture on screen at `ms`."""
    clip, playback = _served(clip_id, RenditionKind.PLAYBACK)
    return _deliver_piece(clip, playback, stills.still_at(clip, ms))


@blueprint.get("/media/<uuid:clip_id>/cut/<int:start_ms>/<int:end_ms>")
def cut(clip_id: uuid.UUID, start_ms: int, end_ms: int) -> BaseResponse:
    """The moment from `start_ms` to `end_ms`, both included, as a film of its own."""
    clip, playback = _served(clip_id, RenditionKind.PLAYBACK)
    piece = stills.cut_between(clip, start_ms, end_ms)
    _note_playback(clip)
    return _deliver_piece(clip, playback, piece)


def _note_playback(clip: Clip) -> None:
    person = me()
    release()
    watching.note_playback(services(), person, clip)


def _served(clip_id: uuid.UUID, kind: RenditionKind) -> tuple[Clip, Rendition]:
    """A clip's file, if the asker may see the clip, and it may be sent, now. Raises NotFound."""
    seen = queries.clip_for(db(), me(), clip_id)
    rendition = seen.renditions.get(kind)
    if rendition is None or not seen.serves(kind):
        raise NotFound()
    return seen.clip, rendition


def _deliver_piece(clip: Clip, playback: Rendition, piece: stills.Piece) -> BaseResponse:
    release()
    return deliver(stills.kept(services(), clip, playback, piece), piece.content_type)


@blueprint.get("/api/clips/progress", endpoint="progress")
def latest() -> Response:
    clips = queries.states(db(), me(), _asked_for())
    release()
    return jsonify(progress.latest(services().events, clips))


@blueprint.get("/api/clips/stream")
def stream() -> Response:
    clips = queries.states(db(), me(), _asked_for())
    release()
    told = news.told(services().events, clips)
    return streams.respond(told, services().settings.streams_per_process)


def _asked_for() -> list[uuid.UUID]:
    return [sent_id(value) for value in request.args.getlist("id")[:CLIPS_PER_STREAM]]


@blueprint.post("/clips/<uuid:clip_id>/share")
def share(clip_id: uuid.UUID) -> BaseResponse:
    person = me()
    seen = queries.clip_for(db(), person, clip_id, Verb.SHARE)
    sharing.share_with_coach(db(), seen.clip, by=person)
    return redirect(url_for("tags.studio", clip_id=clip_id))


@blueprint.post("/clips/<uuid:clip_id>/unshare")
def unshare(clip_id: uuid.UUID) -> BaseResponse:
    person = me()
    seen = queries.clip_for(db(), person, clip_id, Verb.SHARE)
    sharing.stop_sharing_with_coach(db(), seen.clip, by=person)
    return redirect(url_for("tags.studio", clip_id=clip_id))


@blueprint.post("/clips/<uuid:clip_id>/retry")
def retry(clip_id: uuid.UUID) -> BaseResponse:
    person = me()
    seen = queries.clip_for(db(), person, clip_id, Verb.RETRY)
    operations.try_again(db(), seen.clip, services().doorbell, by=person)
    return redirect(url_for("tags.studio", clip_id=clip_id))
