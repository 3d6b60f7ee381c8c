"""The road of one upload, from the first request to the queue: rows, then storage, then rows again.

Storage is never asked while a transaction is open, so each step here opens its own short ones.  Between two of them
anything may happen: a crash, a cancel, the same request again.  The rows say how far it came, storage says what is
really there, and `upkeep` brings the two together again.
"""

import enum
import mimetypes
import uuid
from collections.abc import Callable
from pathlib import Path

from veo_workflow.access.policy import Verb
from veo_workflow.clips.models import Purpose, Upload, UploadState
from veo_workflow.clips.uploads import queries, rows, rules
from veo_workflow.clips.uploads.rows import Prepared
from veo_workflow.clips.uploads.rules import Cut, PartWanted, Wanted
from veo_workflow.crashing import Point, reached
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.database import new_id
from veo_workflow.errors import Conflict, Gone, InvalidInput, NotFound
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.storage import BadPart, NoSuchObject, PartAddress, Storage, StoredPart

COMMAND_LINE = "command-line"


class PartsMismatch(Conflict):
    """Some parts are missing or short; `details["parts"]` lists their numbers."""

    code = "parts_mismatch"
    retryable = True

    def __init__(self, parts: list[int]) -> None:
        super().__init__("Some parts of the video did not arrive whole. They will be sent again.", parts=parts)


class Completion(enum.Enum):
    """What asking to complete an upload came to."""

    NOW = enum.auto()
    UNDER_WAY = enum.auto()
    BEFORE = enum.auto()


def plan_of(upload: Upload) -> Cut:
    return Cut(upload.size, upload.part_size)


def begin(services: Services, person: Person, wanted: Wanted, key: str) -> tuple[Upload, bool]:
    """Reserve the quota and open the upload; the same key again gets the same upload, and False.

    Raises NotFound, NotAllowed, Conflict (`duplicate`, `quota_exceeded`, `too_many_waiting`), InvalidInput.
    """
    settings = services.settings
    with services.database.reading() as session:
        known = queries.upload_by_key(session, person, key)
        if known is None:
            rows.check_may_begin(session, person, wanted, settings)
    if known is None:
        known, fresh = _open(services, person, wanted, key)
        if fresh:
            return known, True
    if (known.cycle_id, known.size, known.fingerprint) != (wanted.cycle_id, wanted.size, wanted.fingerprint):
        raise InvalidInput("That request began the upload of another video. Reload the page and try again.")
    return known, False


def _open(services: Services, person: Person, wanted: Wanted, key: str) -> tuple[Upload, bool]:
    upload_id = new_id()
    object_key = rules.original_key(upload_id)
    reached(Point.BEGIN_ALLOWED)
    prepared = Prepared(upload_id, object_key, services.storage.begin_parts(object_key, wanted.type or "video/mp4"))
    reached(Point.BEGIN_OPENED)
    fresh = False
    try:
        with services.database.transaction() as session:
            plan = rules.cut(wanted.size, services.settings.part_size)
            upload, fresh = rows.reserve(session, person, wanted, key, plan, prepared, services.settings)
    finally:
        if not fresh:
            reached(Point.BEGIN_UNWANTED)
            services.storage.abort_parts(object_key, prepared.storage_upload)
    reached(Point.BEGIN_RESERVED)
    return upload, fresh


def sign(services: Services, person: Person, upload_id: uuid.UUID, sent: object) -> list[PartAddress]:
    """Addresses for parts of an open upload. Raises NotFound, NotAllowed, Gone, Conflict, InvalidInput."""
    with services.database.transaction() as session:
        upload = queries.upload_for(session, person, upload_id)
        rows.require_open(upload, services.settings)
        cycle_for(session, person, upload.cycle_id, Verb.UPLOAD)
        parts = rules.read_parts(sent, plan_of(upload))
        rows.note_activity(session, upload)
    return [_sign(services, upload, part) for part in parts]


def _sign(services: Services, upload: Upload, part: PartWanted) -> PartAddress:
    return services.storage.sign_part(
        upload.key, upload.storage_upload, part.n, part.size, part.md5, services.settings.part_url_lifetime
    )


def arrived(services: Services, person: Person, upload_id: uuid.UUID) -> tuple[Upload, list[StoredPart]]:
    """An upload and what storage has of it. Raises NotFound, Gone."""
    with services.database.reading() as session:
        upload = queries.upload_for(session, person, upload_id)
    if upload.state is not UploadState.OPEN:
        if upload.state in {UploadState.ABORTED, UploadState.EXPIRED}:
            rows.require_open(upload, services.settings)
        return upload, []
    rows.require_open(upload, services.settings)
    try:
        return upload, services.storage.list_parts(upload.key, upload.storage_upload)
    except NoSuchObject:
        if is_whole(services.storage, upload):
            plan = plan_of(upload)
            return upload, [StoredPart(n, plan.length(n), "") for n in range(1, plan.count + 1)]
        raise _lost(services, upload) from None


def complete(services: Services, person: Person, upload_id: uuid.UUID, sha256: str | None = None) -> Completion:
    """Put the parts together and queue the clip.

    Raises NotFound when it is cancelled, Gone when it has expired or its parts are lost, PartsMismatch, and what
    storage raises; after the last two the upload is open again.
    """
    with services.database.transaction() as session:
        upload = queries.upload_for(session, person, upload_id, lock=True)
        if upload.state is UploadState.COMPLETED:
            return Completion.BEFORE
        if upload.state is UploadState.COMPLETING:
            return Completion.UNDER_WAY
        rows.require_open(upload, services.settings)
        cycle_for(session, person, upload.cycle_id, Verb.UPLOAD)
        if not rows.claim_completion(session, upload, sha256):
            return Completion.UNDER_WAY
    reached(Point.COMPLETE_CLAIMED)
    try:
        whole = _join(services.storage, upload)
    except BaseException:
        reached(Point.COMPLETE_REFUSED)
        with services.database.transaction() as session:
            rows.reopen(session, upload)
        reached(Point.COMPLETE_REOPENED)
        raise
    if not whole:
        raise _lost(services, upload)
    return _publish(services, upload)


def _join(storage: Storage, upload: Upload) -> bool:
    """Make the object out of the parts; False when neither they nor a whole object are there."""
    try:
        parts = storage.list_parts(upload.key, upload.storage_upload)
        missing = plan_of(upload).missing(parts)
        if missing:
            raise PartsMismatch(missing)
        storage.join_parts(upload.key, upload.storage_upload, parts)
        reached(Point.COMPLETE_JOINED)
    except BadPart as bad:
        raise PartsMismatch(bad.details.get("parts", [])) from None
    except NoSuchObject:
        pass  # joined by an attempt whose end nobody saw, or gone: the object itself says which
    return is_whole(storage, upload)


def _publish(services: Services, upload: Upload) -> Completion:
    with services.database.transaction() as session:
        published = rows.publish(session, upload, services.doorbell)
    if not published:
        forget(services.storage, upload)
        raise NotFound("This upload was cancelled. Choose the video again to start a new one.")
    return Completion.NOW


def is_whole(storage: Storage, upload: Upload) -> bool:
    """Whether the object stands in the length that was announced, and reserved."""
    found = storage.head(upload.key)
    return found is not None and found.size == upload.size


def forget(storage: Storage, upload: Upload) -> None:
    """Remove every byte of an upload that is over."""
    reached(Point.FORGET_DUE)
    storage.abort_parts(upload.key, upload.storage_upload)
    reached(Point.FORGET_ABORTED)
    storage.delete(upload.key)
    reached(Point.FORGET_DELETED)


def _lost(services: Services, upload: Upload) -> Gone | NotFound:
    """What had arrived is gone from storage: end the upload, so that the same video can be sent anew."""
    with services.database.transaction() as session:
        ended = rows.give_up(session, upload, UploadState.ABORTED, by=None)
    if not ended:
        return NotFound("This upload was cancelled. Choose the video again to start a new one.")
    forget(services.storage, upload)
    return Gone("What had arrived of this video is no longer there. Choose it again to start a new upload.")


def cancel(services: Services, person: Person, upload_id: uuid.UUID) -> None:
    """Before completion: every byte goes and the quota is free. After it: the clip is withdrawn. Twice is once.

    Raises NotFound for an upload that is not the person's.
    """
    with services.database.transaction() as session:
        upload = queries.upload_for(session, person, upload_id, lock=True)
        over = rows.cancel(session, upload, by=person)
    if over:
        forget(services.storage, upload)


def add_file(
    services: Services,
    person: Person,
    cycle_id: uuid.UUID,
    purpose: Purpose,
    path: Path,
    on_progress: Callable[[float], object],
    share: bool = False,
) -> uuid.UUID:
    """A file of this machine on the same road: begun, stored, completed. Returns the clip's id.

    `on_progress` hears how far it is, 0 to 1.  The file goes to storage whole, which every driver can do from
    here.  Raises what `begin` and `complete` raise; nothing is left behind then.
    """
    wanted = rules.check(_wanted_of(path, cycle_id, purpose, share=share), max_upload=services.settings.max_upload)
    upload, _ = begin(services, person, wanted, f"{COMMAND_LINE}-{new_id()}")
    on_progress(0.0)
    try:
        services.storage.put(upload.key, path, wanted.type or "video/mp4")
        reached(Point.FILE_PUT)
        services.storage.abort_parts(upload.key, upload.storage_upload)
        reached(Point.FILE_PARTS_ABORTED)
        complete(services, person, upload.id)
    except BaseException:
        cancel(services, person, upload.id)
        raise
    on_progress(1.0)
    return upload.id


def _wanted_of(path: Path, cycle_id: uuid.UUID, purpose: Purpose, *, share: bool) -> Wanted:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(rules.MIB)
        file.seek(max(0, size - rules.MIB))
        tail = file.read(rules.MIB)
    return Wanted(
        cycle_id=cycle_id,
        purpose=purpose,
        name=path.name[: rules.NAME_LENGTH],
        size=size,
        type=mimetypes.guess_type(path.name)[0] or "",
        fingerprint=rules.fingerprint(size, head, tail),
        share_with_coach=share,
    )
