"""The exemplar library: only what coachees put there, for their own school, until the day they chose."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.support.statements import counted
from tests.support.world import World, make_clip
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]
Offer = Callable[..., uuid.UUID]


@pytest.fixture
def offer(services: Services, world: World) -> Offer:
    """Asha puts a clip of her own into the library."""

    def offered(shows: str, *, step: int | None = None, speaks: bool = True, days: int = 5) -> uuid.UUID:
        with services.database.transaction() as session:
            clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha, shared=False, title="Private")
            wanted = Wanted(
                None,
                now().date() + timedelta(days=days),
                shows=shows,
                strategy_id=world.strategy.strategy_id if speaks else None,
                step_id=world.strategy.steps[step - 1].id if step else None,
            )
            return shares.give(session, session.get_one(Clip, clip.id), wanted, by=world.asha).id

    return offered


def words(browser: FlaskClient, query: str = "") -> str:
    return browser.get(f"/exemplars{query}").get_data(as_text=True)


def test_each_says_what_it_shows_whose_permission_it_has_and_until_when(
    world: World, offer: Offer, client_for: SignedIn
) -> None:
    offer("Names while they come in", step=1)
    tess = words(client_for(world.tess))
    step = world.strategy.steps[0]
    for said in ("Names while they come in", "Asha Khan", "Asha allows it", "Until", f"step 1: {step.name}"):
        assert said in tess, said
    assert ("Private" in tess, world.cycle.focus in tess) == (False, False), "neither its title nor its cycle"
    assert "Names while they come in" not in words(client_for(world.olu))


def test_it_is_narrowed_to_a_strategy_or_to_one_of_its_steps_and_a_strategys_page_leads_to_its_own(
    services: Services, world: World, offer: Offer, client_for: SignedIn
) -> None:
    for step in (1, 2):
        offer(f"It shows {step}", step=step)
    offer("It shows the whole")
    offer("It shows nothing in particular", speaks=False)
    tess, strategy, second = client_for(world.tess), world.strategy.strategy_id, world.strategy.steps[1].id
    shown = {
        query: [what for what in ("1", "2", "the whole", "nothing") if f"It shows {what}" in words(tess, query)]
        for query in ("", f"?about={strategy}/", f"?about={strategy}/{second}", "?about=x")
    }
    everything = ["1", "2", "the whole", "nothing"]
    assert list(shown.values()) == [everything, ["1", "2", "the whole"], ["2"], everything]
    page = tess.get(f"/playbook/{strategy}").get_data(as_text=True)
    assert [what for what in ("1", "2", "the whole", "nothing") if f"It shows {what}" in page] == everything[:3]
    assert ("Asha Khan’s lesson" in page, "Until" in page, f"about={strategy}" in page) == (True, True, True)
    with services.database.transaction() as session:
        session.execute(update(ClipShare).values(until=now().date() - timedelta(days=1)))
    assert "It shows" not in tess.get(f"/playbook/{strategy}").get_data(as_text=True)


def test_a_lead_takes_one_out_and_the_coachee_is_told(
    services: Services, world: World, offer: Offer, client_for: SignedIn
) -> None:
    share = offer("Names while they come in")
    assert "Take it out" not in words(client_for(world.tess))
    lena = client_for(world.lena)
    assert "Take it out" in words(lena)
    assert lena.post(f"/exemplars/{share}/take-out").status_code == 302
    assert "Names while they come in" not in words(lena)
    assert lena.post(f"/exemplars/{share}/take-out").status_code == 404
    with services.database.reading() as session:
        clip_id = session.get_one(ClipShare, share).clip_id
        told = session.scalars(select(Notice).where(Notice.kind == NoticeKind.EXEMPLAR_TAKEN_OUT)).one()
    assert (told.person_id, told.subject_id, told.by_id) == (world.asha.id, clip_id, world.lena.id)


def test_it_asks_a_fixed_number_of_questions_and_comes_in_pages(
    services: Services, world: World, offer: Offer, client_for: SignedIn
) -> None:
    tess = client_for(world.tess)
    offer("The first of them", step=1)
    words(tess)
    with counted(services.database.engine) as few:
        words(tess)
    for number in range(24):
        offer(f"Number {number}", step=1 + number % 5)
    with counted(services.database.engine) as many:
        page = words(tess)
    assert len(many) == len(few) <= 12
    with counted(services.database.engine) as strategy:
        shown = tess.get(f"/playbook/{world.strategy.strategy_id}").get_data(as_text=True)
    assert (len(strategy) <= 12, shown.count("Number "), "All exemplars of it" in shown) == (True, 3, True)
    assert ("Number 23" in page, "The first of them" in page) == (True, False)
    assert "The first of them" in words(tess, "?page=2")
