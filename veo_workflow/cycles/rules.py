"""Pure decisions about a cycle: which moves are legal, which criteria a goal meets, how a measure is said."""

from dataclasses import dataclass
from datetime import date

from veo_workflow.access.policy import State
from veo_workflow.cycles.models import Stage
from veo_workflow.errors import InvalidInput

MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.IDENTIFY: frozenset({Stage.LEARN}),
    Stage.LEARN: frozenset({Stage.IDENTIFY, Stage.IMPROVE}),
    Stage.IMPROVE: frozenset({Stage.LEARN, Stage.IDENTIFY}),
}
MINUTES = {"minute", "minutes", "min"}
FOCUS_LENGTH = 80
STRATEGIES_AT_ONCE = 3


def state_of(*, closed: bool, pair_ended: bool) -> State:
    """What the policy needs to know of a cycle."""
    if pair_ended:
        return State.ENDED
    return State.CLOSED if closed else State.OPEN


def check_move(present: Stage, wanted: Stage) -> None:
    """Raises InvalidInput."""
    if wanted not in MOVES[present]:
        raise InvalidInput(f"This cycle is in {present.value.title()}; from there it cannot move to {wanted.value}.")


def check_focus(focus: str) -> str:
    """Raises InvalidInput."""
    said = " ".join(focus.split())
    if not said:
        raise InvalidInput(
            "Say in a few words what this cycle is about.", fields={"focus": "For example: entry routines."}
        )
    if len(said) > FOCUS_LENGTH:
        raise InvalidInput(
            f"Keep the focus short: at most {FOCUS_LENGTH} characters.", fields={"focus": "A few words are plenty."}
        )
    return said


@dataclass(frozen=True)
class GoalWords:
    """A PEERS goal as it was typed, read into its types."""

    statement: str
    powerful: str = ""
    easy: str = ""
    emotionally_compelling: str = ""
    reachable: str = ""
    student_focused: str = ""
    measure: str = ""
    unit: str = ""
    baseline: float | None = None
    target: float | None = None
    by_date: date | None = None
    evidence_plan: str = ""


PEERS = ("powerful", "easy", "emotionally_compelling", "reachable", "student_focused")


def read_goal(sent: dict[str, str]) -> GoalWords:
    """The goal in a form's named fields; anything else sent is left aside. Raises InvalidInput naming each field."""
    problems: dict[str, str] = {}
    words = {name: sent.get(name, "").strip()[:4000] for name in ("statement", *PEERS, "evidence_plan")}
    if not words["statement"]:
        problems["statement"] = "Write the goal in one sentence; the rest can follow later."
    unit = sent.get("unit", "").strip()[:40]
    figures: dict[str, float | None] = {}
    for name in ("baseline", "target"):
        try:
            figures[name] = read_measure(sent.get(name, ""), unit)
        except InvalidInput as wrong:
            problems[name] = wrong.message
    by_date = None
    if sent.get("by_date", "").strip():
        try:
            by_date = date.fromisoformat(sent["by_date"].strip())
        except ValueError:
            problems["by_date"] = "Choose a date, or leave it empty."
    if problems:
        raise InvalidInput("The goal is not saved yet. Please look at what is marked.", fields=problems)
    return GoalWords(
        **words,
        measure=sent.get("measure", "").strip()[:200],
        unit=unit,
        baseline=figures["baseline"],
        target=figures["target"],
        by_date=by_date,
    )


def read_measure(typed: str, unit: str) -> float | None:
    """A figure as people type it: `6:40` or `6.5` for minutes, `40`, `40 %`. Raises InvalidInput."""
    text = typed.strip().rstrip("%").strip().replace(",", ".")
    if not text:
        return None
    try:
        if ":" in text and unit.casefold() in MINUTES:
            minutes, seconds = text.split(":")
            value = int(minutes) + int(seconds) / 60
        else:
            value = float(text)
    except ValueError:
        raise InvalidInput("Write a figure, for example 12, 40 or 6:40.") from None
    if not 0 <= value <= 1_000_000:
        raise InvalidInput("Write a figure between 0 and a million.")
    return value


def say_measure(value: float | None, unit: str) -> str:
    """A figure as it is shown: minutes as m:ss, per cent with its sign, others short."""
    if value is None:
        return "–"
    if unit.casefold() in MINUTES:
        seconds = round(value * 60)
        return f"{seconds // 60}:{seconds % 60:02d}"
    said = f"{value:g}"
    return f"{said} %" if unit.strip() in {"%", "per cent", "percent"} else said


def measure_bar(value: float | None, *others: float | None) -> float:
    """How long a figure's bar is, in per cent of a scale on which the largest of them all fills 95."""
    largest = max((v for v in (value, *others) if v is not None), default=0)
    return round(95 * (value or 0) / largest, 1) if largest else 0.0


def unmet(goal: GoalWords) -> list[str]:
    """PEERS criteria without an answer yet: shown, never blocking (DOMAIN)."""
    return [name for name in PEERS if not getattr(goal, name)]
