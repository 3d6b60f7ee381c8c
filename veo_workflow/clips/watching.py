"""Who watched, and when: the start of every playback is in the audit log before its first byte leaves.

A film is fetched in many ranges, from any place in it.  What one person fetches within half an hour is one sitting, and
one entry; that it has been written is remembered in Redis, and where that forgets there is one entry more, never less.
"""

import logging
import uuid

from redis import RedisError
from sqlalchemy import update

from veo_workflow.audit.operations import record
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.database import now
from veo_workflow.people.models import Person
from veo_workflow.services import Services

log = logging.getLogger(__name__)

SITTING_SECONDS = 1800
BY_PAIR, BY_SHARE, AS_EXEMPLAR = "clip_watched", "share_watched", "exemplar_watched"
UNDER_HOLD = "held_clip_watched"  # told, where it is told, on the page about the hold
WATCHED = (BY_PAIR, BY_SHARE, AS_EXEMPLAR)


def note_playback(
    services: Services, person: Person, clip: Clip, share: ClipShare | None = None, action: str | None = None
) -> None:
    """Write down that `person` plays the clip, by a share, as one of its pair, or by what `action` says, if that is not
    known of this sitting.

    No session of the request may be open for writing.
    """
    sitting = f"veo:watching:{person.id}:{share.id if share else clip.id}{f':{action}' if action else ''}"
    if _is_known(services, sitting):
        return
    with services.database.transaction() as session:
        record(session, action or _action(share), by=person.id, school=clip.school_id, subject=("clip", clip.id))
        if share is not None and share.person_id == person.id:
            first = ClipShare.watched_at.is_(None)
            session.execute(update(ClipShare).where(ClipShare.id == share.id, first).values(watched_at=now()))
    _remember(services, sitting)


def noted_for(services: Services, person_id: uuid.UUID, clip_id: uuid.UUID) -> int:
    """For how many seconds to come it is written down that this person, as one of its pair, watches the clip; or 0."""
    try:
        return max(0, int(services.redis.ttl(f"veo:watching:{person_id}:{clip_id}")))
    except RedisError:
        return 0


def _action(share: ClipShare | None) -> str:
    if share is None:
        return BY_PAIR
    return AS_EXEMPLAR if share.is_exemplar else BY_SHARE


def _is_known(services: Services, sitting: str) -> bool:
    try:
        return bool(services.redis.exists(sitting))
    except RedisError as error:
        log.warning("a sitting was not looked up: %s", type(error).__name__)
        return False


def _remember(services: Services, sitting: str) -> None:
    try:
        services.redis.set(sitting, 1, ex=SITTING_SECONDS)
    except RedisError as error:
        log.warning("a sitting was not remembered: %s", type(error).__name__)
