"""What became of every crash point, cell of the access matrix and promise, at the end of a run, wherever tests ran."""

from collections.abc import Callable
from typing import Any

from tests.promises.table import TABLE, Row

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


def print_promises(terminal: Any) -> None:
    """Of each promise how its tests came out, if the table itself was looked at in this run."""
    became: dict[tuple[str, str], list[str]] = {}
    for kind in ("passed", "failed", "error", "skipped"):
        for report in terminal.stats.get(kind, []):
            file, _, name = report.nodeid.partition("::")
            became.setdefault((file, name.partition("[")[0]), []).append(kind)
    if not any(file.startswith("tests/promises/") for file, _ in became):
        return
    terminal.section("what is promised about footage (SAFEGUARDING A1 to E7)")
    for row in TABLE:
        terminal.write_line(f"{row.number}  {_outcome(row, became):<34} {row.promise}")


def _outcome(row: Row, became: dict[tuple[str, str], list[str]]) -> str:
    named = [became.get((file, name), []) for file, names in row.tests.items() for name in names]
    runs = [kind for each in named for kind in each]
    idle = sum(1 for each in named if not each)
    said = f"{runs.count('passed')} passed"
    for count, word in ((len(runs) - runs.count("passed"), "NOT PASSED"), (idle, "tests not run")):
        said += f", {count} {word}" if count else ""
    return f"{said if named else 'NOT KEPT'}{f' ({row.missing})' if row.missing else ''}"
