"""`veo erasures`: what has been erased, kept beside the backups and replayed over one that was restored."""

from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def erasures() -> None:
    """The ledger of clips that are gone for good."""


@erasures.command()
@click.argument("file", type=FILE)
def save(file: Path) -> None:
    """Bring FILE up to date. Keep it with the backups, and more often than they are made."""
    from veo_workflow.commands import ready_services
    from veo_workflow.removal import ledger

    click.echo(f"{ledger.save(ready_services().storage, file):,} erasures are in {file}.")


@erasures.command()
@click.argument("file", type=FILE)
def replay(file: Path) -> None:
    """Withdraw every clip that FILE says had been erased; upkeep then erases it again."""
    from veo_workflow.commands import ready_services
    from veo_workflow.removal import ledger

    found = ledger.read(file)
    with ready_services().database.transaction() as session:
        count = ledger.replay(session, found)
    click.echo(f"{count:,} of {len(found):,} had come back, and are gone again. Upkeep erases their files.")
