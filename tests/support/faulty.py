"""A store that misbehaves: an HTTP proxy in front of a real one, which does to single requests what it is told to."""

import contextlib
import enum
import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SECONDS = 60
HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive"}


class Fault(enum.Enum):
    """What becomes of a request."""

    ERROR = "answered with a 500, and the store never hears of it"
    RESET = "the line is reset, and the store never hears of it"
    LOST = "the store does it, and the line is reset before its answer"
    SHORT = "half of the answer comes, and the line ends"
    SLOW = "a second passes first"


@dataclass
class Struck:
    """The requests of one method whose address ends in `ending`; the faults that are still to come."""

    method: str
    ending: str
    faults: list[Fault]


class FaultyStore:
    """Stands on loopback before `target`; does nothing wrong until it is told to."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target).netloc
        self._lock = threading.Lock()
        self._struck: list[Struck] = []
        self.is_down = False
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                store.answer(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815 - as the base class looks for them

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
                """Says nothing."""

            def handle_one_request(self) -> None:
                with contextlib.suppress(OSError):
                    super().handle_one_request()
                    return
                self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def strike(self, method: str, ending: str, *faults: Fault) -> None:
        """Let these befall the next such requests, one each."""
        self._struck.append(Struck(method, ending, list(faults)))

    def to_come(self) -> list[Fault]:
        """The faults that have befallen nobody yet."""
        return [fault for each in self._struck for fault in each.faults]

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        fault = self._fault_for(asked.command, asked.path.partition("?")[0])
        if fault is Fault.ERROR:
            asked.send_response(500)
            asked.send_header("Content-Length", "0")
            asked.end_headers()
        elif fault is Fault.RESET:
            _reset(asked)
        else:
            if fault is Fault.SLOW:
                threading.Event().wait(1)
            self._pass_on(asked, body, fault)

    def _fault_for(self, method: str, path: str) -> Fault | None:
        if self.is_down:
            return Fault.ERROR
        with self._lock:
            for each in self._struck:
                if each.faults and each.method == method and path.endswith(each.ending):
                    return each.faults.pop(0)
        return None

    def _pass_on(self, asked: BaseHTTPRequestHandler, body: bytes, fault: Fault | None) -> None:
        line = http.client.HTTPConnection(self._target, timeout=SECONDS)
        try:
            headers = {name: value for name, value in asked.headers.items() if name.lower() != "expect"}
            line.request(asked.command, asked.path, body, headers)
            answer = line.getresponse()
            content = answer.read()
        finally:
            line.close()
        if fault is Fault.LOST:
            _reset(asked)
            return
        asked.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {*HOP_BY_HOP, "date", "content-length"}:
                asked.send_header(name, value)
        length = answer.getheader("Content-Length") if asked.command == "HEAD" else str(len(content))
        asked.send_header("Content-Length", length or "0")
        asked.end_headers()
        asked.wfile.write(content[: len(content) // 2] if fault is Fault.SHORT else content)
        asked.close_connection = fault is Fault.SHORT


def _reset(asked: BaseHTTPRequestHandler) -> None:
    asked.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asked.connection.close()
    asked.close_connection = True


@contextlib.contextmanager
def faulty(target: str) -> Iterator[FaultyStore]:
    store = FaultyStore(target)
    try:
        yield store
    finally:
        store.end()
