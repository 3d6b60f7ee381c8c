"""Server-sent events about clips on their way."""

from collections.abc import Iterator

from veo_workflow.clips import progress
from veo_workflow.clips.queries import OnItsWay
from veo_workflow.events import Events
from veo_workflow.streams import HEARTBEAT, event, heard


def told(events: Events, clips: list[OnItsWay]) -> Iterator[str]:
    """The clips' progress, as it is now and as it comes."""
    with events.subscribe(progress.topic(each.clip.id) for each in clips) as subscription:
        for message in progress.latest(events, clips):
            yield event("progress", message)
        for news in heard(events, subscription):
            yield HEARTBEAT if news is None else event("progress", news)
