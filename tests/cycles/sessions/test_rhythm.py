"""The half-term's rhythm of a pair, and what is coming for each of them."""

import uuid
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from tests.cycles.sessions.conftest import Planned, noon_of
from tests.support.world import World, make_cycle
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import CoachingSession, Cycle, Outcome, Stage
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.cycles.sessions import operations, queries
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import School
from veo_workflow.schools.year import operations as year
from veo_workflow.schools.year.rules import ClosureDates, Span, YearDates
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
SOON = now() + timedelta(days=1)


def test_what_was_planned_in_a_closed_cycle_comes_no_more_and_stands_in_nobodys_way(
    services: Services, world: World, planned: Planned
) -> None:
    planned(SOON)
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        cycles.close(session, cycle, Outcome.CONTINUE, by=world.asha)
        following = make_cycle(session, cycle.pair, world.asha, focus="Talk")
        assert queries.coming_sessions(session, world.asha, now(), 9) == []
        again = Plan(SOON, 30, "", Stage.IDENTIFY, is_review=False)
        meeting = operations.plan(session, following, again, by=world.asha)
        assert [each.meeting.id for each in queries.coming_sessions(session, world.asha, now(), 9)] == [meeting.id]


def test_the_rhythm_counts_what_the_pair_held_in_the_half_term(
    services: Services, world: World, dates: YearDates, planned: Planned
) -> None:
    half = dates.terms[1].halves[0]
    inside = [half.starts_on, half.ends_on]
    outside = [half.starts_on - timedelta(days=1), half.ends_on + timedelta(days=1)]
    meetings = [planned(noon_of(day)) for day in (*inside, *outside, half.starts_on + timedelta(days=1))]
    with services.database.transaction() as session:
        for meeting in meetings[:-1]:
            session.get_one(CoachingSession, uuid.UUID(meeting)).held_at = now()
        session.get_one(School, world.asha.school_id).sessions_a_half_term = 3
    with services.database.reading() as session:
        seen = cycle_for(session, world.priya, world.cycle.id)
        rhythm = queries.rhythm_of(session, seen, noon_of(half.starts_on))
    assert (rhythm.held, rhythm.wanted, rhythm.due) == (2, 3, half.ends_on)  # a Friday
    assert rhythm.next is not None
    assert str(rhythm.next.id) == meetings[-1]


def test_the_half_terms_session_is_due_before_the_closures_at_its_end(
    services: Services, world: World, dates: YearDates
) -> None:
    last = dates.terms[0].halves[0].ends_on  # a Friday
    with services.database.transaction() as session:
        for day in (last, last - timedelta(days=1)):
            year.add_closure(session, world.asha.school_id, ClosureDates("INSET day", Span(day, day)), by=None)
        seen = cycle_for(session, world.asha, world.cycle.id)
        assert queries.rhythm_of(session, seen, noon_of(last)).due == last - timedelta(days=2)


def test_where_no_session_is_owed_none_is_due(client_for: SignedIn, services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.get_one(School, world.asha.school_id).sessions_a_half_term = 0
    page = client_for(world.asha).get(f"/cycles/{world.cycle.id}").text
    assert "0 this half-term" in page
    assert "due by" not in page


def test_the_rhythm_is_the_coachees_own_where_one_is_agreed(
    client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        session.get_one(Person, world.asha.id).sessions_a_half_term = 2
        session.get_one(Person, world.priya.id).sessions_a_half_term = 9
    for person in (world.asha, world.priya):
        assert "0 of 2 this half-term" in client_for(person).get(f"/cycles/{world.cycle.id}").text


def test_coming_sessions_are_the_planned_ones_of_present_pairs_soonest_first(
    services: Services, world: World, planned: Planned
) -> None:
    moments = [now() + timedelta(days=days) for days in (3, 1, 2, 4, -1)]
    later, soon, cancelled, last, _past = (planned(moment) for moment in moments)
    with services.database.transaction() as session:
        operations.cancel(session, session.get_one(CoachingSession, uuid.UUID(cancelled)), by=world.asha)
    with services.database.reading() as session:
        coming = queries.coming_sessions(session, world.priya, now(), 2)
        assert [str(each.meeting.id) for each in coming] == [soon, later]
        assert {each.other.id for each in coming} == {world.asha.id}
        assert len(queries.coming_sessions(session, world.asha, now(), 9)) == 3
        assert [str(each.meeting.id) for each in queries.coming_sessions(session, world.asha, moments[0], 9)][1:] == [
            last
        ]
        assert queries.coming_sessions(session, world.theo, now(), 9) == []
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
        assert queries.coming_sessions(session, world.asha, now(), 9) == []
