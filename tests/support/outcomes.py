"""What became of every crash point and cell of the access matrix, at the end of a run, wherever the tests ran."""

from collections.abc import Callable
from typing import Any

NAME = "crash point"
CELLS = "cells of the access matrix"


def note_cells(record_property: Callable[[str, object], None], cells: int, refused: int) -> None:
    """How many pairs of a person and an address a test has asked, and how many of them have to be refused."""
    record_property(CELLS, f"{cells} {refused}")


def print_cells(terminal: Any) -> None:
    counts = [
        [int(number) for number in value.split()]
        for report in terminal.stats.get("passed", [])
        for name, value in report.user_properties
        if name == CELLS
    ]
    if counts:
        cells, refused = (sum(each) for each in zip(*counts, strict=True))
        terminal.write_line(f"Access: {cells} cells asked, {refused} of them refused as they have to be.")


def print_outcomes(terminal: Any) -> None:
    """Tests leave (`NAME`, "where: what became of it") with `record_property`, which reports carry from any process."""
    lines = [
        f"{value}{'' if kind == 'passed' else f'  ({kind})'}"
        for kind in ("passed", "failed")
        for report in terminal.stats.get(kind, [])
        for name, value in report.user_properties
        if name == NAME
    ]
    if lines:
        terminal.section(f"{len(lines)} crashes and what became of them")
        for line in sorted(lines):
            terminal.write_line(line)
