from datetime import date

from werkzeug.datastructures import MultiDict

from veo_workflow.access.policy import State
from veo_workflow.cycles.models import Outcome, Stage
from veo_workflow.database import new_id
from veo_workflow.reviews import rules
from veo_workflow.reviews.rules import Action, Keep, Record, ReviewForm

ASHA, PRIYA, STRANGER = new_id(), new_id(), new_id()
PAIR = (ASHA, PRIYA)


def opened_with(stands: Record, version: int = 1, **changes: object) -> ReviewForm:
    """What a page opened on `stands` sends after its person changed some parts."""
    return ReviewForm(Record(**{**stands.__dict__, **changes}), version=version, marks=rules.marks(stands))


def test_a_cycle_closes_when_both_have_agreed_and_not_before() -> None:
    assert not rules.closes([], PAIR)
    assert not rules.closes([ASHA], PAIR)
    assert not rules.closes([ASHA, STRANGER], PAIR)
    assert rules.closes([PRIYA, ASHA], PAIR)


def test_another_outcome_asks_both_again_and_the_same_one_does_not() -> None:
    assert rules.asks_again(Outcome.CONTINUE, Outcome.REFINE)
    assert rules.asks_again(Outcome.CONTINUE, None)
    assert not rules.asks_again(Outcome.CONTINUE, Outcome.CONTINUE)


def test_before_improve_the_page_says_what_is_missing_to_agree() -> None:
    assert "still in Learn" in (rules.missing_to_agree(Stage.LEARN, Outcome.CONTINUE) or "")


def test_without_an_outcome_the_page_says_what_is_missing_to_agree() -> None:
    assert "Choose what happens next" in (rules.missing_to_agree(Stage.IMPROVE, None) or "")
    assert rules.missing_to_agree(Stage.IMPROVE, Outcome.REFINE) is None


def test_continue_says_where_the_next_cycle_starts() -> None:
    assert rules.meaning(Outcome.CONTINUE, "2:50") == "Same goal. 2:50 becomes the new starting point."
    assert "None" not in rules.meaning(Outcome.CONTINUE, None)


def test_every_outcome_has_a_name_and_a_meaning() -> None:
    assert all(rules.OUTCOMES[outcome] and rules.meaning(outcome, None) for outcome in Outcome)


def test_a_closed_review_and_an_ended_pair_are_told_apart() -> None:
    assert "Both of you have agreed" in rules.why_unchangeable(State.CLOSED)
    assert "pair has ended" in rules.why_unchangeable(State.ENDED)


def sent(**fields: str | list[str]) -> MultiDict[str, str]:
    return MultiDict(fields)


def test_a_form_is_read_from_its_named_fields_only() -> None:
    form = rules.read_form(
        sent(
            celebrate=" Calm doors. \r\nReally. ",
            improve="",
            outcome="refine",
            version="3",
            action_what=["Task on the board", "", "  Two   queues "],
            action_owner=[str(ASHA), str(ASHA), str(PRIYA)],
            action_due=["2026-11-30", "", ""],
            closed_at="2026-01-01",
            cycle_id=str(new_id()),
        ),
        PAIR,
    )
    assert form.record == Record(
        "Calm doors. \nReally.",
        "",
        (Action("Task on the board", ASHA, date(2026, 11, 30)), Action("Two queues", PRIYA)),
        Outcome.REFINE,
    )
    assert form.version == 3
    assert not form.problems


def test_nonsense_in_a_form_is_named_and_its_words_are_kept() -> None:
    form = rules.read_form(
        sent(
            celebrate="x" * 8001,
            outcome="excellent",
            version="-1",
            action_what=["Two queues"],
            action_owner=[str(STRANGER)],
            action_due=["soon"],
        ),
        PAIR,
    )
    assert set(form.problems) == {"celebrate", "actions"}
    assert len(form.record.celebrate) == 8001
    assert form.record.actions[0].what == "Two queues"
    assert form.record.outcome is None
    assert form.version == 0


def test_an_action_belongs_to_one_of_the_two() -> None:
    form = rules.read_form(sent(action_what=["Watch"], action_owner=[str(STRANGER)], action_due=[""]), PAIR)
    assert "which of you two" in form.problems["actions"]


def test_nobody_else_wrote_so_everything_typed_stands() -> None:
    stands = Record(celebrate="before", outcome=Outcome.CONTINUE)
    mine = opened_with(stands, celebrate="after", outcome=None)
    assert rules.merge(stands, mine, version=1) == (mine.record, [])


def test_two_people_on_two_parts_keep_both_without_being_asked() -> None:
    before = Record(celebrate="a", improve="b")
    stands = Record(celebrate="a", improve="b by Priya")
    merged, conflicts = rules.merge(stands, opened_with(before, celebrate="a by Asha"), version=2)
    assert merged == Record(celebrate="a by Asha", improve="b by Priya")
    assert conflicts == []


def test_two_people_on_one_part_are_asked() -> None:
    stands = Record(celebrate="by Priya")
    merged, conflicts = rules.merge(stands, opened_with(Record(), celebrate="by Asha"), version=2)
    assert conflicts == ["celebrate"]
    assert merged == stands


def test_two_people_who_wrote_the_same_are_not_asked() -> None:
    stands = Record(celebrate="Calm doors.")
    assert rules.merge(stands, opened_with(Record(), celebrate="Calm doors."), version=2) == (stands, [])


def test_a_stale_form_without_marks_never_overwrites() -> None:
    stands = Record(celebrate="by Priya")
    assert rules.merge(stands, ReviewForm(Record(celebrate="by Asha"), version=1), version=2)[1] == ["celebrate"]


def choosing(keep: Keep, stands: Record, shown: Record, mine: Record) -> tuple[Record, list[str]]:
    form = ReviewForm(
        mine,
        version=1,
        marks=rules.marks(Record()),
        keep={"celebrate": keep, "actions": keep},
        over={"celebrate": rules.mark(shown.celebrate), "actions": rules.mark(shown.actions)},
    )
    return rules.merge(stands, form, version=2)


def test_in_a_conflict_one_may_keep_mine_theirs_or_both() -> None:
    action, other = Action("Two queues", ASHA), Action("Board ready", PRIYA)
    mine, theirs = Record("mine", actions=(action,)), Record("theirs", actions=(other, action))
    assert choosing(Keep.MINE, theirs, theirs, mine) == (mine, [])
    assert choosing(Keep.THEIRS, theirs, theirs, mine) == (theirs, [])
    assert choosing(Keep.BOTH, theirs, theirs, mine) == (Record("theirs\n\nmine", actions=(other, action)), [])


def test_a_choice_counts_only_against_the_text_that_was_shown() -> None:
    shown, newer = Record("theirs"), Record("theirs, and more")
    assert choosing(Keep.MINE, newer, shown, Record("mine"))[1] == ["celebrate"]


def test_the_difference_of_two_texts_is_found_by_words() -> None:
    assert rules.difference("In nine weeks. Sam asked why.", "In nine weeks. They remind each other.") == (
        "In nine weeks. ",
        "Sam asked why.",
        "They remind each other.",
        "",
    )
    assert rules.difference("a a", "a a a") == ("a ", "", "a ", "a")
    assert rules.difference("same", "same") == ("same", "", "", "")


def test_the_agenda_ticks_off_what_is_written() -> None:
    done = {anchor: finished for anchor, _, finished in rules.agenda(Record(celebrate="Calm."), direction=False)}
    assert done == {
        "goal-panel": False,
        "pictures": True,
        "celebrate": True,
        "improve": False,
        "next-actions": False,
    }


def test_a_version_of_any_length_is_only_one_that_is_not_the_present_one() -> None:
    assert [rules.read_form(sent(version=[typed]), PAIR).version for typed in ("7", "9" * 5000, "²")] == [7, 0, 0]
