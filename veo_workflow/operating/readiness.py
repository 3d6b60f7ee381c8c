"""Does each part answer that a request needs? Asked beside each other, each with a time of its own."""

import functools
import os
import threading
from collections.abc import Callable

from veo_workflow import migrations
from veo_workflow.database import new_id
from veo_workflow.services import Services

PATIENCE = 3.0  # seconds


class Readiness:
    """Asks the parts. One that hangs is asked again only when it has answered, so that nothing piles up."""

    def __init__(self, services: Services) -> None:
        self._parts = {name: _Part(functools.partial(look, services)) for name, look in LOOKS.items()}

    def ask(self) -> dict[str, bool]:
        """Whether each part answers."""
        asked = {name: part.ask() for name, part in self._parts.items()}
        return {name: self._parts[name].answers(answered) for name, answered in asked.items()}


class _Part:
    """One part, and the question that is on its way to it."""

    def __init__(self, look: Callable[[], bool]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._answered: threading.Event | None = None
        self._well = False

    def ask(self) -> threading.Event:
        with self._lock:
            if self._answered is None or self._answered.is_set():
                self._answered = threading.Event()
                threading.Thread(target=self._ask, args=(self._answered,), name="readiness", daemon=True).start()
            return self._answered

    def answers(self, answered: threading.Event) -> bool:
        return answered.wait(PATIENCE) and self._well

    def _ask(self, answered: threading.Event) -> None:
        try:
            self._well = self._look()
        except Exception:  # noqa: BLE001 - whatever it is, the part does not answer
            self._well = False
        finally:
            answered.set()


def _database(services: Services) -> bool:
    with services.database.reading() as session:
        return session.connection().exec_driver_sql("SELECT 1").scalar() == 1


def _schema(services: Services) -> bool:
    """The database has the shape this code expects."""
    present, newest = migrations.revisions(services.database.engine)
    return present == newest


def _redis(services: Services) -> bool:
    return bool(services.redis.ping())


def _storage(services: Services) -> bool:
    """It is asked for something that is not there; on disk, the folder has to be ours to write."""
    missing = services.storage.head(f"ready/{new_id()}") is None
    return missing and (services.settings.storage != "disk" or os.access(services.settings.data, os.W_OK))


LOOKS: dict[str, Callable[[Services], bool]] = {
    "database": _database,
    "schema": _schema,
    "redis": _redis,
    "storage": _storage,
}
