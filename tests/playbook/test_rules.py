"""What a strategy may say, and its form moved about: plain values, no database."""

import pytest

from veo_workflow.playbook.models import PressKind
from veo_workflow.playbook.rules import Described, Said, clean, colour_of, read_strategy, say_seconds
from veo_workflow.playbook.writing import form

HEAD = {"title": "Turn and talk", "purpose": "Every pupil speaks."}
STEP = {"name": "Turn", "title": "Turn to a partner"}
LINK = {"title": "Talk", "address": "https://example.org/talk"}


@pytest.mark.parametrize(
    ("head", "step", "link", "field"),
    [
        ({"title": " "}, {}, {}, "title"),
        ({"title": "x" * 121}, {}, {}, "title"),
        ({"purpose": ""}, {}, {}, "purpose"),
        ({}, {"name": ""}, {}, "step-1-name"),
        ({}, {"name": "x" * 25}, {}, "step-1-name"),
        ({}, {"lead": "a while"}, {}, "step-1-lead"),
        ({}, {"lag": "61"}, {}, "step-1-lag"),
        ({}, {"lag": "-1"}, {}, "step-1-lag"),
        ({}, {"colour": "mauve"}, {}, "step-1-colour"),
        ({}, {"press": "hold"}, {}, "step-1-press"),
        ({}, {}, {"address": "javascript:alert(1)"}, "resource-1-address"),
        ({}, {}, {"address": "http://"}, "resource-1-address"),
        ({}, {}, {"address": "https://["}, "resource-1-address"),
        ({}, {}, {"address": "https://school.example@elsewhere.example"}, "resource-1-address"),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field(head: Said, step: Said, link: Said, field: str) -> None:
    words, faults = read_strategy(Described({**HEAD, **head}, [{**STEP, **step}], [{**LINK, **link}]))
    assert words is None
    assert [fault.field for fault in faults] == [field]


def test_a_strategy_needs_a_step_and_has_thirty_at_most() -> None:
    for steps in ([], [STEP] * 31):
        assert [fault.field for fault in read_strategy(Described(HEAD, steps))[1]] == ["steps"]


def test_a_step_says_how_it_is_marked_and_in_which_colour() -> None:
    words, _ = read_strategy(
        Described(HEAD, [{**STEP, "lead": "2,5", "lag": "0", "press": "start-end", "colour": "Pink"}, STEP])
    )
    assert words is not None
    first, second = words.steps
    assert (first.lead_ms, first.lag_ms, first.press, first.colour) == (2500, 0, PressKind.START_END, 4)
    assert (second.lead_ms, second.lag_ms, second.press, second.colour) == (6000, 4000, PressKind.MOMENT, None)
    assert [colour_of(step.colour, 9) for step in words.steps] == [4, 1]
    assert [say_seconds(ms) for ms in (0, 2500, 6000, 250)] == ["0", "2.5", "6", "0.25"]


def test_text_carries_nothing_that_a_database_refuses() -> None:
    assert clean("a\0b\ud800  c\n") == "ab c"
    assert clean(" one\r\ntwo\rthree ", several_lines=True) == "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("do", "order", "focus"),
    [
        ("up-step-3", "acb", "up-step-2"),
        ("up-step-2", "bac", "down-step-1"),
        ("down-step-2", "acb", "up-step-3"),
        ("remove-step-1", "bc", "add-step"),
        ("add-step", "abc-", "step-4-name"),
        ("up-step-1", "abc", ""),
        ("down-step-3", "abc", ""),
        ("remove-step-9", "abc", ""),
        ("up-step-99999", "abc", ""),
        ("burn-step-1", "abc", ""),
        ("up-wall-1", "abc", ""),
    ],
)
def test_steps_are_moved_added_and_removed_in_the_form(do: str, order: str, focus: str) -> None:
    said, where, _ = form.rearranged(Described({}, [{"name": name} for name in "abc"]), do)
    assert "".join(step.get("name", "-") for step in said.steps) == order
    assert where == focus
