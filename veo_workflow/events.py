"""Publish and subscribe through Redis: what is true for a moment only, such as how far a clip has come.

The last word on a topic is also kept under an expiring key, so that a page opened late sees it at once.  Nothing here
is ever the only place where something is written down.
"""

import contextlib
import json
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from redis import Redis, RedisError, WatchError
from redis.client import Pipeline, PubSub

log = logging.getLogger(__name__)

KEEP_SECONDS = 120
LISTEN_SECONDS = 1.0
READY_SECONDS = 5.0  # for Redis to take a subscription; one that is away holds nobody up for longer
PREFIX = "veo:event:"
CHANGE_TRIES = 100


@dataclass(frozen=True)
class Changed:
    """What a topic's last word becomes, and whether those who listen are told."""

    body: dict[str, Any]
    is_news: bool


@dataclass(frozen=True)
class Told:
    """The last word on a topic, and the moment it was said, in ms by Redis' own clock: one for every process."""

    body: dict[str, Any]
    at: int


Decide = Callable[[dict[str, Any] | None, int], Changed]


class Subscription:
    """What one open stream hears; `get` waits, and answers None when nothing came in time."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        self._heard: queue.Queue[tuple[str, dict[str, Any]] | None] = queue.Queue(maxsize=200)

    def put(self, topic: str, event: dict[str, Any]) -> None:
        with contextlib.suppress(queue.Full):  # a stream that does not read falls behind alone
            self._heard.put_nowait((topic, event))

    def end(self) -> None:
        """Wake whoever waits."""
        with contextlib.suppress(queue.Full):
            self._heard.put_nowait(None)

    def get(self, timeout: float) -> tuple[str, dict[str, Any]] | None:
        try:
            return self._heard.get(timeout=timeout)
        except queue.Empty:
            return None


class Events:
    """One Redis listener a process, however many streams it serves."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis = Redis.from_url(url, socket_timeout=10, socket_connect_timeout=5)
        self._lock = threading.Lock()
        self._subscriptions: set[Subscription] = set()
        self._listener: threading.Thread | None = None
        self._listens = threading.Event()
        self._closed = threading.Event()
        self.ended = False

    def end(self) -> None:
        """Nobody is to wait for news any longer: this process is about to go."""
        self.ended = True
        with self._lock:
            listening = list(self._subscriptions)
        for subscription in listening:
            subscription.end()

    def publish(self, topic: str, event: dict[str, Any]) -> None:
        """Tell whoever listens; a Redis that does not answer costs the news, never the work."""
        body = json.dumps(event)
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.set(PREFIX + topic, body, ex=KEEP_SECONDS)
                pipe.publish(PREFIX + topic, body)
                pipe.execute()
        except RedisError as error:
            log.warning("event not published: %s", type(error).__name__)

    def change(self, topic: str, decide: Decide, *, keep_seconds: int) -> Told:
        """The next word on a topic, made from the last one (None: there is none, or it has expired).

        Of several who do it at once, in whichever processes, each is given what the one before has made; news go out
        in that order.  `decide` may be asked more than once.  Raises RedisError, and what `decide` raises.
        """
        key = PREFIX + topic
        with self._redis.pipeline() as pipe:
            for _ in range(CHANGE_TRIES):
                with contextlib.suppress(WatchError):
                    pipe.watch(key)  # type: ignore[no-untyped-call] # redis-py gives it no types
                    return _changed(pipe, key, decide, keep_seconds)
        raise WatchError("too many at once")

    def last(self, topics: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The last word on each topic that has one."""
        names = list(topics)
        if not names:
            return {}
        try:
            bodies = self._redis.mget([PREFIX + name for name in names])
        except RedisError:
            return {}
        return {name: json.loads(body) for name, body in zip(names, bodies, strict=True) if body}

    @contextlib.contextmanager
    def subscribe(self, topics: Iterable[str]) -> Iterator[Subscription]:
        """It hears whatever is said from the beginning of the block on, unless Redis is away."""
        subscription = Subscription(frozenset(topics))
        with self._lock:
            self._subscriptions.add(subscription)
            if self._listener is None or not self._listener.is_alive():
                self._listener = threading.Thread(target=self._listen, name="events", daemon=True)
                self._listener.start()
        try:
            self._listens.wait(READY_SECONDS)
            yield subscription
        finally:
            with self._lock:
                self._subscriptions.discard(subscription)

    def close(self) -> None:
        """Let the listener go; it ends within a second."""
        self._closed.set()
        if self._listener is not None:
            self._listener.join(timeout=5)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with _listener(self._url) as pubsub:
                    pubsub.psubscribe(PREFIX + "*")
                    while not self._closed.is_set():
                        message = pubsub.get_message(timeout=LISTEN_SECONDS)
                        if message:
                            self._take(message)
            except RedisError as error:
                self._listens.clear()
                log.warning("events interrupted: %s", type(error).__name__)
                self._closed.wait(1)

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "psubscribe":
            self._listens.set()
        else:
            topic = message["channel"].decode().removeprefix(PREFIX)
            self._hand_out(topic, json.loads(message["data"]))

    def _hand_out(self, topic: str, event: dict[str, Any]) -> None:
        with self._lock:
            listening = [s for s in self._subscriptions if topic in s.topics]
        for subscription in listening:
            subscription.put(topic, event)


def _changed(pipe: Pipeline, key: str, decide: Decide, keep_seconds: int) -> Told:
    """One try, while the key is watched. Raises WatchError where somebody came in between."""
    kept = pipe.get(key)
    seconds, micros = pipe.time()
    at = seconds * 1000 + micros // 1000
    changed = decide(json.loads(kept) if kept else None, at)
    body = json.dumps(changed.body)
    pipe.multi()
    pipe.set(key, body, ex=keep_seconds)
    if changed.is_news:
        pipe.publish(key, body)
    pipe.execute()
    return Told(changed.body, at)


def _listener(url: str) -> PubSub:
    return PubSub(Redis.from_url(url).connection_pool)
