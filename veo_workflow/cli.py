"""`veo`: the command line, over the same operations as the web.

A command's module is imported when the command is used, so that `veo doctor` does not wait for what `veo run` needs.
What goes wrong with a name of its own (`VeoError`) is told here, in one line, and the command ends with 1.
"""

import importlib

import click

from veo_workflow.errors import VeoError

COMMANDS = {
    "run": "veo_workflow.commands.run:run",
    "events": "veo_workflow.commands.events:events",
    "worker": "veo_workflow.commands.worker:worker",
    "upkeep": "veo_workflow.commands.upkeep:upkeep",
    "migrate": "veo_workflow.commands.migrate:migrate",
    "doctor": "veo_workflow.commands.doctor:doctor",
    "demo": "veo_workflow.commands.demo:demo",
    "school": "veo_workflow.commands.school:school",
    "person": "veo_workflow.commands.person:person",
    "pair": "veo_workflow.commands.person:pair",
    "clip": "veo_workflow.commands.clip:clip",
    "audit": "veo_workflow.commands.audit:audit",
    "erasures": "veo_workflow.commands.erasures:erasures",
    "backup": "veo_workflow.commands.backup:backup",
    "restore": "veo_workflow.commands.backup:restore",
    "held": "veo_workflow.commands.backup:held",
}


class Told(click.ClickException):
    """An error that is its own sentence."""

    def show(self, file: object = None) -> None:
        click.echo(self.message, err=True)


class Veo(click.Group):
    """Finds its commands by name, and renders their errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except VeoError as error:
            raise Told(error.message) from error


@click.group(cls=Veo, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="veo-workflow")
def main() -> None:
    """Video observation for instructional coaching: open, self-hosted, private."""
