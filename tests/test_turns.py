"""Turns: one does it at a time, whoever dies in the middle loses it, and nobody waits inside a transaction."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.postgres import private_postgres
from veo_workflow.database import Database, now
from veo_workflow.migrations import migrate
from veo_workflow.services import Services
from veo_workflow.turns import Turn, turn


@pytest.fixture(scope="module")
def postgres() -> Iterator[Database]:
    with private_postgres() as url:
        database = Database(url)
        migrate(database.engine)
        yield database
        database.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    if request.param == "postgresql":
        found: Database = request.getfixturevalue("postgres")
        return found
    services: Services = request.getfixturevalue("services")
    return services.database


def test_one_has_the_turn_and_gives_it_back(database: Database) -> None:
    sweeping, ringing = (turn(database, name, 60) for name in ("sweeping", "ringing"))
    with sweeping as first, turn(database, "sweeping", 60) as second, ringing as another:
        assert (first, second, another) == (True, False, True)
    with turn(database, "sweeping", 60) as again:
        assert again


def test_of_many_who_begin_at_once_one_has_the_turn(database: Database) -> None:
    many, theirs = 8, []
    gate, end = threading.Barrier(many), threading.Barrier(many)

    def begin() -> None:
        gate.wait(60)
        with turn(database, "at once", 60) as ours:
            theirs.append(ours)
            end.wait(60)

    threads = [threading.Thread(target=begin) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(theirs) == [False] * (many - 1) + [True]


def test_who_died_in_the_middle_loses_it_when_the_time_is_up_and_cannot_give_back_what_is_anothers(
    database: Database,
) -> None:
    with turn(database, "dying", 60):
        with database.transaction() as session:
            session.get_one(Turn, "dying").until = now() - timedelta(seconds=1)
        successor = turn(database, "dying", 60)
        assert successor.__enter__()
    with turn(database, "dying", 60) as third:
        assert not third
    successor.__exit__(None, None, None)
