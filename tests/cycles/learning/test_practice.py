"""The coachee writes how practising went, changes it, removes it; the coach reads."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.statements import counted
from tests.support.world import World, make_clip
from tests.support.year import today
from veo_workflow.audit.models import AuditEntry
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.learning.models import PracticeEntry
from veo_workflow.cycles.learning.practice import operations
from veo_workflow.cycles.learning.practice.rules import Words
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.database import new_id
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Person
from veo_workflow.playbook.queries import current_versions
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def form(**changed: Any) -> dict[str, Any]:
    return {
        "after": "0",
        "practised_on": today().isoformat(),
        "class_name": "7B",
        "went": "Calmer by far.\nTwo forgot.",
        "tweak": "Boards out first.",
        **changed,
    }


def written(services: Services) -> list[PracticeEntry]:
    with services.database.reading() as session:
        return list(session.scalars(select(PracticeEntry).order_by(PracticeEntry.practised_on)))


@pytest.fixture
def address(services: Services, world: World) -> str:
    """Where the practice of Asha's cycle is written; the cycle is in Learn."""
    with services.database.transaction() as session:
        cycles.move(session, session.get_one(Cycle, world.cycle.id), Stage.LEARN, by=world.asha)
    return f"/cycles/{world.cycle.id}/practice"


def test_asha_writes_an_entry_and_priya_hears_of_it_and_reads_it(
    client_for: SignedIn, services: Services, world: World, address: str
) -> None:
    asha, priya = client_for(world.asha), client_for(world.priya)
    new = asha.get(f"{address}/new").text
    where = re.findall(rf'action="({address}/[0-9a-f-]+)"', new)[0]
    steps = [str(step.id) for step in world.strategy.steps[:2]]
    assert asha.post(where, data=form(steps=steps)).status_code == 303
    (entry,) = written(services)
    assert (entry.class_name, entry.went, {str(step) for step in entry.step_ids}) == (
        "7B",
        "Calmer by far.\nTwo forgot.",
        set(steps),
    )
    for page in (priya.get(address).text, priya.get(f"/cycles/{world.cycle.id}").text):
        assert "Calmer by far." in page
        assert "Boards out first." in page
        assert world.strategy.steps[1].name in page
    with services.database.reading() as session:
        (notice,) = session.scalars(select(Notice).where(Notice.kind == NoticeKind.PRACTICE_WRITTEN))
        assert (notice.person_id, notice.subject_id) == (world.priya.id, world.cycle.id)


def test_an_entry_that_cannot_be_read_is_sent_back_as_it_was_typed(
    client_for: SignedIn, services: Services, world: World, address: str
) -> None:
    asha, step = client_for(world.asha), str(world.strategy.steps[2].id)
    tomorrow = (today() + timedelta(days=2)).isoformat()
    wrong = form(went=" ", class_name="8C", practised_on=tomorrow, steps=[step], tweak="Boards out first.")
    answer = asha.post(f"{address}/{new_id()}", data=wrong)
    assert answer.status_code == 422
    assert "Write a line about how it went." in answer.text
    assert "This day has not come yet." in answer.text
    for typed in ('value="8C"', f'value="{step}" checked', "Boards out first.", f'value="{tomorrow}"'):
        assert typed in answer.text
    assert written(services) == []


def test_the_same_entry_sent_twice_is_one_entry(
    client_for: SignedIn, services: Services, world: World, address: str
) -> None:
    asha, where = client_for(world.asha), f"{address}/{new_id()}"
    assert [asha.post(where, data=form()).status_code for _ in range(2)] == [303, 303]
    assert len(written(services)) == 1


def test_of_two_tabs_the_second_sees_both_texts_and_may_then_save(
    client_for: SignedIn, services: Services, world: World, address: str
) -> None:
    asha, where = client_for(world.asha), f"{address}/{new_id()}"
    asha.post(where, data=form())
    assert asha.post(where, data=form(after="1", went="From the iPad.")).status_code == 303
    answer = asha.post(where, data=form(after="1", went="From the laptop."))
    assert answer.status_code == 409
    assert "From the iPad." in answer.text
    assert "From the laptop." in answer.text
    assert written(services)[0].went == "From the iPad."
    after = re.findall(r'name="after" value="(\d+)"', answer.text)[0]
    assert asha.post(where, data=form(after=after, went="From the laptop.")).status_code == 303
    assert written(services)[0].went == "From the laptop."


def test_an_entry_is_removed_for_good_and_what_was_typed_meanwhile_is_not_lost(
    client_for: SignedIn, services: Services, world: World, address: str
) -> None:
    asha, where = client_for(world.asha), f"{address}/{new_id()}"
    asha.post(where, data=form())
    assert asha.post(f"{where}/remove").status_code == 303
    assert written(services) == []
    answer = asha.post(where, data=form(after="1", went="Typed in another tab."))
    assert answer.status_code == 409
    assert "Typed in another tab." in answer.text
    assert 'name="after" value="0"' in answer.text
    with services.database.reading() as session:
        said = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("practice%"))).all()
    assert sorted(said) == ["practice_removed", "practice_written"]


def test_a_private_clip_is_named_to_its_owner_alone(
    client_for: SignedIn, services: Services, world: World, address: str
) -> None:
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        private = str(make_clip(session, cycle, world.asha, shared=False, title="Carpet time").id)
        shared = str(make_clip(session, cycle, world.asha, title="The bell").id)
    asha = client_for(world.asha)
    for clip in (private, shared):
        assert asha.post(f"{address}/{new_id()}", data=form(clip=clip)).status_code == 303
    own, theirs = asha.get(address).text, client_for(world.priya).get(address).text
    assert "Carpet time" in own
    assert "The bell" in own
    assert "Carpet time" not in theirs
    assert private not in theirs
    assert "The bell" in theirs
    assert asha.post(f"{address}/{new_id()}", data=form(clip=str(new_id()))).status_code == 422


def test_steps_no_longer_in_use_stay_with_an_entry(
    client_for: SignedIn, services: Services, world: World, address: str
) -> None:
    asha, step = client_for(world.asha), world.strategy.steps[0]
    where = f"{address}/{new_id()}"
    asha.post(where, data=form(steps=[str(step.id)]))
    with services.database.transaction() as session:
        other = next(v for v in current_versions(session, world.asha.school_id, limit=50) if v.id != world.strategy.id)
        cycles.choose_strategies(session, session.get_one(Cycle, world.cycle.id), [other.strategy_id], by=world.asha)
    assert step.name in asha.get(address).text
    asha.post(where, data=form(after="1", steps=[str(step.id)], went="Said anew."))
    assert [entry.step_ids for entry in written(services)] == [{step.id}]


def test_two_that_write_at_once_are_both_kept_and_the_same_one_once(services: Services, world: World) -> None:
    barrier, same, words = threading.Barrier(3), new_id(), Words(today(), "", "Calm.", "", frozenset(), None)

    def write(entry_id: Any) -> None:
        barrier.wait()
        with services.database.transaction() as session:
            cycle = session.get_one(Cycle, world.cycle.id)
            operations.keep(session, cycle, entry_id, words, after=0, by=world.asha)

    threads = [threading.Thread(target=write, args=(entry,)) for entry in (same, same, new_id())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written(services)) == 2


@pytest.mark.parametrize("where", ["/cycles/{}/practice", "/cycles/{}"])
def test_a_page_asks_as_much_for_many_entries_as_for_one(
    client_for: SignedIn, services: Services, world: World, address: str, where: str
) -> None:
    asha = client_for(world.asha)
    step, other = (str(step.id) for step in world.strategy.steps[:2])
    asha.post(f"{address}/{new_id()}", data=form(steps=[step]))
    with counted(services.database.engine) as few:
        asha.get(where.format(world.cycle.id))
    for days in range(22):
        day = (today() - timedelta(days=days)).isoformat()
        asha.post(f"{address}/{new_id()}", data=form(practised_on=day, steps=[step, other]))
    with counted(services.database.engine) as many:
        page = asha.get(where.format(world.cycle.id)).text
    assert len(many) == len(few)
    assert ("Page 2" in page) == where.endswith("practice")
