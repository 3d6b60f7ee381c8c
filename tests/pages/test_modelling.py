"""How a strategy was made clear is recorded, read by the pair, and removed again; an exemplar leads to its clip."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_cycle
from veo_workflow.clips.models import Clip
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.cycles.modelling.models import Modelling
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def sent(**more: str) -> dict[str, str]:
    return {"kind": "live_model", "who": "Priya Nair", "modelled_on": now().date().isoformat(), **more}


def test_either_records_it_and_the_cycle_says_so(client_for: SignedIn, services: Services, world: World) -> None:
    address = f"/cycles/{world.cycle.id}/modelling"
    asha, priya = client_for(world.asha), client_for(world.priya)
    assert priya.post(address, data=sent(note="Watch the doorway.")).status_code == 302
    assert "Watch the doorway." in asha.get(address).text
    assert "Watched live" in asha.get(f"/cycles/{world.cycle.id}").text
    with services.database.reading() as session:
        modelling = session.scalars(select(Modelling)).one()
    assert asha.post(f"{address}/{modelling.id}/remove").status_code == 302
    assert "Nothing is recorded yet." in asha.get(address).text


def test_another_cycles_record_cannot_be_removed_from_here(
    client_for: SignedIn, services: Services, world: World
) -> None:
    asha = client_for(world.asha)
    asha.post(f"/cycles/{world.cycle.id}/modelling", data=sent())
    form = {"pair": world.pair.id, "term": world.cycle.term_id, "focus": "Talk", "cpd_layer": "team"}
    other = asha.post("/cycles/new", data=form).headers["Location"]
    with services.database.reading() as session:
        modelling = session.scalars(select(Modelling)).one()
    assert asha.post(f"{other}/modelling/{modelling.id}/remove").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"kind": "magic"}, {"who": " "}, {"who": "x" * 81}, {"modelled_on": "2999-01-01"}, {"note": "x" * 2001}]
)
def test_what_cannot_be_used_is_sent_back(
    client_for: SignedIn, services: Services, world: World, wrong: dict[str, str]
) -> None:
    answer = client_for(world.asha).post(f"/cycles/{world.cycle.id}/modelling", data=sent(**({"note": "Kept"} | wrong)))
    assert answer.status_code == 422
    assert "is not saved yet" in answer.text
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Modelling)) == 0


def give(session: Session, clip: Clip, shows: str, to: Person | None = None, strategy: uuid.UUID | None = None) -> str:
    """A clip goes to a colleague, or into the exemplar library; the share's id."""
    wanted = Wanted(to.id if to else None, now().date() + timedelta(days=5), shows=shows, strategy_id=strategy)
    return str(shares.give(session, clip, wanted, by=session.get_one(Person, clip.owner_id)).id)


def test_an_exemplar_that_was_watched_leads_to_its_clip_until_it_is_taken_back(
    client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        first, second = (make_clip(session, cycle, world.asha, shared=False) for _ in range(2))
        ours = give(session, first, "Names at the door", strategy=world.strategy.strategy_id)
        give(session, second, "Something else")
    priya, address = client_for(world.priya), f"/cycles/{world.cycle.id}/modelling"
    offered = priya.get(address).text
    assert 0 < offered.index("Names at the door") < offered.index("Something else")  # though it was shared before
    assert priya.post(address, data=sent(kind="exemplar", exemplar=ours)).status_code == 302
    assert f'href="/shared/{ours}"' in priya.get(address).text
    with services.database.transaction() as session:
        shares.take_back(session, session.get_one(Clip, first.id), uuid.UUID(ours), by=world.asha)
    page = priya.get(address).text
    assert "The clip is no longer in the exemplar library." in page
    assert ours not in page


def test_only_what_is_in_the_library_of_ones_own_school_can_be_named(
    client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        own = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha, shared=False)
        mentor = people.add_person(
            session, school=world.olu.school_id, email="mo@example.org", name="Mo Day", roles=frozenset()
        )
        pair = people.make_pair(
            session,
            coach=mentor,
            coachee=session.get_one(Person, world.olu.id),
            starts_on=now().date(),
            ends_on=None,
            by=None,
        )
        session.flush()
        away = make_clip(session, make_cycle(session, session.get_one(Pair, pair.id), world.olu), world.olu)
        refused = [
            {"kind": "exemplar", "exemplar": give(session, away, "At Birch School")},
            {"kind": "exemplar", "exemplar": give(session, own, "", to=world.priya)},
            {"kind": "exemplar", "exemplar": str(uuid.uuid4())},
            {"kind": "exemplar", "exemplar": "nonsense"},
            {"kind": "live_model", "exemplar": give(session, own, "Names at the door")},
        ]
    priya, address = client_for(world.priya), f"/cycles/{world.cycle.id}/modelling"
    assert "At Birch School" not in priya.get(address).text
    for wrong in refused:
        answer = priya.post(address, data=sent(**wrong, note="Kept"))
        assert answer.status_code == 422, wrong
        assert 'id="exemplar-wrong"' in answer.text
        assert "Kept</textarea>" in answer.text
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Modelling)) == 0


def test_the_page_asks_as_much_for_many_exemplars_as_for_one(
    client_for: SignedIn, services: Services, world: World
) -> None:
    priya, address, counts = client_for(world.priya), f"/cycles/{world.cycle.id}/modelling", []
    for number in range(3):
        with services.database.transaction() as session:
            cycle = session.get_one(Cycle, world.cycle.id)
            exemplar = give(session, make_clip(session, cycle, world.asha), f"It shows {number}")
        priya.post(address, data=sent(kind="exemplar", exemplar=exemplar))
        with counted(services.database.engine) as statements:
            priya.get(address)
        counts.append(len(statements))
    assert counts[0] == counts[2] <= 13
