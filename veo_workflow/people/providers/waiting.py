"""Sign-ins that are on their way through the provider: each comes back once, within ten minutes, to its own browser."""

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass

from redis import Redis, RedisError

from veo_workflow.errors import InvalidInput, Unavailable
from veo_workflow.people.providers.client import Asked

LASTS = 10 * 60  # seconds


@dataclass(frozen=True)
class Waiting:
    asked: Asked
    onward: str


def begin(redis: Redis, back: str, onward: str) -> tuple[str, Waiting]:
    """A sign-in to be sent on its way, and the state it will come back with. Raises Unavailable."""
    state = secrets.token_urlsafe(32)
    waiting = Waiting(Asked(secrets.token_urlsafe(32), secrets.token_urlsafe(48), back), onward)
    try:
        redis.set(_key(state), json.dumps({**asdict(waiting.asked), "onward": onward}), ex=LASTS)
    except RedisError:
        raise _silent() from None
    return state, waiting


def take(redis: Redis, state: str, state_of_browser: str) -> Waiting:
    """What that state was asked with. Raises InvalidInput for another browser's, an old or a used one; Unavailable."""
    kept = None
    if state and secrets.compare_digest(state.encode(), state_of_browser.encode()):
        try:
            kept = redis.getdel(_key(state))
        except RedisError:
            raise _silent() from None
    if not isinstance(kept, bytes):
        raise InvalidInput("That took too long, or began in another browser. Try again from here.", code="no_state")
    said = json.loads(kept)
    return Waiting(Asked(said["nonce"], said["verifier"], said["back"]), said["onward"])


def _key(state: str) -> str:
    return "veo:provider:" + hashlib.sha256(state.encode()).hexdigest()


def _silent() -> Unavailable:
    return Unavailable("Signing in this way does not work for the moment. Use your password, or try again.")
