"""`veo clip`: footage from the command line, through the same operations as the web."""

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from veo_workflow.commands import ready_services
from veo_workflow.commands.clip_plan import plan
from veo_workflow.errors import VeoError
from veo_workflow.services import Services

PURPOSES = ("baseline", "practice", "progress", "exemplar")
POLL = 0.1
ENDED = ("ready", "failed", "quarantined", "withdrawn", "expired")


@dataclass
class Item:
    """One file on its way; `seconds` is from the first byte to the last word."""

    file: Path
    began: float
    id: uuid.UUID | None = None
    state: str = "uploading"
    reason: str | None = None
    seconds: float = 0.0

    def said(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "id": str(self.id) if self.id else None,
            "state": self.state,
            "reason": self.reason,
            "seconds": round(self.seconds, 2),
        }


@click.group()
def clip() -> None:
    """Footage."""


clip.add_command(plan)


@clip.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="The coachee's e-mail address.")
@click.option("--cycle", "cycle_id", required=True, type=click.UUID, help="The cycle the clips belong to.")
@click.option("--purpose", required=True, type=click.Choice(PURPOSES))
@click.option("--wait", is_flag=True, help="Wait until each clip is ready or has failed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, in the order given.")
def add(files: tuple[Path, ...], email: str, cycle_id: uuid.UUID, purpose: str, wait: bool, as_json: bool) -> None:
    """Upload lesson clips for a coachee."""
    from veo_workflow.people.queries import person_by_email

    services = ready_services()
    with services.database.reading() as session:
        person = person_by_email(session, email)
    with _bars(quiet=as_json) as bars:
        tasks = [bars.add_task(path.name, total=1.0, stage="Waiting") for path in files]
        items = []
        for path, task in zip(files, tasks, strict=True):
            items.append(_send(services, person, cycle_id, purpose, path, bars, task))
        if wait:
            _follow(services, items, bars, tasks)
    for item in items:
        if as_json:
            click.echo(json.dumps(item.said()))
        elif item.reason:
            click.echo(f"{item.file.name}: {item.reason}", err=True)
        else:
            click.echo(f"{item.file.name}: {item.state}, clip {item.id}")
    if any(item.state not in {"ready", "queued", "processing"} for item in items):
        raise SystemExit(1)


def _bars(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        TextColumn("{task.fields[stage]}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet,
    )


def _send(
    services: Services, person: Any, cycle_id: uuid.UUID, purpose: str, path: Path, bars: Progress, task: Any
) -> Item:
    from veo_workflow.clips.models import Purpose
    from veo_workflow.clips.uploads.operations import add_file

    item = Item(path, time.monotonic())
    try:
        item.id = add_file(
            services,
            person,
            cycle_id,
            Purpose(purpose),
            path,
            lambda fraction: bars.update(task, completed=fraction, stage="Uploading"),
        )
        item.state = "queued"
    except VeoError as error:
        item.state, item.reason = "failed", error.message
    item.seconds = time.monotonic() - item.began
    return item


def _follow(services: Services, items: list[Item], bars: Progress, tasks: list[Any]) -> None:
    """Watch each clip until it has ended, one way or the other."""
    from veo_workflow.clips.models import Clip
    from veo_workflow.clips.progress import latest
    from veo_workflow.clips.queries import OnItsWay

    waiting = {item.id: (item, task) for item, task in zip(items, tasks, strict=True) if item.id}
    while waiting:
        with services.database.reading() as session:
            clips = [found for clip_id in waiting if (found := session.get(Clip, clip_id))]
        asked = [OnItsWay(row, watchable=False) for row in clips]  # nobody watches from here
        for message, row in zip(latest(services.events, asked), clips, strict=True):
            item, task = waiting[row.id]
            item.state, item.reason = row.state.value, row.reason
            item.seconds = time.monotonic() - item.began
            bars.update(task, completed=message["fraction"], stage=str(message["stage"]).title())
            if item.state in ENDED:
                bars.update(task, completed=1.0, stage=item.state.title())
                del waiting[row.id]
        time.sleep(POLL if waiting else 0)


@clip.command()
@click.argument("clip_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
def show(clip_id: uuid.UUID, as_json: bool) -> None:
    """A clip's state and files; no picture of it."""
    from veo_workflow.clips.models import Clip
    from veo_workflow.clips.queries import renditions_of
    from veo_workflow.errors import NotFound

    with ready_services().database.reading() as session:
        row = session.get(Clip, clip_id)
        if row is None:
            raise NotFound(f"There is no clip {clip_id}.")
        renditions = renditions_of(session, [clip_id])[clip_id]
    facts = {
        "id": str(row.id),
        "state": row.state.value,
        "reason": row.reason,
        "note": row.note,
        "purpose": row.purpose.value,
        "duration_ms": row.duration_ms,
        "frame_rate": str(row.frame_rate) if row.frame_rate_num else None,
        "frames": row.frames,
        "width": row.width,
        "height": row.height,
        "bytes": row.original_bytes + row.rendition_bytes,
        "original_key": row.original_key,
        "renditions": [
            {
                "kind": r.kind.value,
                "key": r.key,
                "content_type": r.content_type,
                "bytes": r.size_bytes,
                "width": r.width,
                "height": r.height,
            }
            for r in renditions.values()
        ],
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        if name != "renditions" and value is not None:
            click.echo(f"{name}: {value}")
    for r in renditions.values():
        click.echo(f"{r.kind.value}: {r.key} ({r.size_bytes} bytes)")
