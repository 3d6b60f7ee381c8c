"""The lead's overview: the process of a term, never the footage; nothing is said of fewer than five people."""

import csv
import io
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.oversight.conftest import Rows
from tests.pages.test_home import headline, read
from tests.support.confirming import confirmed
from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import CoachingSession, CpdLayer, Cycle, GoalRevision, Outcome, Stage
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.database import now
from veo_workflow.oversight.overview.tables import TABLES
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person, Role
from veo_workflow.schools.models import HalfTerm, School, Term
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag

ClientFor = Callable[[Person | None], FlaskClient]
SCREENS = ("/", "/overview", "/overview/logs", "/logs/themes", *(f"/overview/{name}.csv" for name in TABLES))
# What a lead's pages may ask of no row: footage's own words and places, the goals, and the pair's note.
SECRETS = (
    "clips.title",
    "clips.note",
    "clips.reason",
    "tags.note",
    "replies",
    "pair_notes",
    "goal_revisions",
    "renditions",
)


def coached(session: Session, world: World, count: int, **cycle: Any) -> list[Cycle]:
    """That many more colleagues, each coached by Priya in the present term, with a shared clip and a moment of it."""
    return [_one(session, world, **cycle) for _ in range(count)]


def _one(session: Session, world: World, *, strategy: bool = True, shared: bool = True, draft: bool = False) -> Cycle:
    unique = uuid.uuid4().hex[:8]
    person = people.add_person(
        session,
        school=world.pair.school_id,
        email=f"{unique}@example.org",
        name=f"Colleague {unique}",
        roles=frozenset(),
    )
    session.flush()
    coach = session.get_one(Person, world.priya.id)
    pair = people.make_pair(session, coach=coach, coachee=person, starts_on=now().date(), ends_on=None, by=None)
    session.flush()
    term = session.scalars(_present_term(world)).one()
    cycle = cycles.open_cycle(session, pair=pair, term=term, focus="canary-focus", layer=CpdLayer.TEAM, by=person)
    cycles.write_goal(session, cycle, GoalWords("canary-goal"), after=0, by=person)
    if strategy:
        cycles.choose_strategies(session, cycle, [world.strategy.strategy_id], by=person)
    clip = make_clip(session, cycle, person, shared=shared, title="canary-title")
    make_tag(session, clip, coach, world.strategy, shared=not draft).note = "canary-tag"
    return cycle


def _present_term(world: World) -> Any:
    return (
        select(Term)
        .join(HalfTerm, HalfTerm.term_id == Term.id)
        .where(
            HalfTerm.school_id == world.pair.school_id,
            HalfTerm.starts_on <= now().date(),
            HalfTerm.ends_on >= now().date(),
        )
    )


@pytest.fixture
def term(services: Services, half: HalfTerm) -> uuid.UUID:
    """The present term, with Asha's cycle in it."""
    with services.database.transaction() as session:
        for cycle in session.scalars(select(Cycle)):
            if cycle.school_id == half.school_id:
                cycle.term_id = half.term_id
    return half.term_id


def sheet(client: FlaskClient, name: str) -> list[list[str]]:
    answer = confirmed(client).get(f"/overview/{name}.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_the_headline_is_who_has_begun(
    services: Services, world: World, client_for: ClientFor, term: uuid.UUID
) -> None:
    assert headline(read(client_for(world.lena), "/overview")) == "1 of 8 colleagues has begun"
    with services.database.transaction() as session:
        coached(session, world, 2)
        session.get_one(Person, world.ada.id).cycles_a_year = 0
    assert headline(read(client_for(world.lena), "/overview")) == "3 of 9 colleagues have begun"


def test_the_board_says_with_whom_where_how_much_and_what_is_next(
    services: Services, world: World, client_for: ClientFor, term: uuid.UUID
) -> None:
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        cycles.close(session, cycle, Outcome.NEW_CYCLE, by=session.get_one(Person, world.asha.id))
        session.get_one(Person, world.asha.id).cycles_a_year = 2
        for days, review in ((9, True), (4, False), (2, True)):
            session.add(
                CoachingSession(
                    school_id=world.pair.school_id,
                    pair_id=world.pair.id,
                    starts_at=now() + timedelta(days=days),
                    is_review=review,
                    cancelled_at=now() if days == 2 else None,
                    changed_by_id=world.priya.id,
                )
            )
    lena = client_for(world.lena)
    lines = {line[0]: line for line in sheet(lena, "entitlement")}
    assert lines["Asha Khan"][1] == "Priya Nair"
    assert "Finished" in lines["Asha Khan"]
    assert lines["Asha Khan"][-3:-1] == ["1", "2"]
    assert lines["Asha Khan"][-1] == (now() + timedelta(days=4)).date().isoformat()
    assert lines["Tess Moor"][1] == ""
    assert lines["Tess Moor"][-3:-1] == ["0", "3"]
    page = read(lena, "/overview")
    assert "1 of 2" in page
    assert 'Find a coach<span class="hidden-words"> for Tess Moor' in page


def test_the_newest_cycle_of_the_term_counts_and_one_colleague_counts_once(
    services: Services, world: World, client_for: ClientFor, term: uuid.UUID
) -> None:
    with services.database.transaction() as session:
        pair, asha = session.get_one(Pair, world.pair.id), session.get_one(Person, world.asha.id)
        present = session.get_one(Term, term)
        second = cycles.open_cycle(session, pair=pair, term=present, focus="Second", layer=CpdLayer.TEAM, by=asha)
        second.stage = Stage.LEARN
    page = read(client_for(world.lena), "/overview")
    assert "Colleagues by stage: Not begun 7, Identify 0, Learn 1, Improve 0, Finished 0." in page


def test_four_people_are_withheld_and_five_are_counted(
    services: Services, world: World, client_for: ClientFor, term: uuid.UUID
) -> None:
    lena = client_for(world.lena)
    with services.database.transaction() as session:
        coached(session, world, 3)  # Asha has the strategy too, but neither clip nor moment
        coached(session, world, 1, strategy=False)
    page = read(lena, "/overview")
    assert "None is used by 5 people or more yet." in page
    assert "None is worked on by 5 people or more yet." in page
    assert "Withheld: fewer than 5 people have filmed." in page
    assert sheet(lena, "steps")[1:] == []
    assert sheet(lena, "strategies")[1:] == []
    with services.database.transaction() as session:
        coached(session, world, 1)
    page = read(lena, "/overview")
    assert "5 this term, by 5 people." in page
    assert sheet(lena, "steps")[1:] == [["A calm start", world.strategy.steps[0].name, "5"]]
    assert sheet(lena, "strategies")[1][0] == "A calm start"
    assert sheet(lena, "strategies")[1][-1] == "5"


def test_one_persons_many_moments_are_one_person(
    services: Services, world: World, client_for: ClientFor, term: uuid.UUID
) -> None:
    with services.database.transaction() as session:
        for cycle in coached(session, world, 4):
            clip = session.scalars(select(Clip).where(Clip.cycle_id == cycle.id)).one()
            for at in (20_000, 30_000):
                make_tag(session, clip, world.priya, world.strategy, at_ms=at)
    assert sheet(client_for(world.lena), "steps")[1:] == []


def test_drafts_and_private_clips_count_for_nothing(
    services: Services, world: World, client_for: ClientFor, term: uuid.UUID
) -> None:
    with services.database.transaction() as session:
        coached(session, world, 4)
        coached(session, world, 3, shared=False)
        coached(session, world, 3, draft=True)
    assert sheet(client_for(world.lena), "steps")[1:] == []


def test_logs_still_to_come_are_listed_the_late_ones_first(
    services: Services, world: World, client_for: ClientFor, half: HalfTerm, term: uuid.UUID, rows: Rows
) -> None:
    with services.database.transaction() as session:
        first = session.get_one(HalfTerm, half.id)
        first.ends_on = now().date() - timedelta(days=3)
        second = session.scalars(select(HalfTerm).where(HalfTerm.term_id == half.term_id, HalfTerm.number == 2)).one()
        second.starts_on = now().date() - timedelta(days=2)
    lena = client_for(world.lena)
    page = read(lena, "/overview")
    assert "2 coaching logs are still to come, 1 of them late." in page
    assert page.index(" late</span>") < page.index("Due ")
    client_for(world.priya).post(
        f"/logs/{world.pair.id}/{half.id}", data={"after": "0.0", "needs": "=1+1", "hand_in": "1"}
    )
    assert "1 coaching log is still to come." in read(lena, "/overview")
    assert "=1+1" in read(lena, "/overview/logs")
    assert sheet(lena, "logs")[1][7] == "'=1+1"
    assert rows(select(AuditEntry).where(AuditEntry.action == "overview_exported"))


def test_themes_are_counted_by_half_term(
    services: Services, world: World, client_for: ClientFor, address: str, form: Any, term: uuid.UUID
) -> None:
    client_for(world.priya).post(address, data=form())
    assert sheet(client_for(world.lena), "themes")[1:] == [["Questioning", "1", "0"]]
    assert "Themes in logs, in pairs: Questioning 1." in read(client_for(world.lena), "/overview")


def test_another_term_can_be_looked_at_and_nonsense_shows_todays(
    services: Services, world: World, client_for: ClientFor, term: uuid.UUID
) -> None:
    lena = client_for(world.lena)
    with services.database.reading() as session:
        other = session.scalars(
            select(Term).where(Term.school_id == world.pair.school_id, Term.id != term).order_by(Term.starts_on)
        ).first()
        foreign = session.scalars(select(Term).where(Term.school_id == world.olu.school_id)).first()
    assert other is not None
    assert foreign is not None
    assert headline(read(lena, f"/overview?term={other.id}")).startswith("0 of 8")
    for asked in (foreign.id, "nonsense", uuid.uuid4()):
        assert headline(read(lena, f"/overview?term={asked}")).startswith("1 of 8")


def test_after_the_last_term_the_last_one_is_shown_and_days_are_those_of_the_school(
    services: Services, world: World, client_for: ClientFor, term: uuid.UUID
) -> None:
    with services.database.transaction() as session:
        session.get_one(School, world.pair.school_id).timezone = "Pacific/Kiritimati"  # fourteen hours ahead
        at = (now() + timedelta(days=3)).replace(hour=20, minute=0)
        session.add(
            CoachingSession(
                school_id=world.pair.school_id, pair_id=world.pair.id, starts_at=at, changed_by_id=world.priya.id
            )
        )
    lines = {line[0]: line for line in sheet(client_for(world.lena), "entitlement")}
    assert lines["Asha Khan"][-1] == (at + timedelta(days=1)).date().isoformat()
    with services.database.transaction() as session:
        for number, each in enumerate(session.scalars(select(Term).where(Term.school_id == world.pair.school_id))):
            each.starts_on = now().date() - timedelta(days=900 - 100 * number)
            each.ends_on = each.starts_on + timedelta(days=60)
        newest = each.name
    assert f"<h2>{newest} term</h2>" in read(client_for(world.lena), "/overview")


def test_a_school_without_terms_is_told_so(services: Services, world: World, client_for: ClientFor) -> None:
    with services.database.transaction() as session:
        school = School(name="New School")
        session.add(school)
        session.flush()
        lead = people.add_person(
            session,
            school=school.id,
            email="new@lead.example",
            name="New Lead",
            roles=frozenset({Role.LEAD}),
        )
    assert headline(read(client_for(lead), "/overview")) == "No term is set yet"
    assert client_for(lead).get("/overview/logs.csv").status_code == 404


def test_a_lead_is_never_shown_footage_and_never_asks_for_its_words(
    services: Services, world: World, client_for: ClientFor, address: str, form: Any, term: uuid.UUID
) -> None:
    client_for(world.priya).post(address, data=form(note="canary-pair-note"))
    with services.database.transaction() as session:
        coached(session, world, 6)
        session.scalars(select(GoalRevision)).first()
    lena = confirmed(client_for(world.lena))
    for screen in SCREENS:
        with counted(services.database.engine) as asked:
            page = read(lena, screen)
        assert "canary" not in page, screen
        if screen != "/":
            said = [(secret, one) for one in asked for secret in SECRETS if re.search(rf"\b{secret}\b", one)]
            assert said == [], screen
    with services.database.reading() as session:
        assert session.scalars(select(Tag.note)).first() == "canary-tag", "the canaries are there to be found"


def test_the_overview_is_a_fixed_number_of_statements(
    services: Services, world: World, client_for: ClientFor, address: str, form: Any, term: uuid.UUID
) -> None:
    lena = confirmed(client_for(world.lena))
    client_for(world.priya).post(address, data=form())

    def statements() -> dict[str, int]:
        found = {}
        for screen in SCREENS:
            with counted(services.database.engine) as asked:
                read(lena, screen)
            found[screen] = len(asked)
        return found

    with services.database.transaction() as session:
        coached(session, world, 5)
    few = statements()
    with services.database.transaction() as session:
        coached(session, world, 30)
    assert statements() == few
    assert few["/overview"] <= 25
