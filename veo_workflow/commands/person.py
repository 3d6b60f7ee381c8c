"""`veo person` and `veo pair`: accounts, one-time links, and who coaches whom."""

import shutil
from datetime import datetime
from pathlib import Path

import click

from veo_workflow.commands import ready_services
from veo_workflow.database import now
from veo_workflow.scratch import folder_in
from veo_workflow.settings import Settings, load
from veo_workflow.storage.files import room_to_write

ROLES = ("lead", "administrator", "safeguarding_lead")


@click.group()
def person() -> None:
    """People with an account."""


@person.command()
@click.argument("email")
@click.argument("name")
@click.option("--school", "school_name", help="The school's name; may be left out when there is only one.")
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="A whole-school role; may be repeated.")
def add(email: str, name: str, school_name: str | None, roles: tuple[str, ...]) -> None:
    """Add a person and print a one-time invitation link."""
    from veo_workflow.people import operations
    from veo_workflow.people.models import LinkPurpose, Role
    from veo_workflow.schools.queries import school_named

    settings = load()
    with ready_services().database.transaction() as session:
        home = school_named(session, school_name)
        added = operations.add_person(
            session, school=home.id, email=email, name=name, roles=frozenset(Role(role) for role in roles)
        )
        token = operations.make_link(session, LinkPurpose.INVITATION, added)
    click.echo(f"Added {added.name} at {home.name}. This link works once, for two weeks:")
    click.echo(_address(settings, token))


@person.command()
@click.argument("email")
def link(email: str) -> None:
    """Print a one-time link with which the person sets a new password."""
    from veo_workflow.people import operations, queries
    from veo_workflow.people.models import LinkPurpose

    settings = load()
    with ready_services().database.transaction() as session:
        found = queries.person_by_email(session, email)
        token = operations.make_link(session, LinkPurpose.PASSWORD_RESET, found)
    click.echo(f"For {found.name} alone. It works once, for two hours:")
    click.echo(_address(settings, token))


@person.command()
@click.argument("email")
@click.argument("new_email")
def address(email: str, new_email: str) -> None:
    """Let a person sign in by another e-mail address; also frees the address of one who has left."""
    from veo_workflow.people import operations, queries

    with ready_services().database.transaction() as session:
        found = queries.person_by_email(session, email)
        operations.change_address(session, found, new_email)
        click.echo(f"{found.name} has the address {found.email} now; links sent to the old one have ended.")


@person.command(name="forget-second-step")
@click.argument("email")
def forget_second_step(email: str) -> None:
    """For a person who has lost phone and recovery codes: only the password is asked of them next time."""
    from veo_workflow.people import queries
    from veo_workflow.people.factors import operations

    with ready_services().database.transaction() as session:
        found = queries.person_by_email(session, email)
        operations.clear(session, found, by=None)
    click.echo(f"Next time only the password is asked of {found.name}, who is told so.")


@person.command()
@click.argument("email")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def takeout(email: str, folder: Path) -> None:
    """Write all that is a person's own, films included, as one archive into FOLDER, for them alone."""
    from veo_workflow.people import queries
    from veo_workflow.takeout.person import making, operations
    from veo_workflow.takeout.rules import file_name

    services = ready_services()
    with services.database.transaction() as session:
        found = queries.person_by_email(session, email)
        operations.note_export(session, found)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / file_name(now(), f"coaching {found.name}", found.id, "zip")
    with folder_in(services.settings.scratch, "archive") as scratch:
        making.write(services, found, scratch / "archive.zip")
        _move(scratch / "archive.zip", file)
    click.echo(f"{file} holds what is {found.name}’s own. It may show children: give it to nobody else.")


def _move(written: Path, file: Path) -> None:
    """Under its name only once it is whole, and readable by its owner alone."""
    beside = file.with_suffix(".part")
    try:
        with room_to_write():
            shutil.copyfile(written, beside)
        beside.chmod(0o600)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _address(settings: Settings, token: str) -> str:
    return f"{settings.origin}/welcome/{token}"


@click.group()
def pair() -> None:
    """Who coaches whom."""


@pair.command(name="add")
@click.argument("coach")
@click.argument("coachee")
@click.option("--from", "starts_on", type=click.DateTime(["%Y-%m-%d"]), help="First day; today if left out.")
def add_pair(coach: str, coachee: str, starts_on: datetime | None) -> None:
    """Make a pair of two people, named by e-mail."""
    from veo_workflow.people import operations, queries
    from veo_workflow.schools.queries import today_at

    with ready_services().database.transaction() as session:
        coaching = queries.person_by_email(session, coach)
        made = operations.make_pair(
            session,
            coach=coaching,
            coachee=queries.person_by_email(session, coachee),
            starts_on=starts_on.date() if starts_on else today_at(session, coaching.school_id),
            ends_on=None,
            by=None,
        )
        session.flush()
        click.echo(f"{made.coach.name} coaches {made.coachee.name} from {made.starts_on}.")


@pair.command(name="end")
@click.argument("coach")
@click.argument("coachee")
def end_pair(coach: str, coachee: str) -> None:
    """End a pair: the coach loses its footage at once, and what it has planned is cancelled."""
    from veo_workflow.cycles.pairing import operations
    from veo_workflow.people import queries

    with ready_services().database.transaction() as session:
        found = queries.active_pair(
            session, queries.person_by_email(session, coach), queries.person_by_email(session, coachee)
        )
        operations.end_pair(session, found, by=None)
    click.echo("The pair has ended.")
