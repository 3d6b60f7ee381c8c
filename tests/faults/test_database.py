"""PostgreSQL that hangs up, replies that are lost, clocks that are wrong, and two people at once."""

import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from tests.support.backroom import Backroom, backroom, film, wait_for
from tests.support.postgres import private_postgres
from tests.support.relay import LosesReplies
from tests.support.world import make_clip
from veo_workflow.clips import jobs, operations
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.commands import probes
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import make_engine, new_id
from veo_workflow.errors import Conflict
from veo_workflow.people.models import Person
from veo_workflow.tags import operations as tags
from veo_workflow.tags import rules as tag_rules
from veo_workflow.tags.models import Tag
from workers import upkeep

ASKEW = [sys.executable, "-m", "tests.support.askew"]
HANG_UP = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture
def room(tmp_path: Path, postgres_url: str) -> Iterator[Backroom]:
    engine = make_engine(postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    with backroom(tmp_path, database_url=postgres_url) as opened:
        yield opened


def test_connections_that_are_thrown_out_in_the_middle_of_a_clip_cost_nothing(room: Backroom, tmp_path: Path) -> None:
    room.slow()
    clip_id = room.send(film(tmp_path / "lesson.mp4", 5))
    room.worker()
    with room.upkeep():
        room.wait_until_converting(clip_id)
        engine = make_engine(room.settings.database)
        for _ in range(5):
            with engine.connect() as connection:
                connection.execute(HANG_UP)
        engine.dispose()
        room.wait_until_ready(clip_id)
    room.check_published(clip_id)
    room.check_nothing_contradicts()


@pytest.mark.parametrize(
    "words",
    [(b"UPDATE jobs", b"lease_until", b"running"), (b"INSERT INTO renditions", b"playback.mp4")],
    ids=["of the claim", "of the publication"],
)
def test_a_commit_whose_reply_is_lost_is_neither_half_nor_twice(
    room: Backroom, postgres_url: str, tmp_path: Path, words: tuple[bytes, ...]
) -> None:
    clip_id = room.send(film(tmp_path / "lesson.mp4", 1))
    line = LosesReplies(f"{postgres_url.partition('host=')[2]}/.s.PGSQL.5432", *words)
    port = line.origin.rpartition(":")[2]
    room.worker(VEO_DATABASE_URL=f"postgresql+psycopg://veo@127.0.0.1:{port}/postgres")
    with room.upkeep():
        room.wait_until_ready(clip_id)
    assert line.has_lost.is_set()
    room.check_published(clip_id)
    line.end()  # not before whoever published has tidied up, over this very line
    room.check_nothing_contradicts()
    assert room.clip(clip_id).original_key is None
    wait_for(lambda: not list(room.services.storage.list("uploads/")))


def test_clocks_that_are_an_hour_off_take_no_job_from_anybody(room: Backroom, tmp_path: Path) -> None:
    room.slow()
    room.program([*ASKEW, "3600", "upkeep"])
    wait_for(lambda: probes.upkeep_beats(room.services.redis), room.said)
    clip_id = room.send(film(tmp_path / "lesson.mp4", 4))
    room.worker([*ASKEW, "-3600", "worker"])
    room.wait_until_ready(clip_id)
    assert room.job(clip_id).attempt == 1
    room.check_published(clip_id)
    room.check_nothing_contradicts()


def test_upkeep_takes_nothing_from_a_worker_that_is_just_renewing_its_lease(room: Backroom, tmp_path: Path) -> None:
    clip_id = room.send(film(tmp_path / "lesson.mp4", 1))
    database = room.services.database
    with database.transaction() as session:
        claimed = jobs.claim(session, clip_id, -1)
    assert claimed is not None
    with database.transaction() as renewing:
        assert jobs.renew(renewing, claimed, 60)
        assert upkeep.reclaim(room.services) == 0, "its row is in somebody's hands: the next round will see"
    assert upkeep.reclaim(room.services) == 0
    with database.transaction() as session:
        assert jobs.renew(session, claimed, -1)
    assert upkeep.reclaim(room.services) == 1
    with database.transaction() as session:
        assert not jobs.renew(session, claimed, 60)


def test_a_withdrawal_and_a_publication_at_once_do_not_block_each_other(room: Backroom, tmp_path: Path) -> None:
    clip_id = room.send(film(tmp_path / "lesson.mp4", 1))
    database = room.services.database
    with database.transaction() as session:
        claimed = jobs.claim(session, clip_id, 60)
    assert claimed is not None
    made = jobs.Made(1000, 10, 1, 10, 160, 120, None, "0" * 64)

    def withdraw() -> None:
        with database.transaction() as session:
            operations.withdraw(session, session.get_one(Clip, clip_id), by=room.world.asha)

    withdrawing = threading.Thread(target=withdraw)
    with database.transaction() as session:
        assert jobs.publish(session, claimed, made, [], keep_original=False)
        withdrawing.start()
        wait_for(lambda: _somebody_waits(room))
    withdrawing.join(60)
    assert room.clip(clip_id).state is ClipState.WITHDRAWN


def _somebody_waits(room: Backroom) -> bool:
    with room.services.database.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def at_once(*acts: Callable[[], None]) -> None:
    """Everybody starts at the same moment."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        gate.wait()
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


@pytest.fixture
def clip_id(room: Backroom) -> uuid.UUID:
    with room.services.database.transaction() as session:
        asha = session.get_one(Person, room.world.asha.id)
        return make_clip(session, session.get_one(Cycle, room.world.cycle.id), asha).id


WANTED = tag_rules.read_tag({"kind": "note", "pressed_ms": 2000, "start_ms": 1000, "end_ms": 3000})


def _put(room: Backroom, clip_id: uuid.UUID, tag_id: uuid.UUID, wanted: tag_rules.Wanted, by: Person) -> None:
    with room.services.database.transaction() as session:
        author = session.get_one(Person, by.id)
        tags.put_tag(session, session.get_one(Clip, clip_id), tag_id, wanted, by=author)


def test_two_people_tagging_at_once_on_postgresql_keep_everything(room: Backroom, clip_id: uuid.UUID) -> None:
    def press(by: Person) -> None:
        for _ in range(20):
            _put(room, clip_id, new_id(), WANTED, by)

    at_once(lambda: press(room.world.asha), lambda: press(room.world.priya))
    with room.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Tag)) == 40


def test_one_note_changed_on_two_screens_at_once_on_postgresql_is_a_conflict_for_one(
    room: Backroom, clip_id: uuid.UUID
) -> None:
    tag_id, outcome = new_id(), []
    _put(room, clip_id, tag_id, WANTED, room.world.priya)
    with room.services.database.reading() as session:
        version = session.get_one(Tag, tag_id).version

    def change(note: str) -> None:
        try:
            _put(room, clip_id, tag_id, replace(WANTED, note=note, version=version), room.world.priya)
            outcome.append(note)
        except Conflict as conflict:
            outcome.append(conflict.code)

    at_once(lambda: change("one"), lambda: change("other"))
    with room.services.database.reading() as session:
        kept = session.get_one(Tag, tag_id).note
    assert kept in {"one", "other"}
    assert sorted(word == kept for word in outcome) == [False, True]
