"""How the coachee's five answers are read from their form. Pure."""

import re
from dataclasses import dataclass

from veo_workflow.errors import InvalidInput

LONGEST = 4000  # characters of one answer
QUESTIONS = {
    "what_pleased": "What pleased you?",
    "to_be_a_ten": "What would have to change to make it a 10?",
    "pupils_would": "What would you see pupils doing then?",
    "how_measured": "How could that be counted or timed?",
}
CLOSENESS = re.compile(r"[1-9]|10")


@dataclass(frozen=True)
class RealityWords:
    closeness: int | None = None
    what_pleased: str = ""
    to_be_a_ten: str = ""
    pupils_would: str = ""
    how_measured: str = ""


def read_reality(sent: dict[str, str]) -> RealityWords:
    """The answers in a form's named fields; each may be left open, but not all. Raises InvalidInput."""
    problems: dict[str, str] = {}
    words = {name: sent.get(name, "").strip() for name in QUESTIONS}
    for name, said in words.items():
        if len(said) > LONGEST:
            problems[name] = f"This is longer than {LONGEST:,} characters. Shorten it."
    closeness = sent.get("closeness", "").strip()
    if closeness and not CLOSENESS.fullmatch(closeness):
        problems["closeness"] = "Choose a number from 1 to 10."
    if problems:
        raise InvalidInput("Your answers are not saved yet. Please look at what is marked.", fields=problems)
    if not closeness and not any(words.values()):
        raise InvalidInput(
            "Answer one of the five questions; the others can follow later.",
            fields={"what_pleased": "One sentence is enough."},
        )
    return RealityWords(closeness=int(closeness) if closeness else None, **words)
