import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.world import World
from veo_workflow.cycles.attachments.models import Attachment
from veo_workflow.cycles.evidence.models import Evidence
from veo_workflow.database import now
from veo_workflow.people.models import Person
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def photo_bytes() -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (64, 40), "green").save(held, "JPEG")
    return held.getvalue()


class Pair:
    """What Asha and Priya do with evidence, through the web."""

    def __init__(self, client_for: SignedIn, services: Services, world: World) -> None:
        self.client, self.services, self.world = client_for, services, world

    def write(self, person: Person, kind: str = "work", seen: str = "Six books", **sent: Any) -> TestResponse:
        form = {"kind": kind, "seen": seen, "seen_on": now().date().isoformat(), "gathered_by": str(person.id), **sent}
        return self.client(person).post(f"/cycles/{self.world.cycle.id}/evidence/new", data=form)

    def newest(self) -> Evidence:
        with self.services.database.reading() as session:
            return session.scalars(select(Evidence).order_by(Evidence.recorded_at.desc()).limit(1)).one()

    def send(self, person: Person, evidence: Evidence, *files: tuple[bytes, str]) -> TestResponse:
        sent = [(io.BytesIO(data), name) for data, name in files]
        return self.client(person).post(
            f"/evidence/{evidence.id}/files", data={"files": sent}, content_type="multipart/form-data"
        )

    def files(self) -> list[Attachment]:
        with self.services.database.reading() as session:
            return list(session.scalars(select(Attachment).order_by(Attachment.added_at)))

    def stored(self) -> list[str]:
        return [each.key for each in self.services.storage.list("evidence/")]

    def with_photo(self, person: Person) -> tuple[Evidence, str]:
        """A piece with one photo, and the photo's address."""
        self.write(person)
        evidence = self.newest()
        assert self.send(person, evidence, (photo_bytes(), "Table 3.jpg")).status_code == 302
        return evidence, f"/evidence/{evidence.id}/files/{self.files()[-1].id}"


@pytest.fixture
def pair(client_for: SignedIn, services: Services, world: World) -> Pair:
    return Pair(client_for, services, world)


@pytest.fixture
def paper_path(tmp_path: Path) -> Path:
    return tmp_path / "paper.pdf"
