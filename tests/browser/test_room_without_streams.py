"""A room in a school where as many streams are open as a process holds: it is asked every second instead."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import PageFor
from tests.browser.test_room import film, moves, press, review, says
from tests.support.world import World
from veo_workflow.services import Services
from veo_workflow.streams import places

__all__ = ["film", "review"]

SLOW = "Many pages are listening at once, so this one looks every second instead."


@pytest.fixture
def no_streams(services: Services) -> Iterator[None]:
    """Others listen in every place there is."""
    limit = services.settings.streams_per_process
    taken = 0
    while taken < limit:
        places.take(limit)
        taken += 1
    yield
    for _ in range(taken):
        places.give_back()


def test_both_screens_still_meet(no_streams: None, review: str, world: World, page_for: PageFor) -> None:
    asha, priya = (page_for(person, review) for person in (world.asha, world.priya))
    press(asha, "Join the room")
    press(priya, "Join the room")
    says(priya, f"Asha is leading. You follow. {SLOW}")
    says(asha, f"You are leading. Priya follows. {SLOW}")
    assert moves(asha, priya, "video.currentTime = 9.01") == 270
    press(priya, "Take over")
    says(asha, f"Priya is leading. You follow. {SLOW}")
