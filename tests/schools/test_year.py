"""The lead sets the school's dates; history and cycles stay whatever is changed."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.support.statements import counted
from tests.support.world import World
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Person
from veo_workflow.schools.models import AcademicYear, Closure, HalfTerm, Term
from veo_workflow.schools.year import operations, queries, rules
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def present(services: Services, world: World) -> queries.YearSeen:
    """The school's only year."""
    with services.database.reading() as session:
        return queries.years_of(session, world.lena.school_id, limit=2)[0]


def _years(services: Services, world: World) -> list[queries.YearSeen]:
    with services.database.reading() as session:
        return queries.years_of(session, world.lena.school_id, limit=20)


def _form(dates: rules.YearDates, **changed: str) -> dict[str, str]:
    return {**rules.typed(dates), "standing": dates.mark, **changed}


def _proposed(page: str) -> dict[str, str]:
    """Name and value of each field the page's forms are filled with."""
    return dict(re.findall(r'<input [^>]*name="(\w+)"[^>]* value="([^"]*)"', html.unescape(page)))


def test_beginning_the_next_year_proposes_its_dates_and_keeps_the_year_before(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena = client_for(world.lena)
    proposed = _proposed(lena.get("/year/new").text)
    following = rules.a_year_on(present.dates)
    assert {name: proposed[name] for name in rules.typed(following)} == rules.typed(following)
    assert lena.post("/year/new", data=proposed).status_code == 302
    assert [year.dates for year in _years(services, world)] == [following, present.dates]
    with services.database.reading() as session:
        assert session.get_one(Cycle, world.cycle.id).term_id == world.cycle.term_id


def test_an_administrator_may_change_dates_and_terms_stay_the_same_terms(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    with services.database.reading() as session:
        first = session.scalars(
            select(Term.id).where(Term.academic_year_id == present.id).order_by(Term.starts_on)
        ).first()
    ends_on = present.dates.terms[0].halves[1].ends_on - timedelta(days=1)
    changed = _form(
        present.dates, term1_ends_on=ends_on.isoformat(), half12_ends_on=ends_on.isoformat(), term1_name="Michaelmas"
    )
    assert client_for(world.ada).post(f"/year/{present.id}", data=changed).status_code == 302
    with services.database.reading() as session:
        term = session.get_one(Term, first)
        assert (term.name, term.ends_on) == ("Michaelmas", ends_on)
        halves = select(HalfTerm.ends_on).where(HalfTerm.term_id == term.id).order_by(HalfTerm.number)
        assert session.scalars(halves).all()[1] == ends_on


def test_dates_that_do_not_fit_change_nothing_and_nothing_typed_is_lost(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena = client_for(world.lena)
    wrong = _form(present.dates, name="Our year", term2_ends_on="2001-01-01", half31_starts_on="")
    for address in ("/year/new", f"/year/{present.id}"):
        answer = lena.post(address, data=wrong)
        assert answer.status_code == 422
        assert "Spring term would end before it starts" in answer.text
        assert _proposed(answer.text).items() >= {"name": "Our year", "term2_ends_on": "2001-01-01"}.items()
    assert [year.dates for year in _years(services, world)] == [present.dates]


def test_two_years_do_not_share_a_day(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena = client_for(world.lena)
    answer = lena.post("/year/new", data=rules.typed(present.dates))
    assert answer.status_code == 422
    assert f"{present.dates.name} already covers" in html.unescape(answer.text)
    assert len(_years(services, world)) == 1


def test_of_two_who_change_a_year_the_second_sees_both_texts(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    first, second = _form(present.dates, name="Lena’s year"), _form(present.dates, name="Ada’s year")
    assert client_for(world.lena).post(f"/year/{present.id}", data=first).status_code == 302
    ada = client_for(world.ada)
    answer = ada.post(f"/year/{present.id}", data=second)
    page = html.unescape(answer.text)
    assert answer.status_code == 409
    assert "As it stands now: Lena’s year" in page
    assert _proposed(page)["name"] == "Ada’s year"
    assert ada.post(f"/year/{present.id}", data=_proposed(page)).status_code == 302
    assert _years(services, world)[0].dates.name == "Ada’s year"


def test_a_year_with_cycles_cannot_be_removed_and_one_without_can(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena = client_for(world.lena)
    lena.post("/year/new", data=rules.typed(rules.a_year_on(present.dates)))
    following = _years(services, world)[0]
    day = following.dates.span.starts_on.isoformat()
    lena.post("/year/closures", data={"name": "INSET day", "starts_on": day, "ends_on": day})
    answer = lena.post(f"/year/{present.id}/remove")
    assert answer.status_code == 409
    assert "Cycles belong to this year" in answer.text
    assert lena.post(f"/year/{following.id}/remove").status_code == 302
    assert [year.dates for year in _years(services, world)] == [present.dates]
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Closure)) == 0


def test_closures_are_added_changed_and_removed(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena = client_for(world.lena)
    first, second = (present.dates.span.starts_on + timedelta(days=days) for days in (7, 8))
    sent = {"name": "Snow", "starts_on": first.isoformat(), "ends_on": first.isoformat()}
    assert lena.post("/year/closures", data=sent).status_code == 302
    (closure,) = _years(services, world)[0].closures
    assert "Snow" in lena.get("/year").text
    address = f"/year/closures/{closure.id}"
    longer = {**sent, "ends_on": second.isoformat(), "standing": queries.closure_dates(closure).mark}
    assert lena.post(address, data=longer).status_code == 302
    assert _years(services, world)[0].closures[0].ends_on == second
    assert lena.post(f"{address}/remove").status_code == 302
    assert _years(services, world)[0].closures == []


def test_of_two_who_change_a_closure_the_second_sees_both(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena, first = client_for(world.lena), present.dates.span.starts_on + timedelta(days=7)
    sent = {"name": "Snow", "starts_on": first.isoformat(), "ends_on": first.isoformat()}
    lena.post("/year/closures", data=sent)
    (closure,) = _years(services, world)[0].closures
    address = f"/year/closures/{closure.id}"
    form = _proposed(lena.get(address).text)
    lena.post(address, data={**form, "name": "Ice"})
    answer = client_for(world.ada).post(address, data={**form, "name": "Storm"})
    assert answer.status_code == 409
    assert "As it stands now: Ice" in answer.text
    again = _proposed(answer.text)
    assert (again["name"], _years(services, world)[0].closures[0].name) == ("Storm", "Ice")
    assert lena.post(address, data=again).status_code == 302
    assert _years(services, world)[0].closures[0].name == "Storm"


def test_a_closure_outside_any_year_is_refused_with_everything_that_was_typed(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena = client_for(world.lena)
    outside = (present.dates.span.ends_on + timedelta(days=3)).isoformat()
    sent = {"name": "Fête", "starts_on": outside, "ends_on": outside}
    answer = lena.post("/year/closures", data=sent)
    assert answer.status_code == 422
    assert "not inside one academic year" in answer.text
    assert _proposed(answer.text).items() >= sent.items()
    assert _years(services, world)[0].closures == []


def test_a_year_does_not_move_away_from_its_closures(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena = client_for(world.lena)
    last = present.dates.span.ends_on
    sent = {"name": "Sports day", "starts_on": last.isoformat(), "ends_on": last.isoformat()}
    lena.post("/year/closures", data=sent)
    earlier = (last - timedelta(days=1)).isoformat()
    changed = _form(present.dates, ends_on=earlier, term3_ends_on=earlier, half32_ends_on=earlier)
    answer = lena.post(f"/year/{present.id}", data=changed)
    assert answer.status_code == 422
    assert "The closure Sports day would lie outside the year" in answer.text
    assert _years(services, world)[0].dates == present.dates


def test_another_schools_year_is_not_there(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    with services.database.reading() as session:
        theirs = session.scalars(select(AcademicYear.id).where(AcademicYear.school_id == world.olu.school_id)).one()
    lena = client_for(world.lena)
    assert lena.get(f"/year/{theirs}").status_code == 404
    assert lena.post(f"/year/{theirs}", data=_form(present.dates)).status_code == 404
    assert lena.post(f"/year/{theirs}/remove").status_code == 404


def test_the_page_asks_as_much_for_many_years_as_for_one(
    client_for: SignedIn, services: Services, world: World, present: queries.YearSeen
) -> None:
    lena = client_for(world.lena)
    with counted(services.database.engine) as few:
        lena.get("/year")
    dates = present.dates
    with services.database.transaction() as session:
        for _ in range(4):
            dates = rules.a_year_on(dates)
            operations.add_year(session, world.lena.school_id, dates, by=world.lena.id)
            inset = rules.ClosureDates("INSET day", rules.Span(dates.span.starts_on, dates.span.starts_on))
            operations.add_closure(session, world.lena.school_id, inset, by=world.lena.id)
    with counted(services.database.engine) as many:
        page = lena.get("/year").text
    assert len(many) == len(few) <= 12
    assert "Page 2" in page
    assert present.dates.name in lena.get("/year?page=2").text
