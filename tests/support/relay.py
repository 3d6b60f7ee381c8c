"""A line to a real server: what passes over it is counted, it can be cut or long, and replies can be lost on it."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

PIECE = 64 * 1024


class Relay:
    """Listens on loopback and hands everything on to `target`: http://127.0.0.1:8080, or the path of a socket."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_cut = False
        self.carried = 0  # bytes that have gone towards the server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From now on everybody is turned away, and who is there is thrown out."""
        with self._lock:
            self._is_cut = True
            for each in self._open:
                _shut(each)

    def mend(self) -> None:
        self._is_cut = False

    def end(self) -> None:
        self.cut()
        _shut(self._listening)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _connect(self) -> socket.socket:
        if self._target.startswith("/"):
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._target)
            return far
        where = urlsplit(self._target)
        assert where.hostname
        return socket.create_connection((where.hostname, where.port or 80), 5)

    def passes(self, piece: bytes, near: socket.socket, *, towards_server: bool) -> bool:
        """Whether a piece is handed on; where it is not, the line is thrown down. For those that lose things."""
        return True

    def _carry(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError), self._connect() as far:
            far.settimeout(None)
            with self._lock:
                if self._is_cut:
                    return
                self._open |= {near, far}
            back = threading.Thread(target=self._copy, args=(far, near), daemon=True)
            back.start()
            self._copy(near, far, counted=True)
            back.join()
            with self._lock:
                self._open -= {near, far}

    def _copy(self, source: socket.socket, target: socket.socket, *, counted: bool = False) -> None:
        with contextlib.suppress(OSError):
            near = source if counted else target
            while (piece := source.recv(PIECE)) and self.passes(piece, near, towards_server=counted):
                if counted:
                    with self._lock:  # before: who is answered may ask at once how much has gone
                        self.carried += len(piece)
                target.sendall(piece)
        _shut(target, socket.SHUT_WR)


class LosesReplies(Relay):
    """Loses PostgreSQL's reply to the first COMMIT of a transaction in which all these words were said."""

    def __init__(self, target: str, *words: bytes) -> None:
        self._words = words
        self._said: dict[socket.socket, bytes] = {}
        self._deaf: set[socket.socket] = set()
        self.has_lost = threading.Event()
        super().__init__(target)

    def passes(self, piece: bytes, near: socket.socket, *, towards_server: bool) -> bool:
        if not towards_server:
            if near not in self._deaf:
                return True
            self.has_lost.set()
            _shut(near)
            return False
        said = self._said.get(near, b"") + piece
        if b"COMMIT" in piece:
            if all(word in said for word in self._words) and not self._deaf:
                self._deaf.add(near)
            said = b""
        self._said[near] = said
        return True


class Far(Relay):
    """Whatever passes takes so many seconds longer, each way, however much is under way."""

    def __init__(self, target: str, seconds: float) -> None:
        self._seconds = seconds
        super().__init__(target)

    def _copy(self, source: socket.socket, target: socket.socket, *, counted: bool = False) -> None:
        under_way: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        arriving = threading.Thread(target=_arrive, args=(under_way, target), daemon=True)
        arriving.start()
        piece = b"-"
        while piece:
            try:
                piece = source.recv(PIECE)
            except OSError:
                piece = b""
            under_way.put((time.monotonic() + self._seconds, piece))
        arriving.join()


def _arrive(under_way: queue.SimpleQueue[tuple[float, bytes]], target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            due, piece = under_way.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not piece:
                break
            target.sendall(piece)
    _shut(target, socket.SHUT_WR)


def _shut(each: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(how)


@contextlib.contextmanager
def relay_to(target: str) -> Iterator[Relay]:
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.end()


@contextlib.contextmanager
def far_relay_to(target: str, seconds: float) -> Iterator[Relay]:
    relay = Far(target, seconds)
    try:
        yield relay
    finally:
        relay.end()
