"""Server-sent events, under a cap of their own: ordinary requests must not starve."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response

from veo_workflow.errors import Unavailable
from veo_workflow.events import Events, Subscription
from veo_workflow.metrics import OPEN_STREAMS

STREAM_SECONDS = 300
HEARTBEAT_SECONDS = 15
HEARTBEAT = ": still here\n\n"


class Places:
    """How many streams this process holds at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.taken = 0

    def take(self, limit: int) -> None:
        """Raises Unavailable when all are taken; the page then asks now and again instead."""
        with self._lock:
            if self.taken >= limit:
                raise Unavailable("Too many pages are watching at once; this one asks now and again instead.")
            self.taken += 1
            OPEN_STREAMS.set(self.taken)

    def give_back(self) -> None:
        with self._lock:
            self.taken -= 1
            OPEN_STREAMS.set(self.taken)


places = Places()


def respond(told: Iterable[str], limit: int) -> Response:
    """A stream of what `told` yields, if this process has a place for it. Raises Unavailable."""
    places.take(limit)
    response = Response(_opened(told), mimetype="text/event-stream")
    response.call_on_close(places.give_back)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _opened(told: Iterable[str]) -> Iterator[str]:
    yield ": listening\n\n"  # at once, so that the browser knows the stream is open before there is any news
    yield from told


def heard(events: Events, subscription: Subscription) -> Iterator[dict[str, Any] | None]:
    """What comes, and None for each silence in which a heartbeat is due.

    It ends after five minutes, and when this process is about to go; the browser comes back by itself.
    """
    until = time.monotonic() + STREAM_SECONDS
    while time.monotonic() < until and not events.ended:
        told = subscription.get(HEARTBEAT_SECONDS)
        yield None if told is None else told[1]


def event(name: str, message: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(message)}\n\n"
