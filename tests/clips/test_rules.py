"""Pure decisions about clips."""

import uuid

import pytest

from veo_workflow.clips import rules
from veo_workflow.clips.models import ClipState, Purpose


def test_a_clip_that_is_gone_never_comes_back() -> None:
    assert all(not rules.MOVES[gone] for gone in rules.GONE)


def test_every_clip_on_show_or_on_its_way_can_be_withdrawn() -> None:
    assert all(rules.may_move(state, ClipState.WITHDRAWN) for state in ClipState if state not in rules.GONE)


def test_trying_again_is_offered_only_where_it_can_help() -> None:
    assert rules.can_try_again(ClipState.FAILED, "media_failed")
    assert rules.can_try_again(ClipState.QUARANTINED, "quarantined")
    assert not rules.can_try_again(ClipState.FAILED, "not_video")
    assert not rules.can_try_again(ClipState.READY, None)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("IMG_0042.MOV", "How it is going"),
        ("20261119_141500.mp4", "How it is going"),
        ("coming in after lunch.mov", "Coming in after lunch"),
        ("4A_maths_starter.MP4", "4A maths starter"),
        ("C:\\Videos\\boards up.mov", "Boards up"),
        (".mov", "How it is going"),
    ],
)
def test_a_title_is_the_files_name_where_somebody_gave_it_one(name: str, title: str) -> None:
    assert rules.title_from(name, Purpose.PROGRESS) == title


def test_who_can_see_is_said_in_one_sentence() -> None:
    assert rules.Watchers("Asha", None).said_to(is_owner=True) == "Only you can see this"
    assert rules.Watchers("Asha", "Priya").said_to(is_owner=True) == "You and Priya can see this"
    everybody = rules.Watchers("Asha", "Priya", ("Tom",))
    assert everybody.said_to(is_owner=True) == "You, Priya and Tom can see this"
    assert everybody.said_to(is_owner=False) == "Asha, Priya and Tom can see this"


def test_a_ready_clip_waits_for_a_worker_again_only_to_be_trimmed() -> None:
    assert rules.may_move(ClipState.READY, ClipState.QUEUED)
    assert not rules.may_move(ClipState.READY, ClipState.PROCESSING)


def test_the_key_of_an_object_says_whose_and_which_attempts_it_is() -> None:
    clip = uuid.UUID("0196f000-0000-7000-8000-000000000001")
    assert rules.attempt_in_key(f"clips/{clip}/12/playback.mp4") == (clip, 12)
    assert rules.attempt_in_key(f"clips/{clip}/stills/12.jpg") == (clip, None)
    for other in (f"uploads/{clip}/original", f"clips/{clip}", "clips/x/1/playback.mp4", "clips"):
        assert rules.attempt_in_key(other) is None
