"""Rows: the schema is the models', transactions commit once, bells ring afterwards, times keep their zone."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from tests.support.postgres import private_postgres
from tests.support.world import World, make_clip, make_world
from veo_workflow.clips import jobs
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import ClipState
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import Base, Database, after_commit, new_id, now
from veo_workflow.migrations import migrate, revisions
from veo_workflow.people.models import Person
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with private_postgres() as url:
        yield url


def test_the_migrations_lead_to_exactly_what_the_models_say(services: Services) -> None:
    engine = services.database.engine
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    present, newest = revisions(engine)
    assert present == newest


def test_migrating_again_changes_nothing_and_keeps_what_is_there(services: Services, world: World) -> None:
    migrate(services.database.engine)
    with services.database.reading() as session:
        assert session.get(Person, world.asha.id) is not None


def test_postgresql_takes_the_migrations_and_the_operations_as_sqlite_does(
    postgres_url: str, settings: Settings
) -> None:
    services = open_services(settings.model_copy(update={"database_url": postgres_url}))
    migrate(services.database.engine)
    world = make_world(services)
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        clip.state, clip.original_key = ClipState.QUEUED, "uploads/x/original"
        clips.queue_processing(session, clip, services.doorbell)
    with services.database.transaction() as session:
        claimed = jobs.claim(session, clip.id, 60)
        assert claimed is not None
        assert jobs.claim(session, clip.id, 60) is None
        assert jobs.renew(session, claimed, 60)
    migrate(services.database.engine)
    with services.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    services.database.engine.dispose()


def test_ids_are_version_7_and_come_in_the_order_they_were_made() -> None:
    ids = [new_id() for _ in range(3)]
    assert {made.version for made in ids} == {7}
    early, late = new_id(), None
    while late is None or late.int >> 80 == early.int >> 80:
        late = new_id()
    assert early < late


def test_a_time_without_a_zone_is_refused_and_any_zone_comes_back_as_utc(services: Services, world: World) -> None:
    half_past = datetime(2026, 11, 19, 15, 30, tzinfo=timezone(timedelta(hours=2)))
    with services.database.transaction() as session:
        session.get_one(Person, world.asha.id).disabled_at = half_past
    with services.database.reading() as session:
        assert session.scalar(select(Person.disabled_at).where(Person.id == world.asha.id)) == half_past
        assert session.get_one(Person, world.asha.id).disabled_at.tzinfo is UTC  # type: ignore[union-attr]
    with pytest.raises(Exception, match="without a zone"), services.database.transaction() as session:
        session.get_one(Person, world.asha.id).disabled_at = half_past.replace(tzinfo=None)


def test_bells_ring_after_the_commit_and_never_without_one(services: Services, world: World) -> None:
    rung: list[str] = []

    def ring() -> None:
        with services.database.reading() as session:
            rung.append(session.get_one(Person, world.asha.id).name)

    with services.database.transaction() as session:
        session.get_one(Person, world.asha.id).name = "Asha Patel"
        after_commit(session, ring)
        assert rung == []
    assert rung == ["Asha Patel"]
    with pytest.raises(LookupError):
        _fail_half_way(services, ring)
    assert rung == ["Asha Patel"]


def _fail_half_way(services: Services, ring: Callable[[], None]) -> None:
    with services.database.transaction() as session:
        after_commit(session, ring)
        raise LookupError


def test_a_reader_never_waits_for_a_writer_and_a_second_writer_does(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.sqlite3'}"
    database = Database(url)
    with database.engine.connect() as connection:
        connection.execute(text("CREATE TABLE things (n INTEGER)"))
        connection.commit()
    writer = database.open(writing=True)
    writer.execute(text("INSERT INTO things VALUES (1)"))
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM things")).scalar() == 0
    impatient = Database(url)
    with impatient.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    with pytest.raises(OperationalError), impatient.open(writing=True) as session:
        session.connection().exec_driver_sql("SELECT 1")
    writer.commit()
    writer.close()


def test_now_is_utc() -> None:
    assert now().tzinfo is UTC
