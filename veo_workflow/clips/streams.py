"""Server-sent events about clips on their way, under a cap of their own: ordinary requests must not starve."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import Response

from veo_workflow.clips import progress
from veo_workflow.clips.queries import OnItsWay
from veo_workflow.errors import Unavailable
from veo_workflow.events import Events
from veo_workflow.metrics import OPEN_STREAMS

STREAM_SECONDS = 300
HEARTBEAT_SECONDS = 15


class Places:
    """How many streams this process holds at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    def take(self, limit: int) -> None:
        """Raises Unavailable when all are taken; the page then asks now and again instead."""
        with self._lock:
            if self._taken >= limit:
                raise Unavailable("Too many pages are watching at once; this one asks now and again instead.")
            self._taken += 1
            OPEN_STREAMS.set(self._taken)

    def give_back(self) -> None:
        with self._lock:
            self._taken -= 1
            OPEN_STREAMS.set(self._taken)


places = Places()


def respond(events: Events, clips: list[OnItsWay], limit: int) -> Response:
    """A stream of the clips' progress. It ends after five minutes, and the browser comes back by itself."""
    places.take(limit)
    response = Response(_told(events, clips), mimetype="text/event-stream")
    response.call_on_close(places.give_back)
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _told(events: Events, clips: list[OnItsWay]) -> Iterator[str]:
    until = time.monotonic() + STREAM_SECONDS
    yield ": listening\n\n"  # at once, so that the browser knows the stream is open before there is any news
    with events.subscribe(progress.topic(each.clip.id) for each in clips) as subscription:
        for message in progress.latest(events, clips):
            yield _event(message)
        while time.monotonic() < until and not events.ended:
            heard = subscription.get(HEARTBEAT_SECONDS)
            yield ": still here\n\n" if heard is None else _event(heard[1])


def _event(message: dict[str, Any]) -> str:
    return f"event: progress\ndata: {json.dumps(message)}\n\n"
