"""`veo school`: schools on this installation."""

import click

from veo_workflow.commands import ready_services


@click.group()
def school() -> None:
    """Schools on this installation."""


@school.command()
@click.argument("name")
def add(name: str) -> None:
    """Add a school with the usual terms and the starter playbook."""
    from veo_workflow.pages.beginning import make_school

    with ready_services().database.transaction() as session:
        made = make_school(session, name)
    click.echo(f"Added {made.name}. Its terms are the usual ones of this year.")
