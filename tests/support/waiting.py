"""Waiting for what another process or thread does, however busy the machine is."""

import time
from collections.abc import Callable

PATIENCE = 60  # seconds


def wait_until(
    happened: Callable[[], object],
    seconds: float = PATIENCE,
    *,
    instead: Callable[[], object] = lambda: "no more is known",
) -> None:
    """Until it has happened; a test that waits in vain says what is so `instead`."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"It did not happen in time: {instead()}"
        time.sleep(0.02)
