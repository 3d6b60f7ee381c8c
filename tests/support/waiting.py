"""Waiting for what another process or thread does, however busy the machine is."""

import time
from collections.abc import Callable

PATIENCE = 60  # seconds


def wait_until(happened: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)
