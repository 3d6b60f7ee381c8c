"""The table of faults names tests that exist."""

import ast
from pathlib import Path

import pytest

from tests.faults.table import TABLE, Row

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("row", TABLE, ids=[row.fault for row in TABLE])
def test_every_fault_has_its_tests(row: Row) -> None:
    assert row.tests
    for file, names in row.tests.items():
        written = {node.name for node in ast.parse((ROOT / file).read_text()).body if isinstance(node, ast.FunctionDef)}
        assert set(names) <= written, file
