"""An account of the database for the running system, which adds to the log and cannot change it (SAFEGUARDING C1)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from tests.support.world import World
from veo_workflow.audit.operations import record
from veo_workflow.services import Services, open_services
from workers.upkeep import one_round

pytestmark = pytest.mark.parametrize("database", ["postgresql"])
ROLE = "veo_app"
SCRIPT = Path(__file__).parents[2] / "config/postgresql-role.sql"
LOG = ("audit_entries", "audit_seals", "sealed_entries")
CHANGES = (
    "UPDATE audit_entries SET action = 'nothing'",
    "UPDATE audit_seals SET hash = 'another'",
    "UPDATE sealed_entries SET seal_number = 1",
    "DELETE FROM audit_entries",
    "DELETE FROM audit_seals",
    "DELETE FROM sealed_entries",
)


@pytest.fixture
def restricted(services: Services) -> Iterator[Services]:
    """The machinery as that account; the tables are somebody else's."""
    owner = make_url(services.settings.database_url)
    for _ in range(2):  # run again it changes nothing
        where = ["--dbname", owner.set(drivername="postgresql").render_as_string()]
        subprocess.run(["psql", "--quiet", *where, "--set", f"role={ROLE}", "--file", SCRIPT], check=True)
    address = owner.set(username=ROLE).render_as_string(hide_password=False)
    opened = open_services(services.settings.model_copy(update={"database_url": address}))
    yield opened
    opened.events.close()
    opened.database.engine.dispose()
    with services.database.engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {ROLE}"))
        connection.execute(text(f"DROP ROLE {ROLE}"))


def refused(engine: Engine, statement: str) -> bool:
    with pytest.raises(ProgrammingError) as error, engine.begin() as connection:
        connection.execute(text(statement))
    return isinstance(error.value.orig, InsufficientPrivilege)


def test_the_account_of_the_running_system_adds_to_the_log_and_cannot_change_it(
    restricted: Services, services: Services, world: World
) -> None:
    with restricted.database.transaction() as session:
        record(session, "clip_shared", by=world.asha.id, school=world.asha.school_id, subject=("clip", None))
    done = one_round(restricted)
    assert done["failures"] == 0, "it may do all that upkeep does"
    assert done["audit_sealed"] > 0
    with services.database.engine.begin() as connection:  # so that nothing but its rights stands in the way
        for table in LOG:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only"))
    try:
        for statement in CHANGES:
            assert refused(restricted.database.engine, statement)
        for table in LOG:
            assert refused(restricted.database.engine, f"TRUNCATE {table} CASCADE")
            assert refused(restricted.database.engine, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    finally:
        with services.database.engine.begin() as connection:
            for table in LOG:
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only"))
    assert refused(restricted.database.engine, "SET session_replication_role = replica")
    assert refused(restricted.database.engine, "UPDATE alembic_version SET version_num = '0001'")
