"""Asha's and Priya's worlds with a film of each kind in storage, and archives made as a worker makes them."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.world import World, make_clip, make_cycle
from veo_workflow.clips.models import Clip, Rendition
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.takeout.person import operations
from veo_workflow.takeout.person.making import make_next
from veo_workflow.takeout.person.models import Archive


@dataclass(frozen=True)
class Opened:
    """An archive that somebody has unpacked."""

    zip: zipfile.ZipFile

    @property
    def names(self) -> list[str]:
        return self.zip.namelist()

    @property
    def films(self) -> list[str]:
        return [name for name in self.names if name.startswith("films/")]

    @property
    def values(self) -> Any:
        return json.loads(self.zip.read("person.json"))

    @property
    def everything(self) -> bytes:
        """All that anybody could read in it, films included."""
        return b"\n".join([*map(self.zip.read, self.names), "\n".join(self.names).encode()])


Take = Callable[[Person], Opened]


def archive_of(services: Services, person: Person) -> Archive:
    """The one they asked for last."""
    with services.database.reading() as session:
        asked = select(Archive).where(Archive.person_id == person.id).order_by(Archive.asked_at.desc())
        return session.scalars(asked).first() or pytest.fail("nothing was asked for")


def ask(services: Services, person: Person) -> uuid.UUID:
    with services.database.transaction() as session:
        return operations.ask(session, session.get_one(Person, person.id), services.doorbell).id


@pytest.fixture
def filmed(services: Services, told: World, tmp_path: Path) -> World:
    """`told`, with the bytes of every clip; Priya is coached by Lena too, and has a film of her own."""
    with services.database.transaction() as session:
        pair = people.make_pair(
            session, coach=told.lena, coachee=told.priya, starts_on=told.pair.starts_on, ends_on=None, by=None
        )
        session.flush()
        make_clip(session, make_cycle(session, pair, told.priya), told.priya, title="Priya at the board")
        rows = list(session.execute(select(Clip.title, Rendition).join(Rendition, Rendition.clip_id == Clip.id)))
        for title, rendition in rows:
            file = tmp_path / "file"
            file.write_bytes(f"film of {title} ".encode() * 40)
            rendition.size_bytes = file.stat().st_size
            services.storage.put(rendition.key, file, rendition.content_type)
    return told


@pytest.fixture
def take(services: Services) -> Take:
    """Ask for somebody's archive, have a worker make it, and open what it put into storage."""

    def taken(person: Person) -> Opened:
        ask(services, person)
        assert make_next(services)
        with services.storage.local(str(archive_of(services, person).key)) as path:
            return Opened(zipfile.ZipFile(io.BytesIO(path.read_bytes())))

    return taken
