"""`veo audit`: whether the log of who did what is as it was written."""

import json
import uuid
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


@audit.command()
@click.option("--account", metavar="EMAIL", help="What somebody could see and did, as when their device was lost.")
@click.option("--clip", type=click.UUID, help="Who could see one clip, and what was done with it.")
def breach(account: str | None, clip: uuid.UUID | None) -> None:
    """Who had access to what, and when, as CSV: for the report of a breach. That it was made is in the log."""
    from veo_workflow.audit.operations import record
    from veo_workflow.clips.models import Clip
    from veo_workflow.commands import ready_services
    from veo_workflow.people.queries import person_by_email
    from veo_workflow.removal.breach import queries as pack
    from veo_workflow.removal.breach.asking import Asked

    if bool(account) == bool(clip):
        raise click.UsageError("Say whose account, or which clip: one of the two.")
    with ready_services().database.transaction() as session:
        person = person_by_email(session, account) if account else None
        found = session.get(Clip, clip) if clip else person
        if found is None:
            raise click.UsageError("There is no such clip.")
        asked = Asked(found.school_id, account=person.id if person else None, clip=clip)
        file = pack.as_csv(session, asked)
        record(session, "breach_pack_made", by=None, school=found.school_id, subject=asked.subject)
    with file:
        for line in file:
            click.echo(line, nl=False)
