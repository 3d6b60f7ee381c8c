"""How a strategy was made clear is recorded, read by the pair, and removed again."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.support.world import World
from veo_workflow.cycles.modelling.models import Modelling
from veo_workflow.database import now
from veo_workflow.people.models import Person
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
