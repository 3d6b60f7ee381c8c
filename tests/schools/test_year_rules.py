"""Which dates make an academic year."""

from datetime import date

import pytest

from veo_workflow.errors import InvalidInput
from veo_workflow.schools.year import rules

PRESENT = rules.usual_year(date(2026, 11, 25))


def _refused(**changed: str) -> dict[str, str]:
    """What is said by field when these fields of the usual year are changed."""
    with pytest.raises(InvalidInput) as wrong:
        rules.read_year({**rules.typed(PRESENT), **changed})
    return wrong.value.fields


def test_a_year_is_read_as_it_is_typed() -> None:
    assert rules.read_year(rules.typed(PRESENT)) == PRESENT
    assert PRESENT.name == "2026/27"


@pytest.mark.parametrize("changed", [{"name": "2026/27a"}, {"half11_ends_on": "2026-10-22"}])
def test_a_year_of_other_dates_has_another_mark(changed: dict[str, str]) -> None:
    same, other = rules.typed(PRESENT), {**rules.typed(PRESENT), **changed}
    assert rules.read_year(same).mark == PRESENT.mark
    assert rules.read_year(other).mark != PRESENT.mark


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"name": " "}, "name", "Write the year’s name"),
        ({"name": "y" * 41}, "name", "at most 40"),
        ({"starts_on": "soon"}, "starts_on", "Choose a day"),
        ({"starts_on": "0026-09-01"}, "starts_on", "between the years 2000 and 2099"),
        ({"starts_on": "2026-01-01"}, "ends_on", "at most 400 days"),
        ({"ends_on": "2026-08-01"}, "ends_on", "The year would end before it starts"),
        ({"term1_name": ""}, "term1_name", "Write the term’s name"),
        ({"term2_ends_on": "2027-01-03"}, "term2_ends_on", "Spring term would end before it starts"),
        ({"term2_starts_on": "2026-12-18"}, "term2_starts_on", "after Autumn term has ended, on 18 December"),
        ({"term1_starts_on": "2026-08-31"}, "term1_starts_on", "Autumn term begins outside the year"),
        ({"term3_ends_on": "2027-07-22"}, "term3_ends_on", "Summer term ends outside the year"),
        ({"half21_starts_on": "2027-01-03"}, "half21_starts_on", "first half of Spring term begins outside the term"),
        ({"half32_ends_on": "2027-07-22"}, "half32_ends_on", "second half of Summer term ends outside the term"),
        ({"half12_starts_on": "2026-10-01"}, "half12_starts_on", "two halves of Autumn term overlap"),
        ({"half12_ends_on": "2026-09-01"}, "half12_ends_on", "second half of Autumn term would end before"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(changed: dict[str, str], field: str, said: str) -> None:
    assert said in _refused(**changed)[field]


def test_several_mistakes_are_all_said_at_once() -> None:
    assert set(_refused(name="", term1_starts_on="", half31_ends_on="never")) == {
        "name",
        "term1_starts_on",
        "half31_ends_on",
    }


def test_a_year_on_keeps_every_weekday_and_overlaps_nothing() -> None:
    following = PRESENT
    for begins in range(2027, 2032):
        before, following = following, rules.a_year_on(following)
        assert following.name == f"{begins}/{(begins + 1) % 100}"
        assert following.span.starts_on.weekday() == PRESENT.span.starts_on.weekday()
        assert following.terms[2].halves[1].ends_on.weekday() == PRESENT.terms[2].halves[1].ends_on.weekday()
        assert rules.read_year(rules.typed(following)) == following
        rules.check_apart(following, [(before.name, before.span)])


def test_a_closure_lies_in_one_year() -> None:
    following = rules.a_year_on(PRESENT)
    years = [PRESENT.span, following.span]
    inset = rules.ClosureDates("INSET day", rules.Span(PRESENT.span.ends_on, PRESENT.span.ends_on))
    assert rules.year_around(inset, years) == PRESENT.span
    for span in (
        rules.Span(PRESENT.span.ends_on, following.span.starts_on),
        rules.Span(date(2026, 8, 1), date(2026, 8, 2)),
    ):
        with pytest.raises(InvalidInput, match="not saved"):
            rules.year_around(rules.ClosureDates("Summer", span), years)


def test_a_closure_needs_a_name_and_an_end_after_its_start() -> None:
    with pytest.raises(InvalidInput) as wrong:
        rules.read_closure({"name": "", "starts_on": "2026-11-27", "ends_on": "2026-11-26"})
    assert set(wrong.value.fields) == {"name", "ends_on"}
