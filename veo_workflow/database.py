"""Rows: one engine, one transaction at each front door.

SQLite runs in WAL mode; a transaction that will write says so when it begins (`BEGIN IMMEDIATE`), one that only
reads does not, because taking the write lock for reads costs most of the throughput.  None is held across I/O.
PostgreSQL needs neither distinction and ignores it.
"""

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Engine, MetaData, Row, Select, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from veo_workflow.crashing import Point, reached

WRITING = "veo_writing"
ALONE = "veo_alone"
# What PostgreSQL's client waits for, so that a line that died without a word is noticed: seconds, and milliseconds.
PATIENCE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "tcp_user_timeout": 30_000}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, always aware; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone was about to be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every room's rows. Constraint names are fixed so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime}


def new_id() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, section 5.7): ordered by the millisecond it was made in."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def now() -> datetime:
    return datetime.now(UTC)


def database_now(session: Session) -> datetime:
    """The database's own clock, which decides leases: the machines' clocks skew."""
    if session.get_bind().dialect.name == "sqlite":
        return now()  # one machine, one clock
    moment: datetime = session.scalar(select(func.clock_timestamp()))  # type: ignore[assignment]
    return moment.astimezone(UTC)


def make_engine(url: str) -> Engine:
    """An engine for `url`, with SQLite set up for many readers and one writer."""
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 20, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    pool = {"pool_pre_ping": True, "pool_size": 20, "max_overflow": 50}
    return create_engine(url, hide_parameters=True, connect_args=PATIENCE, **pool)


def _engine_for_asking(url: str) -> Engine:
    """A few lines of their own, for statements that stand alone."""
    pool = {"pool_size": 5, "max_overflow": 5, "pool_recycle": 300}
    return create_engine(url, hide_parameters=True, connect_args=PATIENCE, isolation_level="AUTOCOMMIT", **pool)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=20000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get(ALONE):
        return
    writing = options.get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class Database:
    """The engine and its two ways of opening a session: for reading, for writing."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        on_sqlite = self.engine.dialect.name == "sqlite"
        self._alone = self.engine.execution_options(**{ALONE: True}) if on_sqlite else _engine_for_asking(url)
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        self._writing = sessionmaker(self.engine.execution_options(**{WRITING: True}), expire_on_commit=False)

    def open(self, *, writing: bool) -> Session:
        return self._writing() if writing else self._reading()

    def ask(self, statement: Select[Any], values: Mapping[str, Any]) -> Row[Any] | None:
        """The first row of a statement that stands alone: what one statement reads is of one moment anyway.

        On PostgreSQL it costs one message there and one back: no transaction is begun and ended around it, and whether
        the line still stands shows by asking; if it does not, it is asked once more.
        """
        try:
            return self._asked(statement, values)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._asked(statement, values)

    def _asked(self, statement: Select[Any], values: Mapping[str, Any]) -> Row[Any] | None:
        with self._alone.connect() as connection:
            return connection.execute(statement, values).first()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        with self.open(writing=False) as session:
            yield session

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """One unit of work: commit once at the end, then ring the bells that were asked for."""
        with self.open(writing=True) as session:
            yield session
            commit(session)


def after_commit(session: Session, bell: Callable[[], object]) -> None:
    """Do `bell` once this session's transaction has been committed, and never if it is rolled back."""
    session.info.setdefault("bells", []).append(bell)


def commit(session: Session) -> None:
    """Commit, then ring. A bell that fails must not undo or hide what has been committed: upkeep rings again."""
    session.commit()
    bells = session.info.pop("bells", [])
    if bells:
        reached(Point.COMMITTED)
    for bell in bells:
        bell()
        reached(Point.RUNG)
