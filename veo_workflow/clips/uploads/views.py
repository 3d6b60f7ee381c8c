import contextlib
import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import ClientDisconnected

from veo_workflow.access.policy import Verb
from veo_workflow.clips.models import Purpose, Upload
from veo_workflow.clips.uploads import operations, queries, rows, rules
from veo_workflow.clips.uploads.operations import Completion
from veo_workflow.cycles.models import Stage
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.database import now
from veo_workflow.errors import NotFound, VeoError
from veo_workflow.people.models import Person
from veo_workflow.people.signing_in import me, require_confirmed
from veo_workflow.schools.queries import kept_until
from veo_workflow.schools.recording.queries import notice_of
from veo_workflow.schools.recording.queries import require_confirmed as notice_has_been_confirmed
from veo_workflow.storage.disk import DiskStorage
from veo_workflow.storage.files import PIECE
from veo_workflow.storage.keys import LARGEST_PART
from veo_workflow.web import db, release, sent_json, services

blueprint = Blueprint("uploads", __name__)

USUAL_PURPOSE = {Stage.IDENTIFY: Purpose.BASELINE, Stage.LEARN: Purpose.PRACTICE, Stage.IMPROVE: Purpose.PROGRESS}


@blueprint.get("/cycles/<uuid:cycle_id>/upload")
def page(cycle_id: uuid.UUID) -> str:
    person = me()
    seen = cycle_for(db(), person, cycle_id, Verb.UPLOAD)
    asked = request.args.get("purpose", "")
    settings = services().settings
    return render_template(
        "clips/upload.html",
        seen=seen,
        coach=seen.pair.coach,
        purposes=list(Purpose),
        purpose=Purpose(asked) if asked in set(Purpose) else USUAL_PURPOSE[seen.cycle.stage],
        delete_by=kept_until(db(), person.school_id, now()),
        notice=notice_of(db(), person.school_id),
        max_upload=settings.max_upload,
        names=sorted(rules.VIDEO_NAMES),
        waiting=[
            (clip, upload, _expires_at(upload))
            for upload, clip in queries.open_uploads(
                db(), person, active_after=rows.active_after(settings), cycle_id=cycle_id
            )
        ],
    )


@blueprint.post("/api/uploads")
def begin() -> tuple[Response, int]:
    person = me()
    wanted = rules.read_wanted(sent_json(), max_upload=services().settings.max_upload)
    cycle_for(db(), person, wanted.cycle_id, Verb.UPLOAD)
    notice_has_been_confirmed(db(), person.school_id, wanted.notice_id)
    release()
    key = rules.read_key(request.headers.get("Idempotency-Key"))
    upload, fresh = operations.begin(services(), person, wanted, key)
    return jsonify(_described(upload)), 201 if fresh else 200


@blueprint.get("/api/uploads")
def everything() -> Response:
    active_after = rows.active_after(services().settings)
    found = queries.open_uploads(db(), me(), active_after=active_after)
    return jsonify(
        uploads=[
            {
                **_described(upload),
                "cycle": str(upload.cycle_id),
                "purpose": clip.purpose.value,
                "title": clip.title,
                "name": upload.name,
                "size": upload.size,
                "fingerprint": upload.fingerprint,
                "shared_with_coach": clip.shared_with_coach_at is not None,
            }
            for upload, clip in found
        ]
    )


@blueprint.get("/api/uploads/<uuid:upload_id>")
def one(upload_id: uuid.UUID) -> Response:
    upload, parts = operations.arrived(services(), _asker(), upload_id)
    listed = [{"n": part.n, "size": part.size, "etag": part.etag} for part in parts]
    return jsonify(**_described(upload), size=upload.size, parts=listed)


@blueprint.post("/api/uploads/<uuid:upload_id>/parts/sign")
def sign_parts(upload_id: uuid.UUID) -> Response:
    addresses = operations.sign(services(), _asker(), upload_id, sent_json().get("parts"))
    return jsonify(
        urls=[
            {
                "n": address.n,
                "method": "PUT",
                "url": address.url,
                "headers": address.headers,
                "expires_at": address.expires_at.isoformat(),
            }
            for address in addresses
        ]
    )


@blueprint.post("/api/uploads/<uuid:upload_id>/complete")
def complete(upload_id: uuid.UUID) -> tuple[Response, int]:
    person = _asker()
    sent = request.get_json(silent=True)
    sha256 = rules.read_sha256(sent.get("sha256") if isinstance(sent, dict) else None)
    came_to = operations.complete(services(), person, upload_id, sha256)
    state = "completing" if came_to is Completion.UNDER_WAY else "completed"
    return jsonify(clip=str(upload_id), state=state), 200 if came_to is Completion.BEFORE else 202


@blueprint.delete("/api/uploads/<uuid:upload_id>")
def cancel(upload_id: uuid.UUID) -> tuple[str, int]:
    """Of a clip that is ready this is its withdrawal, for which its owner says once more who they are."""
    if queries.clip_is_ready(db(), me(), upload_id):
        require_confirmed()
    operations.cancel(services(), _asker(), upload_id)
    return "", 204


@blueprint.put("/storage/parts/<upload>/<int:n>")
def receive_part(upload: str, n: int) -> Response:
    """One part of a file, sent to an address that the disk driver has signed; other drivers take parts themselves."""
    storage = services().storage
    if not isinstance(storage, DiskStorage):
        raise NotFound
    # The signed length holds it; what is longer is refused before anything is read.
    request.max_content_length = LARGEST_PART
    # From the server's own stream, of which storage reads no more than was signed: `request.stream` would limit it once
    # more, at the cost of fresh memory for each piece, which takes as long as digesting it.
    stream = request.environ["wsgi.input"]
    try:
        part = storage.receive_part(
            upload, n, request.args, request.content_length, request.headers.get("Content-MD5"), stream
        )
    except VeoError:
        _hear_out(services().settings.part_size)
        raise
    response = Response(status=200)
    response.set_etag(part.etag)
    return response


def _hear_out(longest: int) -> None:
    """Read what is left of a part, and throw it away: hung up on while it still sends, a browser never hears why."""
    with contextlib.suppress(OSError, ClientDisconnected):
        while longest > 0 and (piece := request.stream.read(min(longest, PIECE))):
            longest -= len(piece)


def _asker() -> Person:
    """Who asks, with the request's own transaction closed: what follows opens short ones around storage."""
    person = me()
    release()
    return person


def _described(upload: Upload) -> dict[str, Any]:
    return {
        "id": str(upload.id),
        "state": upload.state.value,
        "part_size": upload.part_size,
        "part_count": upload.part_count,
        "expires_at": _expires_at(upload).isoformat(),
    }


def _expires_at(upload: Upload) -> datetime:
    return upload.last_activity_at + timedelta(seconds=services().settings.upload_lifetime)
