"""The table of promises is the whole of SAFEGUARDING A to E, and names tests that exist."""

import ast
from itertools import groupby
from pathlib import Path

import pytest

from tests.promises.table import TABLE, Row

ROOT = Path(__file__).parents[2]


def test_every_row_is_there_in_its_order() -> None:
    numbers = [row.number for row in TABLE]
    assert {letter: len(list(rows)) for letter, rows in groupby(numbers, lambda number: number[0])} == {
        "A": 6,
        "B": 4,
        "C": 3,
        "D": 5,
        "E": 7,
    }
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("row", TABLE, ids=[row.number for row in TABLE])
def test_every_promise_has_its_tests_or_says_what_is_missing(row: Row) -> None:
    assert row.tests or row.missing
    for file, names in row.tests.items():
        written = {node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)}
        assert set(names) <= written, file
