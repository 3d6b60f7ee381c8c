"""Turns: of several processes that could do the same thing, on one machine or on many, one does it at a time.

A turn is a row that names its holder until a moment, by the database's clock.  It is taken by one conditional UPDATE,
so SQLite and PostgreSQL do the same, and no transaction is open while the turn lasts.  Who dies in the middle of it
loses it when its time is up; a lock of the database's own would stay with a process that is frozen, or cut off.
"""

import contextlib
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import String, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from veo_workflow.database import Base, Database, database_now


class Turn(Base):
    """Who does what `name` stands for, until when."""

    __tablename__ = "turns"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[uuid.UUID | None]
    until: Mapped[datetime]


@contextlib.contextmanager
def turn(database: Database, name: str, seconds: float) -> Iterator[bool]:
    """Whether the turn is ours for the block, at most for `seconds`: what takes longer has to bear company."""
    holder = uuid.uuid4()
    with database.transaction() as session:
        ours = _taken(session, name, holder, seconds)
    try:
        yield ours
    finally:
        if ours:
            with database.transaction() as session:
                _give_back(session, name, holder)


def _taken(session: Session, name: str, holder: uuid.UUID, seconds: float) -> bool:
    at = database_now(session)
    if session.get(Turn, name) is None:
        with contextlib.suppress(IntegrityError), session.begin_nested():  # somebody else may be the first
            session.add(Turn(name=name, holder=None, until=at))
    taken = session.scalar(
        update(Turn)
        .where(Turn.name == name, Turn.until <= at)
        .values(holder=holder, until=at + timedelta(seconds=seconds))
        .returning(Turn.name)
    )
    return taken is not None


def _give_back(session: Session, name: str, holder: uuid.UUID) -> None:
    at = database_now(session)
    session.execute(update(Turn).where(Turn.name == name, Turn.holder == holder).values(holder=None, until=at))
