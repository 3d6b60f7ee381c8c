"""`veo backup`, `veo restore` and `veo held`: everything in a folder, and everything out of it again."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from veo_workflow.commands.keeping import Tell
from veo_workflow.settings import MIB, load

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=FOLDER)
def backup(folder: Path) -> None:
    """Copy the database and all footage to FOLDER while the system runs.

    What FOLDER has already from an earlier backup is not copied again.
    """
    from veo_workflow.commands.keeping.taking import back_up
    from veo_workflow.database import Database
    from veo_workflow.storage.choose import open_storage

    os.umask(0o077)
    settings = load()
    with _bar() as tell:
        made = back_up(settings, Database(settings.database), open_storage(settings), folder, tell)
    click.echo(f"Backed up {sum(made.rows.values())} rows and {len(made.keys)} files, {made.bytes / MIB:.0f} MiB.")
    if made.missing:
        click.echo(f"{len(made.missing)} files were erased meanwhile, or are lost; {folder}/manifest.json names them.")


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--erasures", type=click.Path(dir_okay=False, path_type=Path), help="What veo erasures save has written.")
def restore(folder: Path, erasures: Path | None) -> None:
    """Bring back what `veo backup` put into FOLDER, into a copy that is empty."""
    from veo_workflow.commands.keeping.bringing_back import restore as bring_back
    from veo_workflow.removal import ledger

    os.umask(0o077)
    settings, known = load(), ledger.read(erasures) if erasures else []
    with _bar() as tell:
        restored = bring_back(settings, folder, tell, known)
    rows, files = sum(restored.manifest.rows.values()), len(restored.manifest.keys)
    click.echo(f"Restored {rows} rows and {files} files of {restored.manifest.made_at}.")
    if restored.replayed:
        click.echo(f"{restored.replayed} things were erased or taken back since it was made; so they are again.")
    if not erasures:
        click.echo("No ledger was named: what was erased since is back unless storage knew of it. See veo erasures.")
    unknown, missing = len(restored.held.unknown), len(restored.held.missing)
    if unknown or missing:
        click.echo(
            f"{unknown} files are in storage that the database does not know, and {missing} are missing. Nothing is "
            "swept until you have looked: veo held lists them."
        )


@click.command()
@click.option("--release", is_flag=True, help="I have looked: upkeep may sweep again.")
def held(release: bool) -> None:
    """List what did not fit together after a restore, and what upkeep therefore does not sweep."""
    from veo_workflow.storage import held as holding
    from veo_workflow.storage.choose import open_storage

    storage = open_storage(load())
    found = holding.read(storage)
    if found is None:
        click.echo("Nothing is held: upkeep sweeps what no row speaks of.")
        return
    for word, keys in (("unknown", found.unknown), ("missing", found.missing)):
        for key in keys:
            click.echo(f"{word} {key}")
    if release:
        holding.release(storage)
        click.echo("Released: upkeep sweeps what no row speaks of.")
    else:
        click.echo("Upkeep sweeps nothing that no row speaks of; once you have looked: veo held --release")


@contextlib.contextmanager
def _bar() -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        stages = {}

        def tell(stage: str, done: float) -> None:
            if stage not in stages:
                stages[stage] = progress.add_task(stage, total=1.0)
            progress.update(stages[stage], completed=done)

        yield tell
