"""Home and the cycle page as different people see them: composed from every room, narrowed to the asker."""

import html
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_cycle, make_tag
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import Cycle, Outcome, Stage
from veo_workflow.cycles.queries import current_goal
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews.models import Review
from veo_workflow.services import Services

ClientFor = Callable[[Person | None], FlaskClient]


def read(client: FlaskClient, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status
    return " ".join(html.unescape(answer.text).split())


def headline(page: str) -> str:
    return page.partition("<h1")[2].partition(">")[2].partition("</h1>")[0].replace("\u00a0", " ")


@pytest.fixture
def session(services: Services, world: World) -> Iterator[Session]:
    """For writing what a test is about; `session.commit()` before looking at a page."""
    with services.database.open(writing=True) as opened:
        yield opened


def test_the_coachee_hears_that_moments_were_shared(session: Session, world: World, client_for: ClientFor) -> None:
    clip = make_clip(session, world.cycle, world.asha)
    make_tag(session, clip, world.priya, world.strategy)
    make_tag(session, clip, world.priya, world.strategy, at_ms=20_000, shared=False)
    session.commit()
    assert headline(read(client_for(world.asha))) == "Priya shared 1 moment with you"


def test_what_has_been_talked_about_is_no_longer_news(session: Session, world: World, client_for: ClientFor) -> None:
    clip = make_clip(session, world.cycle, world.asha)
    make_tag(session, clip, world.priya, world.strategy)
    session.add(Review(cycle_id=world.cycle.id, version=1, changed_at=now()))
    session.commit()
    assert "shared 1" not in headline(read(client_for(world.asha)))


def test_a_private_clip_is_on_its_owners_home_alone(session: Session, world: World, client_for: ClientFor) -> None:
    make_clip(session, world.cycle, world.asha, shared=False, title="Carpet time")
    session.commit()
    assert "Carpet time" in read(client_for(world.asha))
    for person in (world.priya, world.theo, world.tess, world.lena, world.sid, world.ada, world.olu):
        assert "Carpet time" not in read(client_for(person))


def test_the_coach_is_asked_to_watch_what_was_shared(session: Session, world: World, client_for: ClientFor) -> None:
    make_clip(session, world.cycle, world.asha)
    session.commit()
    assert headline(read(client_for(world.priya))) == "Asha shared a clip with you"


def test_a_coach_of_three_sees_three(session: Session, world: World, client_for: ClientFor) -> None:
    for coachee in (world.tess, world.sam):
        pair = people.make_pair(
            session,
            coach=session.get_one(Person, world.priya.id),
            coachee=session.get_one(Person, coachee.id),
            starts_on=now().date(),
            ends_on=None,
            by=None,
        )
        session.flush()
        make_cycle(session, pair, coachee, focus=f"With {coachee.given_name}")
    session.commit()
    page = read(client_for(world.priya))
    assert "3 open cycles" in page
    for name in ("Asha", "Tess", "Sam"):
        assert f">{name}</a></h3>" in page


def test_a_failed_clip_says_why_and_what_to_do(session: Session, world: World, client_for: ClientFor) -> None:
    clip = make_clip(session, world.cycle, world.asha)
    clip.state, clip.reason, clip.reason_code = ClipState.FAILED, "There is no picture in this file.", "no_video_track"
    session.commit()
    page = read(client_for(world.asha))
    assert headline(page) == "“Coming in after lunch” needs another try"
    assert "There is no picture in this file." in page
    assert f"/cycles/{world.cycle.id}/upload" in page


def test_a_lead_sees_stages_and_nothing_of_the_coaching(session: Session, world: World, client_for: ClientFor) -> None:
    clip = make_clip(session, world.cycle, world.asha)
    make_tag(session, clip, world.priya, world.strategy)
    session.commit()
    page = read(client_for(world.lena))
    assert headline(page) == "1 of 1 pair has begun"
    assert "Asha Khan" in page
    assert "Priya Nair" in page
    for secret in (clip.title, str(clip.id), world.cycle.focus, "two minutes", "Four names"):
        assert secret not in page


def test_only_the_lead_sees_the_pairs_of_the_school(world: World, client_for: ClientFor) -> None:
    for person in (world.asha, world.priya, world.tess, world.sid, world.ada, world.olu):
        assert "Coaching this term" not in read(client_for(person))


def test_a_former_coach_and_a_colleague_without_a_pair_see_no_cycle(world: World, client_for: ClientFor) -> None:
    for person in (world.theo, world.tess):
        page = read(client_for(person))
        assert headline(page) == "You are not in a pair yet"
        assert str(world.cycle.id) not in page


def test_a_coach_loses_the_cycle_when_the_pair_ends(session: Session, world: World, client_for: ClientFor) -> None:
    make_clip(session, world.cycle, world.asha)
    people.end_pair(session, session.get_one(Pair, world.pair.id), by=None)
    session.commit()
    for address in ("/", "/cycles"):
        page = read(client_for(world.priya), address)
        assert world.cycle.focus not in page
        assert "Coming in after lunch" not in page
    assert "Coming in after lunch" in read(client_for(world.asha))


def test_the_administrator_hears_who_has_not_come_in(world: World, client_for: ClientFor) -> None:
    page = read(client_for(world.ada))
    assert headline(page).endswith("not signed in yet")
    assert 'href="/people"' in page
    assert 'href="/people"' not in read(client_for(world.asha))


def test_the_cycle_page_is_for_its_pair(world: World, client_for: ClientFor) -> None:
    address = f"/cycles/{world.cycle.id}"
    for person in (world.asha, world.priya):
        assert world.cycle.focus in read(client_for(person), address)
    for person in (world.theo, world.tess, world.lena, world.sid, world.ada, world.olu):
        assert client_for(person).get(address).status_code == 404


def test_step_counts_are_of_shared_moments_on_clips_the_asker_may_see(
    session: Session, world: World, client_for: ClientFor
) -> None:
    moved = session.get_one(Cycle, world.cycle.id)
    moved.stage = Stage.IMPROVE
    shared, private = (make_clip(session, world.cycle, world.asha, shared=shown) for shown in (True, False))
    make_tag(session, shared, world.priya, world.strategy)
    make_tag(session, shared, world.asha, world.strategy, at_ms=20_000)
    make_tag(session, shared, world.priya, world.strategy, at_ms=30_000, shared=False)
    make_tag(session, private, world.asha, world.strategy)
    session.commit()
    address = f"/cycles/{world.cycle.id}"
    assert "1 shared by Priya, 2 by you." in read(client_for(world.asha), address)
    coachs = read(client_for(world.priya), address)
    assert "1 shared by Asha, 1 by you." in coachs
    assert str(private.id) not in coachs
    assert "1 in this cycle, shared with you" in coachs


def test_an_earlier_wording_of_the_goal_stays_readable(session: Session, world: World, client_for: ClientFor) -> None:
    words = GoalWords("Everybody writes within one minute.")
    cycles.write_goal(session, session.get_one(Cycle, world.cycle.id), words, after=1, by=world.asha)
    session.commit()
    page = read(client_for(world.asha), f"/cycles/{world.cycle.id}")
    assert "Everybody writes within one minute." in page
    assert "Everybody writes within two minutes." in page
    assert "Read the earlier wording" in page
    assert page.count("No answer yet") == 5


def test_a_closed_cycle_offers_nothing_to_change(session: Session, world: World, client_for: ClientFor) -> None:
    cycle = session.get_one(Cycle, world.cycle.id)
    cycles.close(session, cycle, Outcome.NEW_CYCLE, by=world.asha)
    session.commit()
    page = read(client_for(world.asha), f"/cycles/{world.cycle.id}")
    assert "begin another cycle with a new focus" in page
    for offered in ("/stage", "/upload", "/goal", "/strategies"):
        assert f'/cycles/{cycle.id}{offered}"' not in page


def test_the_page_about_protection_answers_a_stranger(world: World, client_for: ClientFor) -> None:
    page = read(client_for(None), "/protected")
    assert "Who can see" in page
    assert "Alder School" not in page, "with two schools nobody can tell whose page a stranger reads"


@pytest.mark.parametrize("who", ["asha", "priya", "lena", "ada"])
def test_home_asks_a_fixed_number_of_questions(
    services: Services, world: World, client_for: ClientFor, who: str
) -> None:
    client = client_for(world.everybody[who])
    _fill(services, world, 1)
    with counted(services.database.engine) as few:
        read(client)
    _fill(services, world, 10)
    with counted(services.database.engine) as many:
        read(client)
    assert len(many) == len(few), "\n".join(many)


@pytest.mark.parametrize("who", ["asha", "priya"])
def test_the_cycle_page_asks_a_fixed_number_of_questions(
    services: Services, world: World, client_for: ClientFor, who: str
) -> None:
    client, address = client_for(world.everybody[who]), f"/cycles/{world.cycle.id}"
    _fill(services, world, 1)
    with counted(services.database.engine) as few:
        read(client, address)
    _fill(services, world, 10)
    with counted(services.database.engine) as many:
        read(client, address)
    assert len(many) == len(few), "\n".join(many)


def _fill(services: Services, world: World, times: int) -> None:
    """More of everything: cycles, clips, moments, wordings, readings, pairs, accounts."""
    with services.database.transaction() as session:
        asha, priya = (session.get_one(Person, person.id) for person in (world.asha, world.priya))
        pair = session.get_one(Cycle, world.cycle.id).pair
        for n in range(times):
            for cycle in (session.get_one(Cycle, world.cycle.id), make_cycle(session, pair, asha, focus=f"Focus {n}")):
                _fill_cycle(session, world, cycle)
            joined = people.add_person(
                session,
                school=asha.school_id,
                email=f"new{times}-{n}@example.org",
                name="New Colleague",
                roles=frozenset(),
            )
            session.flush()
            people.make_pair(session, coach=priya, coachee=joined, starts_on=now().date(), ends_on=None, by=None)


def _fill_cycle(session: Session, world: World, cycle: Cycle) -> None:
    newest = current_goal(session, cycle.id)
    after = newest.revision if newest else 0
    cycles.write_goal(session, cycle, GoalWords("A goal", target=2), after=after, by=world.asha)
    cycles.record_reading(session, cycle, 3.0, now().date(), by=world.asha)
    for _ in range(3):
        clip: Clip = make_clip(session, cycle, world.asha)
        make_tag(session, clip, world.priya, world.strategy)
        make_tag(session, clip, world.asha, world.strategy, at_ms=20_000, shared=False)
