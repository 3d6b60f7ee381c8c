"""`veo migrate`: bring the database to the shape this version expects."""

import click

from veo_workflow.commands import data_folder
from veo_workflow.database import Database
from veo_workflow.settings import load


@click.command()
def migrate() -> None:
    """Bring the database up to date."""
    settings = load()
    data_folder.prepare(settings)
    before, after = upgrade(Database(settings.database))
    click.echo(f"Already at {after}." if before == after else f"Now at {after} (was {before or 'empty'}).")


def upgrade(database: Database) -> tuple[str | None, str | None]:
    """The revision before, and the newest one, which the database has now."""
    from veo_workflow import migrations  # Alembic takes a quarter of a second to import

    before, newest = migrations.revisions(database.engine)
    if before != newest:
        migrations.migrate(database.engine)
    return before, newest
