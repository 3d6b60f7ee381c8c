"""An archive is asked for once, made behind the scenes, kept for three days, and gone with the first film that goes."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from tests.support.confirming import confirmed
from tests.support.statements import counted
from tests.support.world import World
from tests.takeout.person.conftest import Take, archive_of, ask
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip
from veo_workflow.crashing import Point
from veo_workflow.database import now
from veo_workflow.errors import StorageFull, Unavailable
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.takeout.person import making, operations, rules
from veo_workflow.takeout.person.making import make_next
from veo_workflow.takeout.person.models import Archive, ArchiveState
from workers.upkeep import SWEPT, one_round

SignedIn = Callable[[Person | None], FlaskClient]


def kept(services: Services) -> list[str]:
    return [stored.key for stored in services.storage.list("archives/")]


def change(services: Services, **values: Any) -> None:
    with services.database.transaction() as session:
        session.execute(update(Archive).values(**values))


def withdraw(services: Services, world: World, title: str) -> None:
    with services.database.transaction() as session:
        clip = session.scalars(select(Clip).where(Clip.title == title)).one()
        clips.withdraw(session, clip, by=session.get_one(Person, world.asha.id))


def test_asked_for_made_told_and_fetched(services: Services, filmed: World, client_for: SignedIn) -> None:
    asha = confirmed(client_for(filmed.asha))
    assert "You have not asked for one yet." in asha.get("/me/takeout").get_data(as_text=True)
    assert asha.post("/me/takeout").status_code == 303
    assert "Waiting for its turn" in asha.get("/me/takeout").get_data(as_text=True)
    assert services.doorbell.waiting("archive") == 1
    assert make_next(services)
    assert "It is ready" in asha.get("/me/takeout").get_data(as_text=True)
    assert "The archive of your data is ready" in asha.get("/notices").get_data(as_text=True)
    archive = archive_of(services, filmed.asha)
    whole = asha.get(f"/me/takeout/{archive.id}.zip")
    assert (whole.status_code, whole.mimetype, whole.headers["Cache-Control"]) == (200, "application/zip", "no-store")
    assert whole.headers["Content-Disposition"].endswith(f"coaching-asha-khan-{archive.id.hex[-8:]}.zip")
    part = asha.get(f"/me/takeout/{archive.id}.zip", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])
    with services.database.reading() as session:
        log = session.execute(
            select(AuditEntry.action, AuditEntry.person_id).where(AuditEntry.subject_id == archive.id)
        )
        assert sorted(log) == [("export", filmed.asha.id)] * 2 + [("takeout_asked_for", filmed.asha.id)]


def test_only_its_person_gets_it(services: Services, filmed: World, take: Take, client_for: SignedIn) -> None:
    take(filmed.asha)
    archive = archive_of(services, filmed.asha)
    for name, person in filmed.everybody.items():
        status = confirmed(client_for(person)).get(f"/me/takeout/{archive.id}.zip").status_code
        assert status == (200 if name == "asha" else 404), name


@pytest.mark.parametrize("how", ["withdrawn", "trimmed", "over", "deleted"])
def test_it_is_out_of_reach_at_once_and_gone_with_the_next_round(
    how: str, services: Services, filmed: World, take: Take, client_for: SignedIn
) -> None:
    take(filmed.asha)
    archive, asha = archive_of(services, filmed.asha), confirmed(client_for(filmed.asha))
    match how:
        case "withdrawn":
            withdraw(services, filmed, "Carpet time")
        case "trimmed":
            with services.database.transaction() as session:
                clip = session.scalars(select(Clip).where(Clip.title == "Carpet time")).one()
                clips.keep_span(session, clip, 10, 20, services.doorbell)
        case "over":
            change(services, ready_until=now() - timedelta(seconds=1))
        case "deleted":
            assert asha.post(f"/me/takeout/{archive.id}/delete").status_code == 303
    gone = asha.get(f"/me/takeout/{archive.id}.zip", headers={"Range": "bytes=10-19"})
    assert gone.status_code == 410
    assert "Ask for a new one" in gone.get_data(as_text=True)
    assert "Your last archive is deleted" in asha.get("/me/takeout").get_data(as_text=True)
    assert kept(services)
    one_round(services)
    assert kept(services) == []
    assert archive_of(services, filmed.asha).state is ArchiveState.ENDED


def test_it_goes_with_the_account_and_is_not_made_over_and_over(
    services: Services, filmed: World, take: Take, client_for: SignedIn
) -> None:
    tess = client_for(filmed.tess)
    for _ in range(10):
        assert tess.post("/me/takeout").status_code == 303
        change(services, state=ArchiveState.ENDED)
    refused = tess.post("/me/takeout")
    assert (refused.status_code, "ask again tomorrow" in refused.text) == (429, True)
    take(filmed.asha)
    with services.database.transaction() as session:
        session.get_one(Person, filmed.asha.id).disabled_at = now()
    assert kept(services)
    one_round(services)
    assert kept(services) == []


def test_a_new_one_takes_the_place_of_the_one_that_is_ready(services: Services, filmed: World, take: Take) -> None:
    take(filmed.asha)
    first = archive_of(services, filmed.asha)
    take(filmed.asha)
    one_round(services)
    second = archive_of(services, filmed.asha)
    assert second.id != first.id
    assert kept(services) == [second.key]


def test_pressed_twice_at_once_it_is_one_archive(services: Services, filmed: World) -> None:
    together = threading.Barrier(2)

    def press() -> object:
        together.wait()
        return ask(services, filmed.asha)

    with ThreadPoolExecutor(2) as both:
        pressed = [both.submit(press) for _ in range(2)]
        assert len({each.result() for each in pressed}) == 1
    with services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Archive)) == 1


def test_a_worker_that_went_away_loses_nothing_and_may_not_hand_over_late(services: Services, filmed: World) -> None:
    ask(services, filmed.asha)
    with services.database.transaction() as session:
        late = operations.claim_next(session, -1)
    assert late is not None
    services.redis.flushall()
    one_round(services)
    assert services.doorbell.waiting("archive") == 1
    with services.database.transaction() as session:
        assert operations.claim_next(session, 60)
        assert not operations.renew(session, late, 60)
        assert not operations.publish(session, late, 1, set())
        assert not operations.fail(session, late, "Late.")
    change(services, lease_until=now() - timedelta(seconds=1))
    one_round(services)
    assert make_next(services)
    archive = archive_of(services, filmed.asha)
    assert (archive.state, archive.attempt) == (ArchiveState.READY, 3)
    assert kept(services) == [archive.key]
    assert not make_next(services)


def test_a_lost_bell_is_rung_again(services: Services, filmed: World) -> None:
    ask(services, filmed.asha)
    services.redis.flushall()
    change(services, rung_at=now() - timedelta(minutes=5))
    one_round(services)
    one_round(services)
    assert services.doorbell.waiting("archive") == 1


def test_what_ends_its_worker_each_time_is_set_aside_and_said(
    services: Services, filmed: World, client_for: SignedIn
) -> None:
    ask(services, filmed.asha)
    for _ in range(rules.ATTEMPTS):
        with services.database.transaction() as session:
            assert operations.claim_next(session, -1)
        one_round(services)
    page = client_for(filmed.asha).get("/me/takeout").get_data(as_text=True)
    assert rules.GIVEN_UP in page
    assert "Make a new one" in page
    with services.database.reading() as session:
        told = session.scalars(select(Notice.kind).where(Notice.person_id == filmed.asha.id)).all()
        assert told.count(NoticeKind.ARCHIVE_FAILED) == 1
    take_again = ask(services, filmed.asha)
    assert make_next(services)
    assert archive_of(services, filmed.asha).id == take_again


def test_what_a_killed_attempt_left_is_swept_and_contradicts_until_then(
    services: Services, filmed: World, take: Take, tmp_path: Any
) -> None:
    take(filmed.asha)
    archive = archive_of(services, filmed.asha)
    stray = tmp_path / "stray"
    stray.write_bytes(b"x")
    services.storage.put(f"archives/{archive.id}/7.zip", stray, "application/zip")
    assert f"archives/{archive.id}/7.zip" in "\n".join(map(str, check_invariants(services)))
    services.redis.delete(SWEPT)
    one_round(services)
    assert kept(services) == [archive.key]
    said = "\n".join(map(str, check_invariants(services)))
    assert "rchive" not in said
    services.storage.delete(str(archive.key))
    assert f"Archive {archive.id}" in "\n".join(map(str, check_invariants(services)))
    one_round(services)
    assert archive_of(services, filmed.asha).state is ArchiveState.ENDED


def test_a_film_withdrawn_while_it_is_made_is_not_in_it(
    services: Services, filmed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(point: Point) -> None:
        if point is Point.ARCHIVE_WRITTEN and archive_of(services, filmed.asha).attempt == 1:
            withdraw(services, filmed, "Carpet time")

    monkeypatch.setattr(making, "reached", meanwhile)
    ask(services, filmed.asha)
    assert make_next(services)
    assert archive_of(services, filmed.asha).state is ArchiveState.WAITING
    assert kept(services) == []
    assert make_next(services)
    archive = archive_of(services, filmed.asha)
    assert archive.state is ArchiveState.READY
    with services.storage.local(str(archive.key)) as path:
        assert b"film of Carpet time" not in path.read_bytes()


class Disk(NamedTuple):
    free: int


@pytest.mark.parametrize("when", ["seen before", "while it is put"])
def test_without_room_it_fails_with_a_plain_sentence_and_leaves_nothing(
    when: str, services: Services, filmed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageFull("There is no room left to store this.")

    if when == "seen before":
        monkeypatch.setattr(making.shutil, "disk_usage", lambda _: Disk(100))
    else:
        monkeypatch.setattr(services.storage, "put", full)
    ask(services, filmed.asha)
    make_next(services)
    archive = archive_of(services, filmed.asha)
    assert archive.state is ArchiveState.FAILED
    assert "There is no room" in str(archive.reason)
    assert (kept(services), list(services.settings.scratch.glob("work-*"))) == ([], [])


def test_a_store_that_is_away_is_tried_again_later(services: Services, filmed: World) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            return getattr(services.storage, name)

        def put(self, *_: object) -> None:
            raise Unavailable("The store does not answer.")

    ask(services, filmed.asha)
    make_next(replace(services, storage=Away()))  # type: ignore[arg-type]
    archive = archive_of(services, filmed.asha)
    assert archive.state is ArchiveState.WAITING
    assert archive.wait_until is not None
    assert not make_next(services)
    change(services, wait_until=None)
    assert make_next(services)


def test_a_worker_that_is_to_go_hands_it_back_and_the_attempt_does_not_count(services: Services, filmed: World) -> None:
    ask(services, filmed.asha)
    services.redis.flushall()
    assert make_next(services, asked_to_stop=lambda: True)
    archive = archive_of(services, filmed.asha)
    assert (archive.state, archive.attempts_left) == (ArchiveState.WAITING, rules.ATTEMPTS)
    assert services.doorbell.waiting("archive") == 1


def test_the_page_takes_few_statements(services: Services, filmed: World, take: Take, client_for: SignedIn) -> None:
    take(filmed.asha)
    asha = client_for(filmed.asha)
    asha.get("/me/takeout")
    with counted(services.database.engine) as statements:
        asha.get("/me/takeout")
    assert len(statements) <= 9
