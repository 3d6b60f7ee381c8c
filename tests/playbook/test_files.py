"""Playbooks in files: what is read, what is refused with its line, and that what goes out comes in unchanged."""

import random
import time
from dataclasses import replace

import pytest

from veo_workflow.errors import InvalidInput
from veo_workflow.playbook.bringing import operations, sheet, tree
from veo_workflow.playbook.models import PressKind
from veo_workflow.playbook.rules import ResourceWords, StepWords, StrategyWords, clean

STEP = StepWords("Turn", "Turn to a partner", "", "", None, PressKind.MOMENT, 6000, 4000)
WORDS = StrategyWords("Turn and talk", "All speak.", "", "", "", (STEP,), ())
HEADING = "strategy,purpose,name,step"


def read_csv(*lines: str, heading: str = HEADING) -> list[tuple[int, str]]:
    return [(fault.line, fault.where) for fault in sheet.read("\n".join([heading, *lines]).encode()).faults]


def read_yaml(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.where) for fault in tree.read(text.encode()).faults]


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (["Talk,All speak.,Turn,Turn", "Talk,,Say,Say it", ",,End,End it"], []),
        ([",All speak.,Turn,Turn"], [(2, "strategy")]),
        (["Talk,,Turn,Turn"], [(2, "purpose")]),
        (["Talk,All speak.,Turn,"], [(2, "step")]),
        (["Talk,All speak.,Turn,Turn", "talk,Some speak.,Say,Say it"], [(3, "purpose")]),
        (["A,For all.,Turn,Turn", "B,For all.,Turn,Turn", "A,,Say,Say it"], [(4, "strategy")]),
        (["Talk,All speak.,Turn,Turn, and talk"], [(2, "the line")]),
        (["Talk,All speak.,Turn,Turn"] * 31, [(2, "steps")]),
        (["Talk,,,"], [(2, "purpose"), (2, "name"), (2, "step")]),
    ],
)
def test_every_fault_of_a_sheet_is_said_with_its_line(lines: list[str], faults: list[tuple[int, str]]) -> None:
    assert read_csv(*lines) == faults


def test_semicolons_a_byte_order_mark_and_other_kinds_are_read_or_named() -> None:
    heading = "Strategy;Purpose;Name;Step;Press;Colour;Lead"
    content = "\ufeff" + "\r\n".join([heading, "Talk;All speak.;Turn;Turn;start end;Grey;2,5"])
    (wanted,) = sheet.read(content.encode()).wanted
    assert wanted.words.steps[0] == replace(STEP, title="Turn", press=PressKind.START_END, colour=8, lead_ms=2500)
    content = content.replace("start end", "video").replace("Grey", "mauve").replace("2,5", "soon")
    assert [fault.where for fault in sheet.read(content.encode()).faults] == ["colour", "press", "lead"]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("- title: Talk\n  purpose: All.\n  steps:\n  - {name: Turn, title: Turn}\n", []),
        ("- title: Talk\n  purpose: All.\n", [(1, "steps")]),
        ("- title: Talk\n  purpose: All.\n  steps: none\n", [(1, "steps"), (3, "steps")]),
        ("- title: Talk\n  purpse: All.\n  steps:\n  - {name: T, title: T}\n", [(1, "purpose"), (2, "purpse")]),
        ("- title: A\n  purpose: B\n  steps:\n  - name: T\n    title: T\n  - name: ''\n    title: S\n", [(6, "name")]),
        ("- title: A\n  title: B\n  purpose: B\n  steps:\n  - {name: T, title: T}\n", [(2, "title")]),
        ("- &a {title: A}\n", "&"),
        ("- title: A\n- *a\n", "Line 2"),
        ("- !!python/object/apply:os.system ['true']\n", "tag"),
        ("- title: [unclosed\n", "cannot be read"),
        ("title: A\n", "list of strategies"),
        ("--- []\n---\n- title: A\n", "no list of strategies any more"),
        ("[" * 100_000, "no list of strategies any more"),
        ("- " * 100_000, "no list of strategies any more"),
        ("- {}\n" * 90_000, "more than a playbook can hold"),
        ("- {title: A}\n" * 300, "200 at most"),
        ("", "list of strategies"),
        ("[]", "no strategy"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_tree_is_read_or_refused_with_its_line(text: str, faults: list[tuple[int, str]] | str) -> None:
    begun = time.process_time()
    if isinstance(faults, str):
        with pytest.raises(InvalidInput, match=faults):
            tree.read(text.encode())
    else:
        assert read_yaml(text) == faults
    assert time.process_time() - begun < 60


def test_the_same_title_twice_in_a_tree_is_a_fault() -> None:
    one = "- title: {}\n  purpose: All.\n  steps:\n  - {{name: Turn, title: Turn}}\n"
    assert read_yaml(one.format("Talk") + one.format("TALK")) == [(5, "title")]


def test_everything_in_a_tree_is_text() -> None:
    (wanted,) = tree.read(
        b"- title: 2026-01-01\n  purpose: No\n  licence: ~\n  steps:\n  - {name: 1.0, title: yes, lead: 2.5}\n"
    ).wanted
    words = wanted.words
    assert (words.title, words.purpose, words.licence, words.steps[0].name) == ("2026-01-01", "No", "", "1.0")
    assert words.steps[0].lead_ms == 2500


@pytest.mark.parametrize("content", ["strategy,name,step\nZoë,T,T".encode("cp1252"), b"PK\x03\x04\0\0", b"x" * 400_001])
def test_a_file_of_another_kind_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        operations.decoded(content)


def test_ten_thousand_lines_are_refused_quickly_and_in_one_sentence() -> None:
    begun = time.process_time()
    with pytest.raises(InvalidInput, match="10,000 lines"):
        sheet.read((HEADING + "\n" + "T,a,b,c\n" * 10_000).encode())
    with pytest.raises(InvalidInput, match="1500 strategies"):
        sheet.read((HEADING + "\n" + "".join(f"T{n},a,b,c\n" for n in range(1500))).encode())
    assert time.process_time() - begun < 60


AWKWARD = ["=1+1", "'=1+1", "''-x", "@sum", "+44", "- a\n- b", "a: b #c", "No", "~", "“quoted”, with; commas"]
AWKWARD += ['a "b"\nc', "#", "*x", "!y", "\u2028z", "0x1", "'"]
SIGNS = (32, 45, 61, 233, 10, 0x1F600, 9, 34, 39, 0xFEFF)


def test_what_goes_out_comes_in_unchanged_and_runs_nowhere() -> None:
    chance = random.Random(7)

    def text(longest: int) -> str:
        if chance.random() < 0.6:
            return clean(chance.choice(AWKWARD), several_lines=longest > 200)[:longest]
        return clean("".join(chr(chance.choice(SIGNS)) for _ in range(20)))

    for n in range(60):
        step = StepWords(
            text(24) or "x",
            clean(text(200)) or "y",
            text(2000),
            text(600),
            chance.choice((None, 1, 8)),
            chance.choice(list(PressKind)),
            chance.choice((0, 2500, 60_000)),
            4000,
        )
        step = replace(step, name=clean(step.name) or "x")
        words = replace(WORDS, title=f"{clean(text(90))}{n}", when_to_use=text(900), steps=(step,) * 3)
        linked = replace(words, resources=(ResourceWords("A", "https://a.example/?b=1#c", text(300)),))
        out = sheet.write([words])
        assert [wanted.words for wanted in sheet.read(out.encode()).wanted] == [words], words
        assert [wanted.words for wanted in tree.read(tree.write([linked]).encode()).wanted] == [linked], linked
