"""Pure decisions about a reading: how it is read from a form, and typed into one."""

from dataclasses import dataclass
from datetime import date

from veo_workflow.cycles.models import MeasureReading
from veo_workflow.cycles.rules import read_measure, say_measure
from veo_workflow.errors import InvalidInput
from veo_workflow.schools.year.rules import FIRST_DAY


@dataclass(frozen=True)
class Figure:
    """What was measured, in the goal's unit, and on which day."""

    value: float
    taken_on: date


def read_figure(sent: dict[str, str], unit: str, today: date) -> Figure:
    """The figure in a form’s fields; without a day it was measured today. Raises InvalidInput naming each field."""
    problems: dict[str, str] = {}
    value = None
    try:
        value = read_measure(sent.get("value", ""), unit)
        if value is None:
            problems["value"] = "Write the figure you measured, for example 12, 40 or 2:50."
    except InvalidInput as wrong:
        problems["value"] = wrong.message
    taken_on = today
    try:
        taken_on = date.fromisoformat(sent.get("taken_on", "").strip() or today.isoformat())
    except ValueError:
        problems["taken_on"] = "Choose the day on which you measured."
    if taken_on > today:
        problems["taken_on"] = "This day has not come yet. Choose the day on which you measured."
    if taken_on < FIRST_DAY:
        problems["taken_on"] = "Choose the day on which you measured."
    if problems or value is None:
        raise InvalidInput("The figure is not saved yet. Look at what is marked.", fields=problems)
    return Figure(value, taken_on)


def typed(reading: MeasureReading, unit: str) -> dict[str, str]:
    """The reading as its form would send it."""
    return {
        "value": say_measure(reading.value, unit),
        "taken_on": reading.taken_on.isoformat(),
        "version": str(reading.version),
    }


def read_version(sent: dict[str, str]) -> int:
    """Which version of a reading a form was filled from; one that nothing has where it does not say."""
    version = sent.get("version", "")
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else -1
