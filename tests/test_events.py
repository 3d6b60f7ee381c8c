"""What is true for a moment: published once, heard by whoever listens, remembered for who comes late."""

from collections.abc import Iterator

import pytest

from veo_workflow.events import Events


@pytest.fixture
def events(redis_url: str) -> Iterator[Events]:
    events = Events(redis_url)
    yield events
    events.close()


def test_a_stream_hears_its_own_topics_and_no_others(events: Events) -> None:
    with events.subscribe(["clip:a"]) as mine, events.subscribe(["clip:b"]) as theirs:
        events.publish("clip:a", {"fraction": 0.5})
        assert mine.get(60) == ("clip:a", {"fraction": 0.5})
        assert theirs.get(0.2) is None


def test_what_is_said_as_soon_as_somebody_listens_is_heard(events: Events) -> None:
    events.publish("clip:a", {"fraction": 0.1})  # its line to Redis is open: nothing keeps the next word back
    with events.subscribe(["clip:a"]) as mine:
        events.publish("clip:a", {"fraction": 0.5})
        assert mine.get(60) == ("clip:a", {"fraction": 0.5})


def test_who_comes_late_gets_the_last_word(events: Events) -> None:
    events.publish("clip:c", {"fraction": 0.1})
    events.publish("clip:c", {"fraction": 0.9})
    assert events.last(["clip:c", "clip:unheard-of"]) == {"clip:c": {"fraction": 0.9}}


def test_a_redis_that_is_away_costs_the_news_and_nothing_else() -> None:
    away = Events("unix:///nowhere/redis.sock")
    away.publish("clip:a", {"fraction": 0.5})
    assert away.last(["clip:a"]) == {}
