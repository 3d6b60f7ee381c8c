"""Bytes are reserved before the first one arrives, and freed with the last; the same on both drivers."""

import dataclasses
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.clips.uploads.conftest import BOTH_DRIVERS, Kept, Rows
from tests.clips.uploads.sending import Sender, film
from veo_workflow.clips.models import Clip
from veo_workflow.database import now
from veo_workflow.schools.models import School
from veo_workflow.services import Services

SIZE = 100_000

pytestmark = BOTH_DRIVERS


def allow(services: Services, **values: Any) -> None:
    with services.database.transaction() as session:
        session.execute(update(School).values(**values))


def test_a_person_has_only_so_much_space(asha: Sender, services: Services, rows: Rows, kept: Kept) -> None:
    allow(services, person_quota_bytes=2 * SIZE)
    asha.begin(film(SIZE, seed=1))
    asha.whole(film(SIZE, seed=2))
    refused = asha.ask(film(1, seed=3))
    assert (refused.status_code, refused.json["error"], refused.json["of"]) == (409, "quota_exceeded", "person")
    assert len(rows.clips()) == 2
    assert len(kept()[1]) == 1


def test_so_has_a_school(asha: Sender, services: Services) -> None:
    allow(services, quota_bytes=SIZE)
    asha.begin(film(SIZE))
    refused = asha.ask(film(1, seed=2))
    assert (refused.status_code, refused.json["error"], refused.json["of"]) == (409, "quota_exceeded", "school")


def test_renditions_count_and_what_is_erased_does_not(asha: Sender, services: Services) -> None:
    allow(services, person_quota_bytes=SIZE)
    asha.whole(film(1))
    with services.database.transaction() as session:
        session.execute(update(Clip).values(original_bytes=0, rendition_bytes=SIZE))
    assert asha.ask(film(1, seed=2)).json["error"] == "quota_exceeded"
    with services.database.transaction() as session:
        session.execute(update(Clip).values(erased_at=now()))
    asha.begin(film(1, seed=2))


def test_cancelling_gives_the_space_back(asha: Sender, services: Services) -> None:
    allow(services, person_quota_bytes=SIZE)
    upload = asha.begin(film(SIZE))
    assert asha.ask(film(SIZE, seed=2)).status_code == 409
    asha.cancel(upload)
    asha.begin(film(SIZE, seed=2))


@pytest.mark.parametrize("of", ["person", "school"])
def test_only_so_many_clips_wait_at_once(asha: Sender, app: Flask, services: Services, of: str) -> None:
    settings = services.settings.model_copy(update={f"waiting_per_{of}": 2})
    app.extensions["veo"] = dataclasses.replace(services, settings=settings)
    first = asha.begin(film(1, seed=1))
    asha.whole(film(1, seed=2))
    refused = asha.ask(film(1, seed=3))
    assert (refused.status_code, refused.json["error"], refused.json["of"]) == (409, "too_many_waiting", of)
    assert "2 " in refused.json["message"]
    asha.cancel(first)
    asha.begin(film(1, seed=3))


def test_the_last_free_bytes_go_to_one_of_many_who_want_them(asha: Sender, services: Services, rows: Rows) -> None:
    allow(services, quota_bytes=SIZE)
    gate, answers = threading.Barrier(4), []

    def begin(seed: int) -> None:
        gate.wait()
        answers.append(asha.ask(film(SIZE, seed=seed)).status_code)

    threads = [threading.Thread(target=begin, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [201, 409, 409, 409]
    assert len(rows.clips()) == 1
