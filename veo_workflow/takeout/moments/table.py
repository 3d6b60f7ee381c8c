"""Moments as a table for any spreadsheet program: CSV in which no cell is run as a formula (SAFEGUARDING E5)."""

from collections.abc import Sequence

from veo_workflow.sheets import write
from veo_workflow.takeout.moments.rules import Film, Moment, sayable
from veo_workflow.wording import clock_tenths

HEADING = (
    "clip",
    "at",
    "start_ms",
    "end_ms",
    "pressed_ms",
    "step",
    "step_name",
    "kind",
    "note",
    "by",
    "shared",
    "replies",
)


def table(films: Sequence[Film]) -> str:
    """One line a moment, films and moments in order; `shared` is empty for the asker's own drafts."""
    return write(HEADING, (_line(film, moment) for film in films for moment in film.moments))


def _line(film: Film, moment: Moment) -> tuple[object, ...]:
    return (
        sayable(film.title),
        clock_tenths(moment.start_ms),
        moment.start_ms,
        moment.end_ms,
        moment.pressed_ms,
        moment.number,
        sayable(moment.step),
        moment.kind,
        sayable(moment.note),
        sayable(moment.by),
        "yes" if moment.shared else "",
        "\n".join(sayable(f"{reply.by}: {reply.text}") for reply in moment.replies),
    )
