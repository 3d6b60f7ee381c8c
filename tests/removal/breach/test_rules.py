"""When a clip was open to its coach, and which days a pack is about."""

from datetime import UTC, date, datetime, timedelta

import pytest

from veo_workflow.errors import InvalidInput
from veo_workflow.removal.breach.rules import Period, open_to_coach, read_period

DAYS = [datetime(2026, 11, 2, 9, tzinfo=UTC) + timedelta(days=n) for n in range(6)]


@pytest.mark.parametrize(
    ("changes", "present", "ends", "spans"),
    [
        ([], None, (), []),
        ([(0, True)], 0, (), [(0, None)]),
        ([(0, True), (1, False)], None, (), [(0, 1)]),
        ([(0, True), (1, False), (2, True)], 2, (None,), [(0, 1), (2, None)]),
        ([(0, True), (1, False), (2, True)], 2, (3, None), [(0, 1), (2, 3)]),
        ([(0, True)], None, (4, 3), [(0, 3)]),  # with the clip it is over, and nothing says it was taken back
        ([(0, True), (1, False), (4, True)], 4, (3,), [(0, 1)]),
        ([], 1, (), [(1, None)]),  # from before the log
    ],
)
def test_a_clip_was_open_to_its_coach_each_time_it_was_shared(
    changes: list[tuple[int, bool]], present: int | None, ends: tuple[int | None, ...], spans: list[tuple[int, int]]
) -> None:
    def at(day: int | None) -> datetime | None:
        return None if day is None else DAYS[day]

    found = open_to_coach([(DAYS[day], shared) for day, shared in changes], at(present), *map(at, ends))
    assert found == [(at(since), at(until)) for since, until in spans]


def test_a_period_is_whole_days_at_the_school() -> None:
    period = read_period({"from": "2026-07-02", "until": "2026-07-02"}, "Europe/London")
    assert period == Period(date(2026, 7, 2), date(2026, 7, 2), "Europe/London")
    begins, ends = datetime(2026, 7, 1, 23, tzinfo=UTC), datetime(2026, 7, 2, 23, tzinfo=UTC)
    assert (period.since, period.before) == (begins, ends)
    hour = timedelta(hours=1)
    assert period.touches(begins - hour, begins + hour)
    assert period.touches(begins - hour, None)
    assert not period.touches(begins - 2 * hour, begins - hour)
    assert not period.touches(ends, None)
    assert read_period({}, "UTC").touches(begins, None)


@pytest.mark.parametrize(
    "sent", [{"from": "soon"}, {"until": "1066-10-14"}, {"from": "2026-07-02", "until": "2026-07-01"}]
)
def test_what_is_no_period_is_said_at_its_field(sent: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as wrong:
        read_period(sent, "UTC")
    assert wrong.value.fields
