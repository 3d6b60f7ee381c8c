"""Another school in which every word is a canary: whatever a screen shows of it here is heard (SAFEGUARDING A2)."""

import datetime
import itertools
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Enum, Row, String, Table, and_, select
from sqlalchemy.orm import Session

from veo_workflow.database import Base, UtcDateTime, new_id, now

CANARY = "canary-elsewhere"
# Words of our own machinery: nobody has written them, and what works by them has to go on working there.
NOT_WORDS = frozenset(
    {"action", "content_type", "fingerprint", "password_hash", "reason_code", "subject_kind", "timezone", "token_hash"}
)


def _is_word(column: Column[Any]) -> bool:
    is_text = isinstance(column.type, String) and not isinstance(column.type, Enum)
    length = getattr(column.type, "length", None)
    return is_text and column.name not in NOT_WORDS and (length is None or length >= len(CANARY) + 4)


def sing(session: Session, school_id: uuid.UUID) -> set[str]:
    """Give every table that reaches a school a row of that school, and make each of its words a canary.

    Returns `table.column` of every word that sings.
    """
    session.flush()
    theirs: dict[str, list[Row[Any]]] = {}
    sung, numbers = set(), itertools.count()
    for table in Base.metadata.sorted_tables:
        rows = _rows_of(session, table, school_id, theirs)
        if not rows and _belongs_to_schools(table, theirs):
            session.execute(table.insert().values(_a_row(table, theirs)))
            rows = _rows_of(session, table, school_id, theirs)
        if rows:
            theirs[table.name] = rows
            sung |= set(_paint(session, table, rows, numbers))
    session.expire_all()
    return sung


def _belongs_to_schools(table: Table, theirs: dict[str, list[Row[Any]]]) -> bool:
    return any(key.column.table.name in theirs for key in table.foreign_keys)


def _rows_of(session: Session, table: Table, school_id: uuid.UUID, theirs: dict[str, list[Row[Any]]]) -> list[Row[Any]]:
    """The rows of the school: it itself, and what points at something of the school's."""
    if table.name == "schools":
        return list(session.execute(select(table).where(table.c.id == school_id)))
    found: dict[tuple[Any, ...], Row[Any]] = {}
    for key in table.foreign_keys:
        ids = [getattr(row, key.column.name) for row in theirs.get(key.column.table.name, [])]
        for row in session.execute(select(table).where(key.parent.in_(ids))) if ids else ():
            found[tuple(getattr(row, column.name) for column in table.primary_key)] = row
    return list(found.values())


def _a_row(table: Table, theirs: dict[str, list[Row[Any]]]) -> dict[str, Any]:
    return {column.name: _value(column, theirs) for column in table.columns}


def _value(column: Column[Any], theirs: dict[str, list[Row[Any]]]) -> Any:
    for key in column.foreign_keys:
        rows = theirs.get(key.column.table.name)
        return getattr(rows[-1], key.column.name) if rows else None
    if isinstance(column.type, Enum):
        kinds = column.type.enum_class
        return next(iter(kinds)) if kinds else column.type.enums[0]
    if column.nullable:
        return None if not _is_word(column) else CANARY
    if isinstance(column.type, UtcDateTime):
        return now()
    kind = column.type.python_type
    plain: dict[type, Any] = {
        uuid.UUID: new_id(),
        int: 1,
        float: 1.0,
        bool: True,
        datetime.date: now().date(),
        dict: {},
        str: CANARY[: getattr(column.type, "length", None)],
    }
    return plain.get(kind, 1)


def _paint(session: Session, table: Table, rows: list[Row[Any]], numbers: Iterator[int]) -> Iterator[str]:
    words = [column for column in table.columns if _is_word(column) and not column.primary_key]
    for row in rows if words else ():
        itself = and_(*(column == getattr(row, column.name) for column in table.primary_key))
        values = {column.name: f"{CANARY}{next(numbers):04}" for column in words}
        if table.name == "people":  # a name is what colleagues call somebody by
            values["email"] = f"{values['email']}@example.org"
        session.execute(table.update().where(itself).values(values))
    for column in words:
        yield f"{table.name}.{column.name}"
