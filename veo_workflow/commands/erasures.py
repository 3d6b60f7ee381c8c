"""`veo erasures`: what has been erased, kept beside the backups and replayed over one that was restored."""

from datetime import timedelta
from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def erasures() -> None:
    """The ledger of what must not come back: erased clips, trims, shares taken back, flags, holds, removed files,
    pairs that ended, accounts that were closed, changed roles and ways of signing in.
    """


@erasures.command()
@click.argument("file", type=FILE)
def save(file: Path) -> None:
    """Bring FILE up to date. Keep it with the backups, and more often than they are made."""
    from veo_workflow.commands import ready_services
    from veo_workflow.database import now
    from veo_workflow.removal import ledger

    services = ready_services()
    ledger.note_changes(services.database, services.storage, now() - timedelta(days=366))
    click.echo(f"{ledger.save(services.storage, file):,} entries are in {file}.")


@erasures.command()
@click.argument("file", type=FILE)
def replay(file: Path) -> None:
    """Do again what FILE says had been done: erased, trimmed, taken back, flagged, held, removed."""
    from veo_workflow.commands import ready_services
    from veo_workflow.removal import ledger

    found = ledger.read(file)
    services = ready_services()
    with services.database.transaction() as session:
        count = ledger.replay_all(session, found, services.storage)
    click.echo(f"{count:,} of {len(found):,} had come back, and are gone again. Upkeep erases their files.")
