import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.clips.uploads.sending import PART, Sender
from tests.support.world import World
from veo_workflow.clips.models import Clip, Job, Upload
from veo_workflow.database import now
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> Settings:
    return Settings(
        data=tmp_path / "var", redis_url=redis_url, secret_key="not a secret: for tests only", part_size=PART
    )


@pytest.fixture
def asha(world: World, client_for: Callable[[Person], FlaskClient]) -> Sender:
    """Asha, about to upload to her cycle."""
    return Sender(client_for(world.asha), world.cycle.id)


class Rows:
    """What the database says, and a way to set its clock back."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def upload(self, upload: str) -> Upload:
        with self._services.database.reading() as session:
            return session.get_one(Upload, uuid.UUID(upload))

    def clip(self, upload: str) -> Clip | None:
        with self._services.database.reading() as session:
            return session.get(Clip, uuid.UUID(upload))

    def jobs(self) -> list[Job]:
        with self._services.database.reading() as session:
            return list(session.query(Job))

    def clips(self) -> list[Clip]:
        with self._services.database.reading() as session:
            return list(session.query(Clip))

    def change(self, upload: str, **values: Any) -> None:
        with self._services.database.transaction() as session:
            session.execute(update(Upload).where(Upload.id == uuid.UUID(upload)).values(**values))

    def age(self, upload: str, hours: float) -> None:
        """Nothing has happened to the upload for so long."""
        self.change(upload, last_activity_at=now() - timedelta(hours=hours))


@pytest.fixture
def rows(services: Services) -> Rows:
    return Rows(services)


class Kept:
    """What storage holds."""

    def __init__(self, services: Services) -> None:
        self._storage = services.storage

    def __call__(self) -> tuple[list[str], list[str]]:
        """(keys of objects, keys of uploads still open)."""
        return [each.key for each in self._storage.list("")], [key for key, _ in self._storage.open_uploads("")]

    def content(self, key: str) -> bytes:
        with self._storage.local(key) as path:
            return path.read_bytes()


@pytest.fixture
def kept(services: Services) -> Kept:
    return Kept(services)
