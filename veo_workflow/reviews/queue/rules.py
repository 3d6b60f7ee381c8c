"""Pure decisions of the queue: what may be done with a moment, and where it stands afterwards."""

import enum
import uuid
from dataclasses import dataclass

from veo_workflow.errors import InvalidInput
from veo_workflow.reviews.rules import Keep, Sent

TAKEN_LENGTH = 2000
UNKNOWN = "The page is out of date. Reload it and try again; what you typed stays in it."
TOO_LONG = f"Keep this to {TAKEN_LENGTH:,} characters. Shorten it, and it will be saved."


class Do(enum.StrEnum):
    """What one of the pair does with a moment; `SAVE` only keeps the words."""

    SAVE = "save"
    STAR = "star"
    UNSTAR = "unstar"
    LEAVE_OUT = "leave_out"
    BRING_BACK = "bring_back"
    TALKED = "talked"
    NOT_YET = "not_yet"
    FIRST = "first"
    EARLIER = "earlier"
    LATER = "later"
    BEFORE = "before"
    AFTER = "after"


MOVES = frozenset({Do.FIRST, Do.EARLIER, Do.LATER, Do.BEFORE, Do.AFTER})


@dataclass(frozen=True)
class Words:
    """What the pair takes from a moment, as it was typed, and the mark of the text that the page was opened with.

    `keep` is a choice between two texts, made against the text whose mark is `over`.
    """

    taken: str
    mark: str
    keep: Keep | None = None
    over: str = ""


@dataclass(frozen=True)
class Change:
    do: Do
    words: Words | None = None
    beside_id: uuid.UUID | None = None


def read_change(sent: Sent) -> Change:
    """Raises InvalidInput."""
    if sent.get("keep_taken") is not None:
        return Change(Do.SAVE, _read_words(sent))
    do, beside = sent.get("do") or Do.SAVE, None
    if do not in set(Do):
        raise InvalidInput(UNKNOWN)
    if do in (Do.BEFORE, Do.AFTER):
        try:
            beside = uuid.UUID(str(sent.get("beside")))
        except ValueError:
            raise InvalidInput(UNKNOWN) from None
    return Change(Do(do), _read_words(sent), beside)


def _read_words(sent: Sent) -> Words | None:
    if sent.get("taken") is None:
        return None
    taken = "\n".join(str(sent.get("taken")).splitlines()).strip()
    if len(taken) > TAKEN_LENGTH:
        raise InvalidInput(TOO_LONG, fields={"taken": TOO_LONG})
    keep = sent.get("keep_taken")
    return Words(
        taken,
        str(sent.get("mark_taken") or ""),
        Keep(keep) if keep in set(Keep) else None,
        str(sent.get("over_taken") or ""),
    )


def place(mine: int, anchor: int, *, after: bool) -> int:
    """The place of a moment that is put before or after the one at `anchor`; those between close up.

    >>> place(5, 2, after=False), place(2, 5, after=False), place(2, 5, after=True)
    (2, 4, 5)
    """
    if mine == anchor:
        return mine
    return anchor + after - (mine < anchor)
