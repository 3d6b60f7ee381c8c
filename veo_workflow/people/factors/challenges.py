"""Challenges for passkeys: each is for one person and one purpose, answered once, within five minutes.

They are kept in Redis, not in the cookie: a copy of a cookie must not bring an old answer to life.
"""

import enum
import hashlib
import secrets
import uuid

from redis import Redis, RedisError

from veo_workflow.errors import InvalidInput, Unavailable

LASTS = 5 * 60  # seconds


class Purpose(enum.StrEnum):
    MAKE = "make"
    SECOND_STEP = "second_step"
    CONFIRM = "confirm"


def issue(redis: Redis, purpose: Purpose, person_id: uuid.UUID) -> bytes:
    """Raises Unavailable."""
    challenge = secrets.token_bytes(32)
    try:
        redis.set(_key(challenge, purpose, person_id), 1, ex=LASTS)
    except RedisError:
        raise Unavailable("Passkeys do not answer for the moment. Try again, or use another way.") from None
    return challenge


def take(redis: Redis, challenge: bytes, purpose: Purpose, person_id: uuid.UUID) -> None:
    """Raises InvalidInput for one that was never issued for this, was answered before, or is too old; Unavailable."""
    try:
        taken = redis.delete(_key(challenge, purpose, person_id))
    except RedisError:
        raise Unavailable("Passkeys do not answer for the moment. Try again, or use another way.") from None
    if not taken:
        raise InvalidInput("That took too long. Try the passkey again.", code="no_challenge")


def _key(challenge: bytes, purpose: Purpose, person_id: uuid.UUID) -> str:
    return "veo:challenge:" + hashlib.sha256(person_id.bytes + purpose.encode() + challenge).hexdigest()
