"""The application on loopback, in a thread of the tests' own process, for as long as a `with` block."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, cast

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer

from veo_workflow.services import Services


class Whole(ThreadedWSGIServer):
    """Ends together with all that it was asked: none of its threads goes on into another test."""

    daemon_threads = False  # those are waited for

    def __init__(self, app: Flask) -> None:
        self._lines: set[socket.socket] = set()
        super().__init__("127.0.0.1", 0, app)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._lines.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Whoever still waits at the other end of a line waits in vain."""
        for line in list(self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def in_process(app: Flask) -> Iterator[str]:
    """Its origin. After the block the application's event streams have ended, and every answer."""
    server = Whole(app)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        cast(Services, app.extensions["veo"]).events.end()
        server.shutdown()
        server.hang_up()
        thread.join()
