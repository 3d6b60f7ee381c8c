"""What is somebody's next thing? Decided over plain values, so told here without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from veo_workflow.clips.models import ClipState, Purpose
from veo_workflow.cycles.models import Stage
from veo_workflow.database import new_id
from veo_workflow.oversight.overview.rules import by_stage
from veo_workflow.pages import words
from veo_workflow.pages.rules import ClipFacts, CycleFacts, Kind, MeetingFacts, PairFacts, ShareFacts, Thing, things

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def cycle(stage: Stage = Stage.IMPROVE, *clips: ClipFacts, coachee: bool = True, **known: Any) -> CycleFacts:
    facts = CycleFacts(new_id(), "Entry routines", "Priya" if coachee else "Asha", coachee, stage, NOW - 30 * DAY)
    return replace(facts, clips=clips, **{"has_reality": True, "has_goal": True, "has_strategy": True, **known})


def clip(state: ClipState = ClipState.READY, *, days_ago: int = 1, **known: Any) -> ClipFacts:
    at = NOW - days_ago * DAY
    facts = ClipFacts(new_id(), "After lunch", state, Purpose.PROGRESS, at, ready_at=at, duration_ms=60_000)
    return replace(facts, **known)


def meeting(days: int, *, is_review: bool = True) -> MeetingFacts:
    return MeetingFacts(new_id(), NOW + days * DAY, NOW.date(), is_review)


def kinds(*cycles: CycleFacts, idle: tuple[PairFacts, ...] = ()) -> list[Kind]:
    return [thing.kind for thing in things(cycles, idle, NOW)]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"has_reality": False, "has_goal": False, "has_strategy": False}, Kind.REALITY_TO_DESCRIBE),
        ({"has_goal": False, "has_strategy": False}, Kind.GOAL_TO_WRITE),
        ({"has_strategy": False}, Kind.STRATEGY_TO_CHOOSE),
        ({}, Kind.READY_TO_LEARN),
    ],
)
def test_identify_asks_for_its_first_missing_step_only(known: dict[str, bool], expected: Kind) -> None:
    filmed = clip(purpose=Purpose.BASELINE, shared_at=NOW - 20 * DAY)
    assert kinds(cycle(Stage.IDENTIFY, filmed, **known)) == [expected]


def test_only_the_coachee_is_asked_to_film() -> None:
    assert kinds(cycle(Stage.IDENTIFY, has_goal=False)) == [Kind.CLIP_TO_FILM]
    assert kinds(cycle(Stage.IDENTIFY, coachee=False, has_goal=False)) == [Kind.GOAL_TO_WRITE]
    assert kinds(cycle(Stage.LEARN)) == [Kind.PROGRESS_TO_FILM]
    assert kinds(cycle(Stage.LEARN, coachee=False)) == []


def test_a_failed_clip_does_not_count_as_filmed() -> None:
    failed = clip(ClipState.FAILED, purpose=Purpose.BASELINE)
    assert kinds(cycle(Stage.IDENTIFY, failed)) == [Kind.CLIP_FAILED, Kind.CLIP_TO_FILM]


def test_moments_the_coach_shared_come_before_the_review_they_are_for() -> None:
    marked = clip(shared_at=NOW - DAY, fresh_from_other=6)
    found = things([cycle(Stage.IMPROVE, marked)], [], NOW)
    assert [(thing.kind, thing.count) for thing in found] == [(Kind.MOMENTS_SHARED, 6)]


def test_a_clip_is_for_the_coach_to_tag_once_it_is_shared_and_until_it_is_tagged() -> None:
    shared = clip(shared_at=NOW - DAY)
    assert kinds(cycle(Stage.IMPROVE, shared, coachee=False)) == [Kind.CLIP_TO_TAG]
    assert kinds(cycle(Stage.IMPROVE, replace(shared, my_tags=3), coachee=False)) == [Kind.REVIEW_TO_HOLD]
    assert kinds(cycle(Stage.IMPROVE, replace(shared, my_tags=3, my_drafts=2), coachee=False)) == [Kind.DRAFTS_TO_SHARE]


def test_a_clip_kept_private_is_news_for_a_while_and_then_its_owners_choice() -> None:
    assert kinds(cycle(Stage.IMPROVE, clip(days_ago=2))) == [Kind.CLIP_READY]
    assert kinds(cycle(Stage.IMPROVE, clip(days_ago=15))) == [Kind.REVIEW_TO_HOLD]


def test_a_clip_on_its_way_leaves_room_for_the_next_step_but_comes_first() -> None:
    coming = clip(ClipState.PROCESSING, purpose=Purpose.BASELINE)
    assert kinds(cycle(Stage.IDENTIFY, coming, has_goal=False)) == [Kind.CLIP_COMING, Kind.GOAL_TO_WRITE]


def test_a_clip_that_can_be_watched_while_it_is_converted_is_offered() -> None:
    coming = clip(ClipState.PROCESSING)
    (thing, *_) = things([cycle(Stage.IMPROVE, coming)], [], NOW)
    assert words.say(thing).action.endpoint == "pages.cycle"
    (thing, *_) = things([cycle(Stage.IMPROVE, replace(coming, watchable=True))], [], NOW)
    assert words.say(thing).action == words.Action("Watch it now", "tags.studio", {"clip_id": coming.id})


def test_an_agreement_that_waits_comes_before_everything_and_ones_own_comes_last() -> None:
    marked = clip(shared_at=NOW - DAY, fresh_from_other=1)
    assert kinds(cycle(Stage.IMPROVE, marked, other_agreed=True))[0] is Kind.REVIEW_TO_AGREE
    assert kinds(cycle(Stage.IMPROVE, marked, i_agreed=True)) == [Kind.MOMENTS_SHARED, Kind.OTHER_TO_AGREE]


def test_a_coach_of_three_hears_the_latest_clip_first() -> None:
    older = cycle(Stage.IMPROVE, clip(shared_at=NOW - DAY, days_ago=5), coachee=False)
    newer = cycle(Stage.IMPROVE, clip(shared_at=NOW - DAY, days_ago=2), coachee=False)
    third = cycle(Stage.LEARN, coachee=False)
    found = things([older, newer, third], [], NOW)
    assert [thing.cycle for thing in found] == [newer, older]


@pytest.mark.parametrize(
    ("days", "said"), [(0, "Review today"), (1, "Review tomorrow"), (3, "Review on Thursday"), (6, "Review on Sunday")]
)
def test_a_review_that_is_planned_says_its_day_in_place_of_being_asked_for(days: int, said: str) -> None:
    about = cycle(Stage.IMPROVE, meeting=meeting(days))
    assert kinds(about) == [Kind.MEETING_COMING]
    news = words.say(Thing(Kind.MEETING_COMING, about))
    assert news.headline == f"{said} with Priya"
    assert news.action.endpoint == "reviews.review"


def test_a_meeting_further_ahead_is_not_news_yet() -> None:
    assert kinds(cycle(Stage.IMPROVE, meeting=meeting(7))) == [Kind.REVIEW_TO_HOLD]


def test_another_session_stands_beside_what_comes_next() -> None:
    about = cycle(Stage.LEARN, meeting=meeting(2, is_review=False))
    assert kinds(about) == [Kind.MEETING_COMING, Kind.PROGRESS_TO_FILM]
    assert words.say(Thing(Kind.MEETING_COMING, about)).headline == "Session on Wednesday with Priya"


def test_a_pair_without_a_cycle_is_asked_to_begin_one() -> None:
    assert kinds(idle=(PairFacts(new_id(), "Priya", is_coachee=True),)) == [Kind.CYCLE_TO_BEGIN]


@pytest.mark.parametrize("coachee", [True, False])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_thing_is_said_in_short_words(kind: Kind, coachee: bool) -> None:
    about = cycle(coachee=coachee, meeting=meeting(2))
    if kind in words.CLIP_WORDS:
        said = words.say(Thing(kind, about, clip(reason="It is empty."), count=2))
    elif kind is Kind.CYCLE_TO_BEGIN:
        said = words.say(Thing(kind, pair=PairFacts(new_id(), "Priya", is_coachee=coachee)))
    elif kind is Kind.SHARE_TO_WATCH:
        said = words.say(Thing(kind, share=ShareFacts(new_id(), "Asha", "After lunch", 60_000, NOW)))
    else:
        said = words.say(Thing(kind, about))
    assert len(said.headline) < 50
    assert said.sentence.endswith(".")


def test_one_moment_is_said_as_one() -> None:
    news = words.say(Thing(Kind.MOMENTS_SHARED, cycle(), clip(), count=1))
    assert news.headline == "Priya shared 1\u00a0moment with you"


def test_the_same_file_again_is_not_offered_where_it_would_fail_again() -> None:
    wrong_file = clip(ClipState.FAILED, reason="It is empty.", reason_code="empty")
    said = words.say(Thing(Kind.CLIP_FAILED, cycle(), wrong_file))
    assert (said.action.endpoint, said.action.post) == ("uploads.page", False)
    lost_power = clip(ClipState.FAILED, reason="It stopped.", reason_code="interrupted")
    said = words.say(Thing(Kind.CLIP_FAILED, cycle(), lost_power))
    assert (said.action.endpoint, said.action.post) == ("clips.retry", True)


def test_the_chart_counts_every_pair_once() -> None:
    rows = by_stage({(None, False): 3, (Stage.IDENTIFY, False): 2, (Stage.IMPROVE, True): 1, (Stage.LEARN, True): 1})
    assert [(row.word, row.count) for row in rows] == [
        ("Not begun", 3),
        ("Identify", 2),
        ("Learn", 0),
        ("Improve", 0),
        ("Finished", 2),
    ]
