"""The command line's rooms: one module for each command, found by name in `veo_workflow.cli`."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from veo_workflow.services import Services


def ready_services() -> "Services":
    """The services of this copy, on a database brought up to date, so that any command may be the first one."""
    from veo_workflow.commands import data_folder
    from veo_workflow.commands.migrate import upgrade
    from veo_workflow.services import open_services
    from veo_workflow.settings import load

    settings = load()
    data_folder.prepare(settings)
    services = open_services(settings)
    upgrade(services.database)
    return services
