"""Writing logs and notes, asking for them, and the school's list of themes. The acting person is a parameter."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.oversight.logs.queries import THEMES_AT_ONCE, log_of
from veo_workflow.oversight.logs.rules import LogWords, check_theme, check_whole, may_ask
from veo_workflow.oversight.models import CoachingLog, LoggedConversation, LogReminder, PairNote, Theme
from veo_workflow.people.models import Pair, Person
from veo_workflow.schools.models import HalfTerm, School

STARTER_THEMES = (
    "Assessment in the lesson",
    "Classroom talk",
    "Entry routines",
    "Explaining and modelling",
    "Feedback",
    "Inclusion and support",
    "Learning behaviours",
    "Questioning",
    "Transitions",
)


def add_starter_themes(session: Session, school: School) -> None:
    session.add_all(Theme(school_id=school.id, name=name) for name in STARTER_THEMES)


def write(
    session: Session, pair: Pair, half_term: HalfTerm, words: LogWords, *, after: str, hand_in: bool, by: Person
) -> CoachingLog:
    """Keep the log and the pair's note, on top of what stood at `after` (see `version_of`), and hand the log in.

    Once handed in it stays so.  Raises InvalidInput for a log that says nothing yet, Conflict when the coach has saved
    it somewhere else meanwhile.
    """
    if hand_in:
        check_whole(words)
    log = _log(session, pair, half_term, by)
    note = session.get(PairNote, (pair.id, half_term.id), with_for_update=True)
    if version_of(log, note) != after:
        raise Conflict(
            "This log was saved in another window while you were writing. Both texts are below.",
            code="log_changed",
            theirs=log,
            their_note=note.note if note else "",
            standing=version_of(log, note),
        )
    _fill(session, log, words, by)
    _keep_note(session, pair, half_term, note, words.note)
    if hand_in and log.handed_in_at is None:
        log.handed_in_at = now()
    action = "log_handed_in" if hand_in else "log_kept"
    record(session, action, by=by.id, school=pair.school_id, subject=("log", log.id))
    return log


def version_of(log: CoachingLog | None, note: PairNote | None) -> str:
    """What stands, as one word: it changes whenever the log or the note does."""
    return f"{log.version if log else 0}.{note.version if note else 0}"


def _log(session: Session, pair: Pair, half_term: HalfTerm, by: Person) -> CoachingLog:
    """The log, locked until the end of the transaction; made if there is none."""
    standing = select(CoachingLog).where(log_of(pair.id, half_term.id)).with_for_update()
    found = session.scalar(standing)
    if found is not None:
        return found
    log = CoachingLog(
        school_id=pair.school_id, pair_id=pair.id, half_term_id=half_term.id, version=0, written_by_id=by.id
    )
    try:
        with session.begin_nested():
            session.add(log)
    except IntegrityError:  # another window was first
        return session.scalars(standing).one()
    return log


def _fill(session: Session, log: CoachingLog, words: LogWords, by: Person) -> None:
    log.stage, log.needs = words.stage, words.needs
    log.version, log.written_by_id, log.changed_at = log.version + 1, by.id, now()
    log.conversations = [
        LoggedConversation(held_on=held.held_on, minutes=held.minutes, stage=held.stage) for held in words.conversations
    ]
    log.themes = _themes(session, log.school_id, words.themes)
    session.flush()


def _themes(session: Session, school_id: uuid.UUID, ids: Collection[uuid.UUID]) -> list[Theme]:
    return list(session.scalars(select(Theme).where(Theme.school_id == school_id, Theme.id.in_(ids))))


def _keep_note(session: Session, pair: Pair, half_term: HalfTerm, note: PairNote | None, said: str) -> None:
    if note is None and said:
        session.add(PairNote(pair_id=pair.id, half_term_id=half_term.id, note=said, version=1))
    elif note is not None and note.note != said:
        note.note, note.version, note.changed_at = said, note.version + 1, now()


def remind(session: Session, pair: Pair, half_term: HalfTerm, *, by: Person) -> bool:
    """Ask the coach for the log; False where that was done within the last day.

    Raises Conflict where there is nothing to ask for: the pair has ended, or the log is handed in.
    """
    if pair.ended_at is not None:
        raise Conflict("This pair has ended, so no log is due from it.", code="pair_ended")
    if session.scalar(select(CoachingLog.handed_in_at).where(log_of(pair.id, half_term.id))):
        raise Conflict("This log is handed in meanwhile. Read it on the page of logs.", code="log_handed_in")
    reminder = session.get(LogReminder, (pair.id, half_term.id), with_for_update=True)
    if reminder is not None and not may_ask(reminder.reminded_at, now()):
        return False
    if reminder is None:
        reminder = LogReminder(pair_id=pair.id, half_term_id=half_term.id)
        session.add(reminder)
    reminder.reminded_at, reminder.reminded_by_id = now(), by.id
    tell(session, [pair.coach_id], NoticeKind.LOG_ASKED_FOR, pair.id, by=by.id)
    record(session, "log_asked_for", by=by.id, school=pair.school_id, subject=("pair", pair.id))
    return True


def add_theme(session: Session, name: str, *, by: Person) -> Theme:
    """A new theme, or one that was retired back again. Raises InvalidInput, Conflict."""
    name = check_theme(name)
    known = session.scalar(
        select(Theme).where(Theme.school_id == by.school_id, Theme.name.ilike(_literally(name), escape="\\"))
    )
    if known is not None and known.retired_at is None:
        raise Conflict(f"There is a theme called {known.name} already.", code="duplicate_theme")
    if (session.scalar(select(func.count()).where(*_offered(by.school_id))) or 0) >= THEMES_AT_ONCE:
        raise InvalidInput(f"There are {THEMES_AT_ONCE} themes already. Retire one first.")
    theme = known or Theme(school_id=by.school_id, name=name)
    theme.retired_at = None
    session.add(theme)
    session.flush()
    record(session, "theme_added", by=by.id, school=by.school_id, subject=("theme", theme.id))
    return theme


def _offered(school_id: uuid.UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Theme.school_id == school_id, Theme.retired_at.is_(None)


def _literally(said: str) -> str:
    return said.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def retire_theme(session: Session, theme: Theme, *, by: Person) -> None:
    """It is no longer offered; logs that name it still do."""
    if theme.retired_at is None:
        theme.retired_at = now()
        record(session, "theme_retired", by=by.id, school=by.school_id, subject=("theme", theme.id))
