"""What attempts have put into storage, under a prefix of their own each, and how it goes again."""

import uuid

from veo_workflow.clips import object_queries, rules
from veo_workflow.clips.jobs import Claim
from veo_workflow.crashing import Point, reached
from veo_workflow.services import Services

PREVIEW_NAME = "preview.mp4"


def attempt_prefix(claimed: Claim) -> str:
    return f"clips/{claimed.clip_id}/{claimed.attempt}/"


def forget_attempt(services: Services, claimed: Claim) -> None:
    """Remove what an attempt stored that may not be published.

    A preview it had published before it lost the job is the clip's until the next attempt has its own.
    """
    keys = [stored.key for stored in services.storage.list(attempt_prefix(claimed))]
    with services.database.reading() as session:
        named = object_queries.named_by_renditions(session, keys)
    for key in keys:
        if key not in named:
            services.storage.delete(key)
            reached(Point.ATTEMPT_FORGOTTEN)


def forget_earlier_attempts(services: Services, claimed: Claim) -> None:
    """Remove what attempts that were killed half-way left behind, and what was there before a trim.

    Nothing of a later attempt: by the time a process that was frozen gets here there may be one.
    """
    for key, attempt in _stored_by_attempt(services, claimed.clip_id):
        if attempt < claimed.attempt:
            services.storage.delete(key)
            reached(Point.EARLIER_FORGOTTEN)


def forget_previews(services: Services, clip_id: uuid.UUID, *, up_to: int, but: str | None = None) -> None:
    """Remove every preview that attempts up to that one made of a clip, but the one under that key."""
    reached(Point.PREVIEWS_DUE)
    for key, attempt in _stored_by_attempt(services, clip_id):
        if attempt <= up_to and key.endswith(f"/{PREVIEW_NAME}") and key != but:
            services.storage.delete(key)
            reached(Point.PREVIEW_FORGOTTEN)


def _stored_by_attempt(services: Services, clip_id: uuid.UUID) -> list[tuple[str, int]]:
    """(key, attempt) of every object of a clip."""
    found = [(stored.key, rules.attempt_in_key(stored.key)) for stored in services.storage.list(f"clips/{clip_id}/")]
    return [(key, place[1]) for key, place in found if place and place[1] is not None]
