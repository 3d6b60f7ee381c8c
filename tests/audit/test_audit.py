"""The log of who did what is only ever added to, and shows when somebody has been at it (SAFEGUARDING C1)."""

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.support.world import World, make_clip
from veo_workflow import settings
from veo_workflow.audit import operations, queries
from veo_workflow.audit.models import AuditEntry, AuditSeal, SealedEntry
from veo_workflow.audit.queries import Verified
from veo_workflow.cli import main
from veo_workflow.clips.models import ClipShare
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from workers import upkeep

pytestmark = pytest.mark.usefixtures("world")
HOUR = timedelta(hours=1)


def do_something(session: Session, world: World, *, ago: timedelta = timedelta()) -> None:
    session.add(
        AuditEntry(
            at=now() - ago,
            action="clip_shared",
            person_id=world.asha.id,
            school_id=world.asha.school_id,
            subject_kind="clip",
            subject_id=None,
        )
    )


def seal(services: Services) -> int:
    return upkeep.one_round(services)["audit_sealed"]


def verified(services: Services, patience: timedelta = HOUR) -> Verified:
    with services.database.reading() as session:
        return queries.verify(session, patience=patience, on_progress=lambda _: None)


@contextlib.contextmanager
def by_force(services: Services) -> Iterator[Connection]:
    """Somebody with the database's own password, who knows how to put its guards out of the way."""
    with services.database.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        yield connection


def test_upkeep_seals_what_was_done_and_the_chain_holds(services: Services, world: World) -> None:
    with services.database.reading() as session:
        written = session.scalar(select(func.count()).select_from(AuditEntry))
    assert seal(services) == written
    assert seal(services) == 0
    with services.database.transaction() as session:
        do_something(session, world)
    assert verified(services).waiting == 1
    assert seal(services) == 1
    found = verified(services)
    assert (found.entries, found.seals, found.waiting, found.faults) == (written + 1, 2, 0, ())


@pytest.mark.parametrize("table", [AuditEntry, AuditSeal, SealedEntry])
def test_the_database_itself_lets_nobody_change_or_remove_a_line(services: Services, table: type[AuditEntry]) -> None:
    seal(services)
    column = next(column for column in table.__table__.columns if column.name in {"action", "hash", "seal_number"})
    for wanted in (update(table).values({column.name: 1}), delete(table)):
        with pytest.raises(DBAPIError, match="append-only"), services.database.transaction() as session:
            session.execute(wanted)


def test_an_entry_that_was_edited_shows(services: Services) -> None:
    seal(services)
    one = select(AuditEntry.id).limit(1).scalar_subquery()
    with by_force(services) as connection:
        connection.execute(update(AuditEntry).where(AuditEntry.id == one).values(action="nothing_happened"))
    (fault,) = verified(services).faults
    assert "does not fit its entries" in fault


def test_an_entry_that_was_removed_shows(services: Services) -> None:
    count = seal(services)
    with by_force(services) as connection:
        connection.execute(delete(AuditEntry).where(AuditEntry.id == select(AuditEntry.id).limit(1).scalar_subquery()))
    assert verified(services).faults == (f"Seal 1 covers {count} entries; {count - 1} of them are there.",)


def test_an_entry_that_was_slipped_in_shows_for_want_of_a_seal(services: Services, world: World) -> None:
    seal(services)
    with services.database.transaction() as session:
        do_something(session, world, ago=3 * HOUR)
    seal(services)
    assert verified(services).faults == ()  # written late, sealed all the same
    with services.database.transaction() as session:
        do_something(session, world, ago=timedelta(days=40))
    assert seal(services) == 0
    assert verified(services).faults == ("1 entry has no seal although time enough has passed.",)


def test_a_seal_that_was_removed_or_made_anew_shows(services: Services, world: World) -> None:
    for _ in range(3):
        with services.database.transaction() as session:
            do_something(session, world)
        seal(services)
    with by_force(services) as connection:
        connection.execute(delete(SealedEntry).where(SealedEntry.seal_number == 2))
        connection.execute(delete(AuditSeal).where(AuditSeal.number == 2))
    assert verified(services).faults[0] == "Seal 2 is missing."


def test_a_log_that_was_cut_short_shows_by_its_last_seal(services: Services, world: World) -> None:
    seal(services)
    noted_down = verified(services).last
    with services.database.transaction() as session:
        do_something(session, world)
    seal(services)
    assert verified(services).last != noted_down


def test_many_entries_are_sealed_a_part_at_a_time(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(services)
    monkeypatch.setattr(operations, "AT_ONCE", 2)
    with services.database.transaction() as session:
        for _ in range(5):
            do_something(session, world)
    assert [seal(services) for _ in range(4)] == [2, 2, 1, 0]
    assert verified(services).faults == ()


@pytest.fixture
def command_line(services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The command line over these services' own database."""
    for name in ("data", "redis_url", "database_url", "secret_key"):
        monkeypatch.setenv(f"VEO_{name.upper()}", str(getattr(services.settings, name)))
    settings.load.cache_clear()
    yield CliRunner()
    settings.load.cache_clear()


def test_the_command_says_whether_all_is_well(services: Services, command_line: CliRunner) -> None:
    seal(services)
    asked = command_line.invoke(main, ["audit", "verify"])
    assert asked.exit_code == 0, asked.output
    assert "(1 seals), 0 not sealed yet" in asked.stdout
    with by_force(services) as connection:
        connection.execute(update(AuditEntry).values(person_id=None))
    asked = command_line.invoke(main, ["audit", "verify", "--json"])
    assert asked.exit_code == 1
    assert json.loads(asked.stdout)["ok"] is False


def test_a_breach_pack_says_who_could_see_what_and_who_did_and_is_itself_written_down(
    services: Services, world: World, command_line: CliRunner
) -> None:
    with services.database.transaction() as session:
        asha = session.get_one(Person, world.asha.id)
        asha.name = "=Asha Khan"  # a name that a spreadsheet would run
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), asha)
        private = make_clip(session, session.get_one(Cycle, world.cycle.id), asha, shared=False)
        session.add(ClipShare(clip_id=clip.id, person_id=world.sam.id, until=clip.delete_by))
        operations.record(session, "clip_watched", by=world.priya.id, school=asha.school_id, subject=("clip", clip.id))
        ids = clip.id, private.id
    of_clip = command_line.invoke(main, ["audit", "breach", "--clip", str(ids[0])])
    assert of_clip.exit_code == 0, of_clip.output
    told = [line.split(",")[0:1] + line.split(",")[3:5] for line in of_clip.stdout.splitlines()[1:]]
    assert told == [
        ["could", "'=Asha Khan", "owner"],
        ["could", "Priya Nair", "coach"],
        ["could", "Sam Hill", "shared by name"],
        ["did", "Priya Nair", "clip_watched"],
    ]
    of_account = command_line.invoke(main, ["audit", "breach", "--account", world.priya.email]).stdout
    assert str(ids[0]) in of_account
    assert str(ids[1]) not in of_account, "what was never shared with her"
    assert command_line.invoke(main, ["audit", "breach"]).exit_code == 2
    with services.database.reading() as session:
        made = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "breach_pack_made")
        assert session.scalar(made) == 2
