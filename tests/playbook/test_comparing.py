"""What is different between two wordings: plain values, no database."""

from dataclasses import replace

from veo_workflow.playbook.comparing import Piece, compare
from veo_workflow.playbook.models import PressKind
from veo_workflow.playbook.rules import ResourceWords, StepWords, StrategyWords


def step(name: str, **changed: object) -> StepWords:
    return replace(StepWords(name, f"{name} them", "", "", None, PressKind.MOMENT, 6000, 4000), **changed)  # type: ignore[arg-type]


OLD = StrategyWords("Talk", "All pupils speak.", "", "", "", tuple(map(step, ("Ask", "Wait", "Turn"))), ())


def test_the_same_words_are_no_difference() -> None:
    found = compare(OLD, OLD)
    assert (found.head, found.in_short) == ([], "Nothing is different")
    assert all(part.is_same for part in found.steps)


def test_what_was_reworded_is_shown_word_by_word() -> None:
    found = compare(OLD, replace(OLD, purpose="All pupils speak twice."))
    assert found.head[0].old == [Piece("All pupils ", False), Piece("speak.", True)]
    assert found.head[0].new == [Piece("All pupils ", False), Piece("speak twice.", True)]
    assert found.in_short == "Purpose reworded"


def test_steps_that_moved_came_or_went_are_told_apart() -> None:
    ask, wait, turn = OLD.steps
    moved = compare(OLD, replace(OLD, steps=(wait, replace(ask, detail="Twice."), turn, step("Share"))))
    assert moved.in_short == "Step 2 now step 1, step 1 now step 2 and reworded, step 4 added"
    gone = compare(OLD, replace(OLD, steps=(ask, replace(turn, colour=3))))
    assert gone.in_short == "Step 3 now step 2 and reworded, step 2 removed"
    assert [text.label for text in gone.steps[1].texts] == ["Colour"]
    assert gone.steps[1].texts[0].new == [Piece("Green", True)]


def test_a_link_that_came_is_said() -> None:
    assert (
        compare(OLD, replace(OLD, resources=(ResourceWords("A", "https://a.example", ""),))).in_short == "Link 1 added"
    )


def test_texts_too_long_to_compare_are_shown_as_replaced() -> None:
    long, other = "one " * 400, "two " * 400
    found = compare(replace(OLD, purpose=long), replace(OLD, purpose=other))
    assert (found.head[0].old, found.head[0].new) == ([Piece(long, True)], [Piece(other, True)])
