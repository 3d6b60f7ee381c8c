"""A folder on loopback, in ranges as a player asks for them, and a page with a player in it."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from flask import Flask, Response, send_from_directory
from werkzeug.serving import WSGIRequestHandler, make_server

PAGE = '<!doctype html><meta charset="utf-8"><title>Player</title><video muted playsinline preload="auto"></video>'


class Quiet(WSGIRequestHandler):
    """Does not say what is asked for: a player asks often."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The origin at which `/` is the player's page and `/files/…` what lies in `folder`."""
    app = Flask(__name__)
    app.add_url_rule("/", "page", lambda: PAGE)
    app.add_url_rule("/files/<path:name>", "file", lambda name: _file(folder, name))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def _file(folder: Path, name: str) -> Response:
    return send_from_directory(folder, name, conditional=True)
