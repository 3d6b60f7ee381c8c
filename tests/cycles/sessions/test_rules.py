"""How a plan is read in the school's own time, and what may still be done with a meeting."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from veo_workflow.cycles.models import CoachingSession, Stage
from veo_workflow.cycles.sessions import rules
from veo_workflow.errors import InvalidInput

LONDON, AUCKLAND = ZoneInfo("Europe/London"), ZoneInfo("Pacific/Auckland")
SENT = {"day": "2026-06-10", "time": "15:30", "minutes": "30", "place": " Room  4 ", "stage": "learn"}


def _meeting(starts_at: datetime, minutes: int = 30) -> CoachingSession:
    return CoachingSession(starts_at=starts_at, minutes=minutes, place="", stage=Stage.LEARN, version=2)


@pytest.mark.parametrize(
    ("zone", "day", "starts_at"),
    [
        (LONDON, "2026-06-10", datetime(2026, 6, 10, 14, 30, tzinfo=UTC)),
        (LONDON, "2026-12-10", datetime(2026, 12, 10, 15, 30, tzinfo=UTC)),
        (AUCKLAND, "2026-06-10", datetime(2026, 6, 10, 3, 30, tzinfo=UTC)),
    ],
)
def test_day_and_time_are_the_schools_own(zone: ZoneInfo, day: str, starts_at: datetime) -> None:
    plan = rules.read_plan({**SENT, "day": day}, zone)
    assert plan == rules.Plan(starts_at, 30, "Room 4", Stage.LEARN, is_review=False)
    meeting = CoachingSession(**vars(plan), version=3)
    assert rules.typed(meeting, zone) == {**SENT, "day": day, "place": "Room 4", "version": "3"}


def test_a_review_stays_a_review_when_it_is_typed_again() -> None:
    plan = rules.read_plan({**SENT, "is_review": "1"}, LONDON)
    assert plan.is_review
    assert rules.read_plan(rules.typed(CoachingSession(**vars(plan), version=0), LONDON), LONDON) == plan


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"day": "soon"}, "day", "Choose a day"),
        ({"day": "1026-06-10"}, "day", "Choose a day"),
        ({"time": "half past"}, "time", "Choose a time"),
        ({"time": "24:00"}, "time", "Choose a time"),
        ({"time": "15:30+05:00"}, "time", "Choose a time"),
        ({"day": "2026-03-29", "time": "01:30"}, "time", "clocks go forward"),
        ({"minutes": "4"}, "minutes", "from 5 to 240"),
        ({"minutes": "241"}, "minutes", "from 5 to 240"),
        pytest.param({"minutes": "9" * 5000}, "minutes", "from 5 to 240", id="very long"),
        ({"minutes": "half an hour"}, "minutes", "from 5 to 240"),
        ({"place": "x" * 81}, "place", "at most 80"),
        ({"stage": "rest"}, "stage", "Choose the stage"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(changed: dict[str, str], field: str, said: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        rules.read_plan({**SENT, **changed}, LONDON)
    assert said in wrong.value.fields[field]


def test_a_pair_is_in_one_place_at_a_time() -> None:
    there = [_meeting(datetime(2026, 6, 10, 14, 30, tzinfo=UTC))]
    for free in ("15:00", "16:00"):
        rules.check_free(rules.read_plan({**SENT, "time": free}, LONDON), there, LONDON)
    for taken in ("15:01", "15:30", "15:59"):
        with pytest.raises(InvalidInput) as wrong:
            rules.check_free(rules.read_plan({**SENT, "time": taken}, LONDON), there, LONDON)
        assert "You two already meet on Wednesday 10 June at 3:30 pm" in wrong.value.fields["time"]


def test_what_is_over_is_neither_moved_nor_cancelled() -> None:
    then = datetime(2026, 6, 10, 14, 30, tzinfo=UTC)
    held, cancelled = _meeting(then), _meeting(then)
    held.held_at = cancelled.cancelled_at = then
    rules.check_planned(_meeting(then))
    for meeting, said in ((held, "held"), (cancelled, "cancelled")):
        with pytest.raises(InvalidInput, match=said):
            rules.check_planned(meeting)


def test_a_meeting_is_held_on_its_day_or_after_as_the_school_counts_days() -> None:
    late = _meeting(datetime(2026, 6, 9, 22, 0, tzinfo=UTC))  # 10 June, ten in the morning, in Auckland
    rules.check_held(late, date(2026, 6, 10), AUCKLAND)
    rules.check_held(late, date(2026, 6, 9), LONDON)
    with pytest.raises(InvalidInput, match="has not come"):
        rules.check_held(late, date(2026, 6, 9), AUCKLAND)
