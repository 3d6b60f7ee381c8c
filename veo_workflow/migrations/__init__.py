"""The schema's history (Alembic). Migrations run forwards only, on databases that have data."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine


def config(engine: Engine) -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["engine"] = engine
    return made


def migrate(engine: Engine) -> None:
    """Bring the database to the present schema; does nothing when it is there."""
    command.upgrade(config(engine), "head")


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """(the database's revision, the code's newest)."""
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    return present, ScriptDirectory.from_config(config(engine)).get_current_head()
