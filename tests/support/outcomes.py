"""What became of every crash point, listed at the end of a test run, wherever the tests ran."""

from typing import Any

NAME = "crash point"


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
