from datetime import date
from fractions import Fraction

import pytest

from veo_workflow.clips.shares import rules
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.database import new_id
from veo_workflow.errors import InvalidInput

TODAY = date(2026, 11, 30)
SOMEBODY = new_id()


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(SOMEBODY, date(2026, 11, 29)), "until"),
        (Wanted(SOMEBODY, TODAY, shows="x" * 201), "shows"),
        (Wanted(None, TODAY), "shows"),
        (Wanted(SOMEBODY, TODAY, (0, 13)), "moment"),
        (Wanted(SOMEBODY, TODAY, (0, 9000)), "moment"),
        (Wanted(SOMEBODY, TODAY, (17_990, 18_000)), "moment"),
        (Wanted(SOMEBODY, TODAY, (90, 60)), "moment"),
    ],
)
def test_what_cannot_be_shared_says_which_field_is_wrong(wanted: Wanted, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check(wanted, today=TODAY, frames=18_000, frame_rate=Fraction(30))
    assert list(refused.value.fields) == [field]


def test_half_a_second_and_five_minutes_can_be_watched_by_themselves() -> None:
    for moment in ((0, 14), (0, 8999)):
        rules.check(Wanted(SOMEBODY, TODAY, moment), today=TODAY, frames=18_000, frame_rate=Fraction(30))


@pytest.mark.parametrize(
    ("term_ends", "delete_by", "end"),
    [
        (date(2026, 12, 18), date(2027, 1, 17), date(2026, 12, 18)),
        (date(2026, 12, 18), date(2026, 12, 5), date(2026, 12, 5)),
        (date(2026, 10, 1), date(2027, 1, 17), date(2026, 12, 14)),
        (None, date(2027, 1, 17), date(2026, 12, 14)),
    ],
)
def test_a_share_is_proposed_until_the_end_of_term_and_never_beyond_the_clip(
    term_ends: date | None, delete_by: date, end: date
) -> None:
    assert rules.usual_end(TODAY, term_ends, delete_by) == end


def test_a_moment_stays_where_it_was_seen_or_goes_with_the_rest() -> None:
    assert rules.kept((40, 60), 31, 70) == (9, 29)
    assert rules.kept((31, 70), 31, 70) == (0, 39)
    assert rules.kept((30, 60), 31, 70) is None
    assert rules.kept((40, 71), 31, 70) is None
