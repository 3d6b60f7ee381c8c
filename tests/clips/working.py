"""Clips, their jobs and their objects as tests of processing see them."""

import uuid
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import select

from veo_workflow.clips import jobs
from veo_workflow.clips.models import Clip, Job
from veo_workflow.people.models import Person
from veo_workflow.services import Services

Send = Callable[[Path], uuid.UUID]
SignIn = Callable[[Person | None], FlaskClient]


def clip_of(services: Services, clip_id: uuid.UUID) -> Clip:
    with services.database.reading() as session:
        return session.get_one(Clip, clip_id)


def job_of(services: Services) -> Job:
    with services.database.reading() as session:
        return session.scalars(select(Job)).one()


def keys(services: Services) -> list[str]:
    return [stored.key for prefix in ("clips/", "uploads/") for stored in services.storage.list(prefix)]


def claim(services: Services, clip_id: uuid.UUID, lease: float = 60) -> jobs.Claim:
    with services.database.transaction() as session:
        claimed = jobs.claim(session, clip_id, lease)
    assert claimed is not None
    return claimed
