"""The overview's tables as a spreadsheet takes them: what is on the screen, whole."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from veo_workflow.oversight.logs.lead_queries import handed_in
from veo_workflow.oversight.overview import queries
from veo_workflow.oversight.overview.rules import Cell, TermFacts
from veo_workflow.sheets import write

EVERYBODY = 5000  # more colleagues, or logs, than one school has
OVER_TERMS = 6


@dataclass(frozen=True)
class Asked:
    """Of which school and term a table is wanted; `terms` are the school's, newest first, days those of its zone."""

    school_id: uuid.UUID
    zone: ZoneInfo
    term: TermFacts
    terms: Sequence[TermFacts]

    @property
    def year(self) -> list[TermFacts]:
        """The terms of the term's year, in order."""
        return sorted((t for t in self.terms if t.year_id == self.term.year_id), key=lambda t: t.starts_on)

    @property
    def over(self) -> list[TermFacts]:
        """The term and the ones before it, in order: what is shown over time."""
        until = [t for t in self.terms if t.starts_on <= self.term.starts_on]
        return sorted(until, key=lambda t: t.starts_on)[-OVER_TERMS:]


Lines = Iterable[Sequence[object]]


def _entitlement(session: Session, asked: Asked) -> tuple[list[str], Lines]:
    board = queries.board(session, asked.school_id, asked.year, limit=EVERYBODY)
    heading = ["Colleague", "Coach", *(term.name for term in asked.year), "Cycles", "Entitlement", "Next session"]
    return heading, [
        (
            line.name,
            "; ".join(line.coaches),
            *map(_said, line.cells),
            line.had,
            line.entitlement,
            _day(line.next_at, asked),
        )
        for line in board.lines
    ]


def _day(moment: datetime | None, asked: Asked) -> str:
    return moment.astimezone(asked.zone).date().isoformat() if moment else ""


def _said(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return "Finished" if cell.closed else cell.stage.value.title()


def _logs(session: Session, asked: Asked) -> tuple[list[str], Lines]:
    halves = [half.id for half in queries.half_terms(session, asked.term)]
    logs = handed_in(session, asked.school_id, halves, limit=EVERYBODY)
    return ["Coach", "Coachee", "Half-term", "Conversations", "Minutes", "Stage", "Themes", "Needs", "Handed in"], [
        (
            read.coach,
            read.coachee,
            read.half_term.number,
            len(read.log.conversations),
            sum(held.minutes for held in read.log.conversations),
            read.log.stage.value if read.log.stage else "",
            "; ".join(theme.name for theme in read.log.themes),
            read.log.needs,
            _day(read.log.handed_in_at, asked),
        )
        for read in logs
    ]


def _themes(session: Session, asked: Asked) -> tuple[list[str], Lines]:
    lines = queries.themes(session, asked.school_id, asked.term)
    return ["Theme", "Pairs, first half", "Pairs, second half"], [
        (line.name, line.first, line.second) for line in lines
    ]


def _strategies(session: Session, asked: Asked) -> tuple[list[str], Lines]:
    lines = queries.strategies(session, asked.school_id, asked.over)
    heading = ["Strategy", *(f"{term.name} {term.year}" for term in asked.over)]
    return heading, [(line.title, *("" if n is None else n for n in line.people)) for line in lines]


def _steps(session: Session, asked: Asked) -> tuple[list[str], Lines]:
    lines = queries.steps(session, asked.school_id, asked.term, limit=EVERYBODY)
    return ["Strategy", "Step", "People"], [(line.strategy, line.step, line.people) for line in lines]


TABLES: dict[str, Callable[[Session, Asked], tuple[list[str], Lines]]] = {
    "entitlement": _entitlement,
    "logs": _logs,
    "themes": _themes,
    "strategies": _strategies,
    "steps": _steps,
}


def table(session: Session, name: str, asked: Asked) -> str:
    """The table of that name (one of `TABLES`) as CSV."""
    heading, lines = TABLES[name](session, asked)
    return write(heading, lines)
