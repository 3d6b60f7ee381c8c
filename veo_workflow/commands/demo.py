"""`veo demo`: the demo school, made if it is not there."""

import dataclasses
import json

import click

from veo_workflow.commands import ready_services


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Accounts, pairs and cycles as one JSON object.")
def demo(as_json: bool) -> None:
    """Make the demo school if it is not there, and say who can sign in."""
    from veo_workflow.demo.school import ensure_demo

    facts = ensure_demo(ready_services(), lambda stage: click.echo(stage, err=True))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(facts), default=str))
        return
    for account in facts.accounts:
        click.echo(f"{account.name:<16} {account.email:<28} {account.password}  {', '.join(account.roles)}")
