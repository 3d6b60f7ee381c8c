"""What was typed into a form, kept while somebody goes to their provider and comes back: a quarter of an hour at most.

Nobody but the person who typed it gets it back, and it is sealed meanwhile: it may speak of children.  Files are not
kept, nor a form that is longer than any of ours needs to be.
"""

import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass

from redis import Redis, RedisError

from veo_workflow.errors import NotFound, Unavailable
from veo_workflow.people.factors.sealing import Unreadable, seal, unseal

LASTS = 15 * 60  # seconds
LONGEST = 64 * 1024  # characters of a form as it is kept

Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Typed:
    """Names and values of a form, in order, and which of our own addresses it was sent to."""

    onward: str
    fields: Fields


def keep(redis: Redis, sealing: str, person: uuid.UUID, typed: Typed) -> str:
    """Under which word it is kept; none for a form that is too long, or while nothing can be kept."""
    said = json.dumps([typed.onward, typed.fields])
    if len(said) > LONGEST:
        return ""
    word = secrets.token_urlsafe(32)
    try:
        redis.set(_key(word), seal(sealing, said, person), ex=LASTS)
    except RedisError:
        return ""
    return word


def given_back(redis: Redis, sealing: str, person: uuid.UUID, word: str) -> Typed:
    """As often as it is asked for until its time is over. Raises NotFound for anybody else, or later; Unavailable."""
    try:
        sealed = redis.get(_key(word))
    except RedisError:
        raise Unavailable("What you typed cannot be brought back for the moment. Reload this page.") from None
    if not isinstance(sealed, bytes):
        raise NotFound()
    try:
        onward, fields = json.loads(unseal(sealing, sealed.decode(), person))
    except Unreadable:
        raise NotFound() from None
    return Typed(onward, [(name, value) for name, value in fields])


def _key(word: str) -> str:
    return "veo:typed:" + hashlib.sha256(word.encode()).hexdigest()
