"""How often something may be tried, counted in Redis and so for every web process together.

Where Redis does not answer nothing is refused: what is throttled still has to be right, and a school must not be locked
out of its own footage by a part that only counts.
"""

import hashlib
import logging
import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import Redis, RedisError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """At most so many tries, as in `10 per 15 minutes`, of what `name` stands for."""

    name: str
    tries: str

    @property
    def item(self) -> RateLimitItem:
        return parse(self.tries)


class Throttle:
    """Windows that move: each try counts for as long as the limit says, whenever it was."""

    def __init__(self, redis: Redis) -> None:
        storage = RedisStorage("redis://", connection_pool=redis.connection_pool, key_prefix="veo:tries")
        self._windows = MovingWindowRateLimiter(storage)

    def count(self, limit: Limit, *of: str) -> int:
        """Count one try; 0, or where that was one too many the seconds until the next is heard."""
        try:
            if self._windows.hit(limit.item, *_key(limit, of)):
                return 0
            return self._wait(limit, of)
        except RedisError as error:
            return _not_counted(error)

    def wait(self, limit: Limit, *of: str) -> int:
        """What `count` would say, without counting."""
        try:
            return 0 if self._windows.test(limit.item, *_key(limit, of)) else self._wait(limit, of)
        except RedisError as error:
            return _not_counted(error)

    def forget(self, limit: Limit, *of: str) -> None:
        """What has been counted was well meant."""
        try:
            self._windows.clear(limit.item, *_key(limit, of))
        except RedisError as error:
            _not_counted(error)

    def _wait(self, limit: Limit, of: tuple[str, ...]) -> int:
        reset, _ = self._windows.get_window_stats(limit.item, *_key(limit, of))
        return max(1, math.ceil(reset - time.time()))


def _key(limit: Limit, of: tuple[str, ...]) -> tuple[str, str]:
    """Whose tries are counted stands in Redis as a hash: it may be an e-mail address."""
    return limit.name, hashlib.sha256("\n".join(of).encode()).hexdigest()


def _not_counted(error: RedisError) -> int:
    log.warning("a try was not counted: %s", type(error).__name__)
    return 0
