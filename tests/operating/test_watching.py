"""What watches over the system: alive, ready, and figures that hold for all its processes together."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.support.figures import figures
from tests.support.waiting import wait_until
from tests.support.world import World, make_clip
from veo_workflow import metrics
from veo_workflow.app import create_app
from veo_workflow.clips.jobs import claim
from veo_workflow.clips.models import ClipState
from veo_workflow.clips.operations import queue_processing
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import Database
from veo_workflow.operating import readiness
from veo_workflow.people.models import Person
from veo_workflow.services import Services, open_services

Built = Callable[..., Flask]


@pytest.fixture
def app_with(services: Services) -> Built:
    """The application with other settings, or other parts."""

    def build(parts: dict[str, Any] | None = None, **changes: object) -> Flask:
        settings = services.settings.model_copy(update=changes)
        return create_app(Services(**{**vars(services), "settings": settings, **(parts or {})}))

    return build


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a part that is well may take its time."""
    monkeypatch.setattr(readiness, "PATIENCE", 60.0)


def test_being_alive_asks_nothing_of_the_database(app_with: Built) -> None:
    gone = Database("postgresql+psycopg://veo@/none?host=/nowhere")
    assert app_with({"database": gone}).test_client().get("/healthz").status_code == 200


def test_a_copy_whose_parts_all_answer_is_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"state": "ready"})


def test_a_database_that_is_away_or_behind_is_named(app_with: Built, tmp_path: Path) -> None:
    gone = Database("postgresql+psycopg://veo@/none?host=/nowhere")
    empty = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    for database, missing in ((gone, ["database", "schema"]), (empty, ["schema"])):
        answer = app_with({"database": database}).test_client().get("/readyz")
        assert (answer.status_code, answer.get_json()["missing"]) == (503, missing)


def test_a_redis_and_a_storage_that_are_away_are_named(app_with: Built, services: Services) -> None:
    nowhere = {"redis_url": "unix:///nowhere/redis.sock", "storage": "s3", "s3_endpoint": "http://127.0.0.1:9"}
    away = open_services(
        services.settings.model_copy(update={**nowhere, "s3_public_origin": "http://127.0.0.1:9", "s3_bucket": "none"})
    )
    answer = app_with({"redis": away.redis, "storage": away.storage}).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["missing"]) == (503, ["redis", "storage"])


def test_a_part_that_hangs_is_named(app_with: Built, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that takes the question and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        hanging = open_services(services.settings.model_copy(update={"redis_url": url})).redis
        watcher = app_with({"redis": hanging}).test_client()
        monkeypatch.setattr(readiness, "PATIENCE", 1.0)
        wait_until(lambda: watcher.get("/readyz").get_json()["missing"] == ["redis"], 60)


def test_who_has_not_answered_is_not_asked_again() -> None:
    gate = threading.Event()
    part = readiness._Part(gate.wait)
    question = part.ask()
    assert part.ask() is question
    gate.set()
    assert question.wait(60)
    assert part.ask() is not question


def test_what_each_process_counts_is_one_sum(app: Flask, services: Services) -> None:
    """Two more processes count, then end: with ceremony the one, at once the other."""
    other = f"""
import os, sys
from redis import Redis
from veo_workflow import metrics
metrics.keep_in(Redis.from_url({services.settings.redis!r}))
for _ in range(500):
    metrics.JOB_FAILURES.add("disk_full")
    metrics.JOB_SECONDS.observe(3.0, "converting")
if sys.argv[1] == "at once":
    metrics.flush()
    os._exit(0)
"""
    running = [subprocess.Popen([sys.executable, "-c", other, how]) for how in ("at once", "with ceremony")]
    assert [each.wait(60) for each in running] == [0, 0]
    metrics.JOB_FAILURES.add("disk_full")
    metrics.flush()
    found = figures(app.test_client().get("/metrics").get_data(as_text=True))
    assert found["veo_job_failures_total", "reason=disk_full"] == 1001
    assert found["veo_job_seconds_count", "stage=converting"] == 1000
    assert found["veo_job_seconds_sum", "stage=converting"] == pytest.approx(3000)
    assert found["veo_job_seconds_bucket", "le=2.5 stage=converting"] == 0
    assert found["veo_job_seconds_bucket", "le=5 stage=converting"] == 1000


def test_what_was_counted_before_a_fork_is_handed_over_once(services: Services) -> None:
    forking = f"""
import os
from redis import Redis
from veo_workflow import metrics
metrics.JOB_FAILURES.add("disk_full", amount=10)
child = os.fork()
metrics.keep_in(Redis.from_url({services.settings.redis!r}))
metrics.JOB_FAILURES.add("disk_full")
metrics.flush()
if child:
    os.waitpid(child, 0)
else:
    os._exit(0)
"""
    subprocess.run([sys.executable, "-c", forking], check=True, timeout=60)
    assert [each.value for each in metrics.sums(services.redis) if each.name == metrics.JOB_FAILURES.name] == [12]


def test_counts_wait_for_a_redis_that_is_away(services: Services) -> None:
    away = open_services(services.settings.model_copy(update={"redis_url": "unix:///nowhere/redis.sock"}))
    metrics.keep_in(away.redis)
    metrics.STORAGE_ERRORS.add("unavailable")
    metrics.flush()
    metrics.keep_in(services.redis)
    metrics.flush()
    kept = [each.value for each in metrics.sums(services.redis) if each.name == metrics.STORAGE_ERRORS.name]
    assert kept == [1]


def test_the_keeper_of_counts_outlives_whatever_befalls_one_hand_over(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    befell = threading.Event()

    def closed(**_: object) -> None:
        monkeypatch.setattr(services.redis, "pipeline", pipeline)
        befell.set()
        raise ValueError("somebody closed it")

    pipeline = services.redis.pipeline
    for pause in ("FLUSH_SECONDS", "LEVEL_SECONDS"):
        monkeypatch.setattr(metrics, pause, 0.05)
    monkeypatch.setattr(services.redis, "pipeline", closed)
    metrics.keep_in(services.redis)
    metrics.STORAGE_ERRORS.add("unavailable")
    assert befell.wait(60)
    name = metrics.STORAGE_ERRORS.name
    wait_until(lambda: [each.value for each in metrics.sums(services.redis) if each.name == name] == [1])


def test_requests_are_counted_by_route_and_status(app: Flask, services: Services) -> None:
    visitor = app.test_client()
    visitor.get("/sign-in")
    visitor.get("/clips/01a20000-0000-7000-8000-000000000000")
    visitor.open("/somewhere", method="CANARY")
    metrics.flush()
    found = figures(visitor.get("/metrics").get_data(as_text=True))
    assert found["veo_requests_total", "route=people.sign_in status=200"] == 1
    assert found["veo_requests_total", "route=tags.studio status=302"] == 1
    assert found["veo_request_seconds_count", "route=people.sign_in"] == 1
    assert not [name for name in found if "01a20000" in name[1] or "CANARY" in name[1]]


def test_a_round_of_upkeep_is_counted_by_duty(app: Flask) -> None:
    metrics.upkeep_did({"ring_again": 2, "sweep": 0, "failures": 1})
    metrics.upkeep_did({"ring_again": 1, "failures": 0})
    metrics.flush()
    found = figures(app.test_client().get("/metrics").get_data(as_text=True))
    assert found["veo_upkeep_actions_total", "duty=ring_again"] == 3
    assert ("veo_upkeep_actions_total", "duty=sweep") not in found
    assert found["veo_upkeep_failures_total", ""] == 1


def test_waiting_work_is_counted_by_the_rows(app: Flask, services: Services, world: World) -> None:
    with services.database.transaction() as session:
        for _ in range(3):
            clip = make_clip(session, session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id))
            clip.state, clip.original_key = ClipState.UPLOADING, f"uploads/{clip.id}/original"
            queue_processing(session, clip, services.doorbell)
        assert claim(session, clip.id, 60)
    found = figures(app.test_client().get("/metrics").get_data(as_text=True))
    assert (found["veo_jobs", "state=waiting"], found["veo_jobs", "state=running"]) == (2, 1)
    assert found["veo_oldest_waiting_job_seconds", ""] >= 0
    assert found["veo_part_answers", "part=database"] == 1


def test_figures_are_for_this_machine_or_for_the_token(app_with: Built) -> None:
    far: Any = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
    closed, open_ = app_with().test_client(), app_with(metrics_token="a-long-token").test_client()
    assert closed.get("/metrics").status_code == 200
    assert closed.get("/metrics", **far).status_code == 404
    assert closed.get("/metrics", headers={"Authorization": "Bearer "}, **far).status_code == 404
    assert closed.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404
    assert open_.get("/metrics", headers={"Authorization": "Bearer wrong"}, **far).status_code == 404
    assert open_.get("/metrics", headers={"Authorization": "Bearer a-long-token"}, **far).status_code == 200


def test_watchers_on_the_inside_ask_in_the_clear(app: Flask) -> None:
    far: Any = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
    assert app.test_client().get("/healthz", **far).status_code == 200
    assert app.test_client().get("/readyz", **far).status_code == 200
    assert app.test_client().get("/sign-in", **far).status_code == 403
