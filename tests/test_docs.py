"""What the documentation says of the code is true."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from veo_workflow.media import Kind, rules, sandbox, verify
from veo_workflow.media import run as running

HERE = Path(__file__).resolve().parents[1]
MEDIA = (HERE / "docs" / "media.md").read_text()
Told = set[tuple[str, str]]


def table(name: str) -> list[tuple[str, str]]:
    """Code and sentence of each row of the table under that mark; what only a file can tell is … there."""
    rows = MEDIA.split(f"<!-- {name} -->\n")[1].split("\n\n")[0]
    return re.findall(r"^\| `(\w+)` \| (.+) \|$", rows, re.MULTILINE)


def refusals() -> Told:
    """Code and sentence, as a pattern, of every `Unusable` that is made anywhere in the media room."""
    found = set()
    for path in Path(str(rules.__file__)).parent.glob("*.py"):
        for call in calls(path, "Unusable"):
            code, sentence = call.args
            assert isinstance(code, ast.Constant)
            found.add((str(code.value), pattern(sentence, rules)))
    return found


def failures() -> Told:
    """The same of every `MediaFailure`."""
    found = {(verify.NotAsPlanned.code, re.escape(verify.NotAsPlanned("").message))}
    for room in (running, sandbox):
        for call in calls(Path(str(room.__file__)), "MediaFailure"):
            codes = [word.value for word in call.keywords if word.arg == "code"]
            code = codes[0].value if codes and isinstance(codes[0], ast.Constant) else "media_failed"
            found.add((str(code), pattern(call.args[0], room)))
    return found


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def pattern(sentence: ast.expr, room: ModuleType) -> str:
    """What a sentence looks like: its constants as they are, and anything where a value is filled in."""
    if isinstance(sentence, ast.Constant):
        return re.escape(str(sentence.value))
    if isinstance(sentence, ast.FormattedValue):
        return pattern(sentence.value, room)
    if isinstance(sentence, ast.JoinedStr):
        return "".join(pattern(part, room) for part in sentence.values)
    if isinstance(sentence, ast.Name) and isinstance(vars(room).get(sentence.id), str):
        return re.escape(vars(room)[sentence.id])
    return r"\S+"


@pytest.mark.parametrize(("name", "told"), [("reasons", refusals()), ("failures", failures())])
def test_every_reason_and_its_sentence_stands_in_the_table_and_no_other(name: str, told: Told) -> None:
    rows = table(name)
    untold = {
        row for row in rows if not any(row[0] == code and re.fullmatch(sentence, row[1]) for code, sentence in told)
    }
    unwritten = {each for each in told if not any(row[0] == each[0] and re.fullmatch(each[1], row[1]) for row in rows)}
    assert (untold, unwritten) == (set(), set())
    assert len(rows) == len(set(rows)) == len(told)


def test_every_class_of_plan_is_described() -> None:
    described = re.findall(r"^\| `([\w ]+)` \| ", MEDIA.split("## What is done to it")[1], re.MULTILINE)
    assert described == [kind.value for kind in Kind]


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in (HERE / "docs").glob("*.md"))])
def test_what_a_page_points_at_is_there(page: str) -> None:
    named = re.findall(
        r"(?:`|\()((?:docs|tests|config|veo_workflow|benchmarks)/[\w./-]+)(?:`|\))", (HERE / page).read_text()
    )
    assert [name for name in named if not (HERE / name).exists()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (HERE / "README.md").read_text()
    assert [path.name for path in (HERE / "docs").glob("*.md") if f"`docs/{path.name}`" not in readme] == []
