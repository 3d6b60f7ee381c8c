"""Ports on loopback for programs that are told theirs a while before they open it."""

import random
import socket

# Below those that the kernel gives to whoever asks for any: nobody is given one of ours before the program has it.
OURS = range(20_000, 32_000)
_marks: list[socket.socket] = []


def free_port() -> int:
    """One that nobody listens at, and that no other test on this machine is given as long as this process lives."""
    for port in random.SystemRandom().sample(OURS, len(OURS)):
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0veo test port {port}")  # a name without a file: it goes with the process, however that ends
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            mark.close()
        else:
            _marks.append(mark)
            return port
    raise AssertionError("Every port for tests is taken.")
