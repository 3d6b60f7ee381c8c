"""`veo doctor --invariants`: whether rows, objects, scratch and Redis contradict each other."""

import json
from dataclasses import asdict
from datetime import timedelta

import click
from rich.console import Console

from veo_workflow import migrations
from veo_workflow.commands import data_folder, probes
from veo_workflow.errors import VeoError
from veo_workflow.invariants.checks import Contradiction, check_invariants
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings

ON_ITS_WAY = timedelta(hours=1)  # in a school that runs; upkeep has long been round by then


def look(settings: Settings, *, as_json: bool) -> bool:
    """Print what is found, and return whether all is well. Raises VeoError where there is nothing to look at."""
    services = _opened(settings)
    running = data_folder.is_held(settings) or bool(settings.redis_url)
    looked_at, found = _looked(services, with_redis=running or probes.redis_answers(services.redis))
    if as_json:
        sentences = [asdict(each) for each in found]
        click.echo(json.dumps({"ok": not found, "clips": looked_at, "contradictions": sentences}, indent=2))
    elif found:
        for each in found:
            click.echo(str(each))
    else:
        click.echo(f"Nothing contradicts: {looked_at} {'clip' if looked_at == 1 else 'clips'} looked at.")
    return not found


def _opened(settings: Settings) -> Services:
    if not settings.data.is_dir():
        raise VeoError(f"There is nothing in {settings.data} yet. Start it with make run.")
    services = open_services(settings)
    current, newest = migrations.revisions(services.database.engine)
    if current != newest:
        raise VeoError(f"The database is at {current or 'nothing'}, not {newest}. Run veo migrate first.")
    return services


def _looked(services: Services, *, with_redis: bool) -> tuple[int, list[Contradiction]]:
    looked_at = 0
    with Console(stderr=True).status("Looking at clips and objects") as status:

        def told(clips: int) -> None:
            nonlocal looked_at
            looked_at = clips
            status.update(f"{clips} clips and their objects looked at")

        found = check_invariants(services, patience=ON_ITS_WAY, with_redis=with_redis, on_progress=told)
    return looked_at, found
