"""A private, real Redis on a unix socket, for as long as a `with` block."""

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from redis import Redis, RedisError


@contextlib.contextmanager
def private_redis() -> Iterator[str]:
    """Yields its address. The folder is short, because a socket's path may have about a hundred characters."""
    program = shutil.which("redis-server")
    assert program, "redis-server is missing; make test installs it"
    folder = Path(tempfile.mkdtemp(prefix="veo-redis-"))
    socket = folder / "redis.sock"
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(Redis(unix_socket_path=str(socket)))
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(redis: Redis) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(RedisError):
            if redis.ping():
                return
        time.sleep(0.02)
    raise AssertionError("Redis did not answer within a minute.")
