"""`veo audit`: whether the log of who did what is as it was written."""

import json
from dataclasses import asdict
from datetime import timedelta

import click
from rich.console import Console

PATIENCE = timedelta(hours=1)  # upkeep seals every half minute while it runs


@click.group()
def audit() -> None:
    """The log of who did what."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def verify(as_json: bool) -> None:
    """Check every seal of the log against the entries it covers."""
    from veo_workflow.audit.queries import verify as check
    from veo_workflow.commands import ready_services

    with Console(stderr=True).status("Looking at the log") as status, ready_services().database.reading() as session:
        found = check(session, patience=PATIENCE, on_progress=lambda n: status.update(f"{n:,} entries looked at"))
    if as_json:
        click.echo(json.dumps({"ok": not found.faults, **asdict(found)}, indent=2))
    else:
        for fault in found.faults:
            click.echo(fault)
        click.echo(
            f"{found.entries:,} entries sealed ({found.seals:,} seals), {found.waiting:,} not sealed yet. "
            f"The last seal is {found.last[:16]}: note it down elsewhere, and a log that was cut short will show."
        )
    if found.faults:
        raise SystemExit(1)
