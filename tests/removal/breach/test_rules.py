"""Which days a pack is about."""

from datetime import UTC, date, datetime

import pytest

from veo_workflow.errors import InvalidInput
from veo_workflow.removal.breach.rules import Period, read_period


def test_a_period_is_whole_days_at_the_school() -> None:
    period = read_period({"from": "2026-07-02", "until": "2026-07-02"}, "Europe/London")
    assert period == Period(date(2026, 7, 2), date(2026, 7, 2), "Europe/London")
    begins, ends = datetime(2026, 7, 1, 23, tzinfo=UTC), datetime(2026, 7, 2, 23, tzinfo=UTC)
    assert (period.since, period.before) == (begins, ends)
    assert read_period({}, "UTC") == Period(timezone="UTC")


@pytest.mark.parametrize(
    "sent", [{"from": "soon"}, {"until": "1066-10-14"}, {"from": "2026-07-02", "until": "2026-07-01"}]
)
def test_what_is_no_period_is_said_at_its_field(sent: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as wrong:
        read_period(sent, "UTC")
    assert wrong.value.fields
