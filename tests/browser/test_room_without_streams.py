"""A room in a school where as many streams are open as a process holds: it is asked every second instead."""

import pytest

from tests.browser.conftest import PageFor
from tests.browser.test_room import film, moves, press, review, says
from tests.support.world import World
from veo_workflow import streams
from veo_workflow.services import Services

__all__ = ["film", "review"]

SLOW = "Many pages are listening at once, so this one looks every second instead."


@pytest.fixture
def no_streams(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others listen in every place there is."""
    full = streams.Places()
    for _ in range(services.settings.streams_per_process):
        full.take(services.settings.streams_per_process)
    monkeypatch.setattr(streams, "places", full)


def test_both_screens_still_meet(no_streams: None, review: str, world: World, page_for: PageFor) -> None:
    asha, priya = (page_for(person, review) for person in (world.asha, world.priya))
    press(asha, "Join the room")
    press(priya, "Join the room")
    says(priya, f"Asha is leading. You follow. {SLOW}")
    says(asha, f"You are leading. Priya follows. {SLOW}")
    assert moves(asha, priya, "video.currentTime = 9.01") == 270
    press(priya, "Take over")
    says(asha, f"Priya is leading. You follow. {SLOW}")
