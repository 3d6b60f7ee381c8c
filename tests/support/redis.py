"""A private, real Redis on a unix socket, for as long as a `with` block."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis, RedisError


class PrivateRedis:
    """One that keeps nothing, at one address however often it is started. The folder is short, because a socket's path
    may have about a hundred characters.
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="veo-redis-"))
        self._socket = self._folder / "redis.sock"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is missing; make test installs it"
        where = ("--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._folder))
        self._process = subprocess.Popen(
            [program, *where, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _wait_for(Redis(unix_socket_path=str(self._socket)))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(60)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(60)
        shutil.rmtree(self._folder, ignore_errors=True)


@contextlib.contextmanager
def private_redis() -> Iterator[str]:
    """Yields the address of one that runs for as long as the block."""
    redis = PrivateRedis()
    try:
        yield redis.url
    finally:
        redis.end()


def _wait_for(redis: Redis) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(RedisError):
            if redis.ping():
                return
        time.sleep(0.02)
    raise AssertionError("Redis did not answer within a minute.")
