"""Upkeep that is asked to stop ends the duty it is at, and nothing after it."""

import signal
import threading
from pathlib import Path

from tests.support.live import VEO, live_school, program
from veo_workflow.commands import probes
from veo_workflow.services import Services
from workers import upkeep


def test_it_ends_between_two_duties(services: Services) -> None:
    stop, done = threading.Event(), []

    def first(_services: Services) -> int:
        stop.set()
        done.append("first")
        return 1

    def second(_services: Services) -> int:
        done.append("second")
        return 1

    upkeep._round(services, {"first": first, "second": second}, stop)
    assert done == ["first"]


def test_the_process_ends_by_itself(tmp_path: Path) -> None:
    with live_school(tmp_path, workers=0, upkeep_interval="600") as school:

        def has_been_round(_process: object) -> bool:
            return probes.upkeep_beats(school.services.redis)

        with program([*VEO, "upkeep"], school.environment, tmp_path / "upkeep.log", has_been_round) as process:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
