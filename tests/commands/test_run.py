"""`veo run`, whole: everything answers, is well, and leaves nothing behind, however it ends."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.processes import is_alive, veo
from tests.support.ports import free_port
from tests.support.waiting import wait_until
from veo_workflow.commands import lifeline, probes
from veo_workflow.settings import Settings


class Copy:
    """One running copy, without the demo school."""

    def __init__(self, data: Path, *, tls: bool = False) -> None:
        self.settings = Settings(data=data, port=free_port(), tls=tls)
        self.environment = {
            "DEMO": "0", "VEO_DATA": str(data), "VEO_PORT": str(self.settings.port), "VEO_TLS": str(int(tls))
        }  # fmt: skip
        self.output = data.with_name(f"said-{self.settings.port}")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "veo_workflow", "run"],
            env={**os.environ, **self.environment},
            stdout=self.output.open("w"),
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> None:
        wait_until(lambda: "Ready: " in self.said() or self.process.poll() is not None)
        assert f"Ready: {self.settings.origin}\n" in self.said(), self.said()

    def family(self) -> list[int]:
        """The supervisor's programs and their children."""
        programs = lifeline.children_of(self.process.pid)
        return programs + [child for program in programs for child in lifeline.children_of(program)]

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Copy]]:
    copies: list[Copy] = []

    def begin(*, tls: bool = False) -> Copy:
        copies.append(Copy(tmp_path / "data", tls=tls))
        return copies[-1]

    yield begin
    for copy in copies:
        copy.end()


def test_everything_answers_and_a_signal_ends_all_of_it(start: Callable[..., Copy], tmp_path: Path) -> None:
    copy = start(tls=True)
    copy.wait_until_ready()
    assert probes.web_answers(copy.settings)
    assert re.search(r"the link is good once: https://127\.0\.0\.1:\d+/begin/\S{20,}", copy.said())
    assert veo("doctor", **copy.environment).returncode == 0
    refused = veo("run", **copy.environment)
    assert refused.stderr.startswith(f"Another copy is running on {tmp_path / 'data'};")
    family = copy.family()
    assert len(family) >= 4
    copy.process.send_signal(signal.SIGTERM)
    assert copy.process.wait(60) == 0
    assert [pid for pid in family if is_alive(pid)] == []


def test_a_killed_copy_leaves_nothing_and_starts_again(start: Callable[..., Copy]) -> None:
    killed = start()
    killed.wait_until_ready()
    family = killed.family()
    killed.process.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in family))
    start().wait_until_ready()
