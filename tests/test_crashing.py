"""A process dies at the place it was told, and nowhere else; no school can be told so by mistake."""

import logging
import os
import signal
from pathlib import Path

import pytest

from tests.commands.processes import veo
from veo_workflow import crashing
from veo_workflow.crashing import Point, reached
from veo_workflow.services import open_services
from veo_workflow.settings import FOR_TESTS, Settings


def outcome_of(at: str, *passed: Point) -> int:
    """How a child ends that passes these points: the signal, or 0 when it comes through."""
    child = os.fork()
    if child == 0:
        try:
            crashing.arm(crashing.read(at))
            for point in passed:
                reached(point)
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def test_a_process_dies_at_its_point_and_at_no_other() -> None:
    assert outcome_of("process/claimed", Point.SCRATCH_MADE, Point.CLAIMED) == -signal.SIGKILL
    assert outcome_of("process/claimed", Point.SCRATCH_MADE, Point.PUBLISHED) == 0


def test_it_may_be_the_third_time_of_passing() -> None:
    assert outcome_of("process/rendition-put:3", *[Point.RENDITION_PUT] * 2) == 0
    assert outcome_of("process/rendition-put:3", *[Point.RENDITION_PUT] * 3) == -signal.SIGKILL


def test_without_the_setting_every_point_is_passed(tmp_path: Path) -> None:
    open_services(Settings(data=tmp_path)).events.close()
    for point in Point:
        reached(point)


def test_a_school_that_is_told_to_crash_does_not_start(tmp_path: Path) -> None:
    for command in ("worker", "doctor"):
        refused = veo(command, VEO_DATA=str(tmp_path), VEO_CRASH_AT="process/claimed", VEO_SECRET_KEY="a real one" * 4)
        assert refused.returncode != 0
        assert "VEO_CRASH_AT cannot be used" in refused.stderr
        assert "for tests only" in refused.stderr


def test_a_point_that_is_none_is_refused(tmp_path: Path) -> None:
    for nonsense in ("process/clamed", "process/claimed:0", "process/claimed:soon"):
        refused = veo("worker", VEO_DATA=str(tmp_path), VEO_CRASH_AT=nonsense, VEO_SECRET_KEY=FOR_TESTS)
        assert "has to name a crash point" in refused.stderr


def test_who_is_told_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told = Settings(data=tmp_path, secret_key=FOR_TESTS, crash_at="process/claimed")
    with caplog.at_level(logging.WARNING):
        open_services(told).events.close()
    crashing.arm(None)
    assert "VEO_CRASH_AT is set" in caplog.text
    examined = veo("doctor", VEO_DATA=str(tmp_path), VEO_CRASH_AT="process/claimed", VEO_SECRET_KEY=FOR_TESTS)
    assert "✗ crash point" in examined.stdout
    assert examined.returncode == 1
