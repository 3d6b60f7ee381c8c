"""Pure decisions about a recording notice: what it has to say, and for how long clips may be kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from veo_workflow.errors import InvalidInput
from veo_workflow.schools.models import LawfulBasis

WORDS_AT_MOST = 5000
DAYS_AT_MOST = 365


@dataclass(frozen=True)
class NoticeWords:
    """`keep_days` is how long clips are kept after the end of the term that follows."""

    basis: LawfulBasis
    notice: str
    opting_out: str
    keep_days: int


def read_words(sent: Mapping[str, str]) -> NoticeWords:
    """Raises InvalidInput, with every field that is wrong."""
    words = {name: sent.get(name, "").strip() for name in ("notice", "opting_out")}
    wrong = {
        name: f"Use {WORDS_AT_MOST} characters at most." for name, said in words.items() if len(said) > WORDS_AT_MOST
    }
    wrong |= {name: "Write it as people will read it." for name, said in words.items() if not said}
    basis, days = sent.get("basis", ""), sent.get("keep_days", "").strip()
    if basis not in set(LawfulBasis):
        wrong["basis"] = "Choose one; your data protection officer knows which."
    if not re.fullmatch(r"[0-9]{1,4}", days) or int(days) > DAYS_AT_MOST:
        wrong["keep_days"] = f"A whole number of days, from 0 to {DAYS_AT_MOST}."
    if wrong:
        raise InvalidInput("Something is missing. It is said beside each field.", fields=wrong)
    return NoticeWords(LawfulBasis(basis), words["notice"], words["opting_out"], int(days))
