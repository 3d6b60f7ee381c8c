"""How a piece of evidence is read from its form, and how its figures are laid out. Pure."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from veo_workflow.cycles.evidence.models import EvidenceKind
from veo_workflow.errors import InvalidInput

LONGEST = 4000  # characters
MOST_ROWS, MOST_COLUMNS, WIDEST = 30, 8, 60
MOST_PIECES = 200  # of one cycle
MOST_FILES = 8  # of one piece
EARLIEST = date(2000, 1, 1)
KINDS = {
    EvidenceKind.OBSERVATION: "Observation notes",
    EvidenceKind.CONVERSATION: "Pupil conversation",
    EvidenceKind.WORK: "Pupil work",
    EvidenceKind.ASSESSMENT: "Assessment data",
}


@dataclass(frozen=True)
class EvidenceWords:
    kind: EvidenceKind
    gathered_by_id: uuid.UUID
    seen_on: date
    seen: str
    figures: str = ""


def read_kind(sent: str) -> EvidenceKind:
    """Raises InvalidInput."""
    if sent not in set(EvidenceKind):
        raise InvalidInput("Choose what kind of evidence this is.", fields={"kind": "Choose one of the four."})
    return EvidenceKind(sent)


def read_evidence(sent: dict[str, str], *, pair: Collection[uuid.UUID], today: date) -> EvidenceWords:
    """A piece in a form's named fields; `pair` are the two who may have gathered it. Raises InvalidInput."""
    kind, problems = read_kind(sent.get("kind", "")), {}
    by = next((person for person in pair if str(person) == sent.get("gathered_by")), None)
    if by is None:
        problems["gathered_by"] = "Choose which of you gathered it."
    seen_on = _read_day(sent.get("seen_on", ""))
    if seen_on is None or not EARLIEST <= seen_on <= today:
        problems["seen_on"] = "Choose the day on which it was seen: today, or earlier."
    seen = sent.get("seen", "").strip()
    if not 1 <= len(seen) <= LONGEST:
        problems["seen"] = f"Write what was seen, in at most {LONGEST:,} characters."
    figures = sent.get("figures", "").strip() if kind is EvidenceKind.ASSESSMENT else ""
    try:
        read_table(figures)
    except InvalidInput as wrong:
        problems["figures"] = wrong.message
    if problems or by is None or seen_on is None:
        raise InvalidInput("This is not saved yet. Please look at what is marked.", fields=problems)
    return EvidenceWords(kind, by, seen_on, seen, figures)


def _read_day(sent: str) -> date | None:
    try:
        return date.fromisoformat(sent.strip())
    except ValueError:
        return None


def read_table(typed: str) -> list[list[str]]:
    """Rows of cells: a line a row, cells between tabs (as a spreadsheet copies them), else semicolons or commas.

    A single cell is a figure.  Raises InvalidInput for more than a small table.
    """
    lines = [line for line in typed.splitlines() if line.strip()]
    between = next((mark for mark in "\t;" if mark in typed), ",")
    rows = [[cell.strip() for cell in line.split(between)] for line in lines]
    columns = max((len(row) for row in rows), default=0)
    if len(rows) > MOST_ROWS or columns > MOST_COLUMNS:
        raise InvalidInput(f"Keep the table small: at most {MOST_ROWS} lines of {MOST_COLUMNS} cells.")
    if any(len(cell) > WIDEST for row in rows for cell in row):
        raise InvalidInput(f"A cell holds at most {WIDEST} characters. Write longer words under what was seen.")
    return [row + [""] * (columns - len(row)) for row in rows]
