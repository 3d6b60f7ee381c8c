"""What a file made to do harm would reach for: files beside it that nobody else may open, an address nobody may call.

Which files are opened is the kernel's own account (inotify), so it holds for a tool in a sandbox too.
"""

import contextlib
import ctypes
import os
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.camera import ffmpeg

VICTIM = "victim.ts"
SECRET = "secret.ts"  # by another name ffmpeg itself would not open it
# What the kinds of `tests.support.make_clips` name, and what stands for it here.
_NAMED_FILE = "/etc/passwd"
_NAMED_ADDRESS = "127.0.0.1:8999"
_IN_OPEN = 0x20
_EVENT = struct.Struct("iIII")


class Listener:
    """A socket on this machine that counts who calls."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@dataclass
class Reached:
    """What was reached for, once the watching is over: names of files beside the bait, and calls."""

    opened: frozenset[str] = frozenset()
    calls: int = 0


def lay(clip: Path, listener: Listener) -> None:
    """Put a victim and a secret beside `clip`; where it names a file or an address, it now names those."""
    folder = clip.parent
    if not (folder / VICTIM).exists():
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=10:d=1", "-c:v", "libx264", "-f", "mpegts", folder / VICTIM)
    (folder / SECRET).write_text("9B period 3, who was away\n")
    if clip.stat().st_size < 2000:
        text = clip.read_text()
        text = text.replace(_NAMED_FILE, str(folder / SECRET))
        clip.write_text(text.replace(_NAMED_ADDRESS, f"127.0.0.1:{listener.port}"))


def copy_of(bait: Path, folder: Path) -> Path:
    """The same with all that lies beside it, for a test that wants to be bitten."""
    shutil.copytree(bait.parent, folder, dirs_exist_ok=True)
    copy = folder / bait.name
    if copy.stat().st_size < 2000:
        copy.write_text(copy.read_text().replace(str(bait.parent), str(folder)))
    return copy


@contextlib.contextmanager
def watched(clip: Path, listener: Listener) -> Iterator[Reached]:
    """Who opens what beside `clip`, and who calls, for as long as the block."""
    reached, before = Reached(), listener.calls
    libc = ctypes.CDLL(None, use_errno=True)
    watching = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert libc.inotify_add_watch(watching, bytes(clip.parent), _IN_OPEN) > 0, os.strerror(ctypes.get_errno())
    try:
        yield reached
    finally:
        reached.opened, reached.calls = frozenset(_opened(watching)), listener.calls - before
        os.close(watching)


def _opened(watching: int) -> Iterator[str]:
    while True:
        try:
            events = os.read(watching, 1 << 16)
        except BlockingIOError:
            return
        while events:
            *_, length = _EVENT.unpack_from(events)
            name = events[_EVENT.size : _EVENT.size + length].rstrip(b"\0").decode()
            events = events[_EVENT.size + length :]
            if name:
                yield name
