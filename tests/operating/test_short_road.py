"""The short road of a range: it says yes to whom the whole road would, and leaves everything else to that."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.support.world import World, make_clip
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.delivery import OBJECTS
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.operating.short_road import ShortRoad
from veo_workflow.people.models import Pair, Person, SignIn
from veo_workflow.schools.models import School
from veo_workflow.services import Services
from veo_workflow.settings import Settings

SignedIn = Callable[[Person | None], FlaskClient]
BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
STATES = {
    "shared": {},
    "private": {"shared_with_coach_at": None},
    "held": {"held_at": now()},
    "flagged": {"flagged_at": now()},
    "processing": {"state": ClipState.PROCESSING},
    "withdrawn": {"state": ClipState.WITHDRAWN},
    "expired": {"state": ClipState.EXPIRED},
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"nginx": True})


@pytest.fixture
def clip(services: Services, world: World) -> Clip:
    film = services.settings.data / "film"
    film.write_bytes(b"film")
    with services.database.transaction() as session:
        made = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
    services.storage.put(f"clips/{made.id}/1/playback.mp4", film, "video/mp4")
    return made


class Roads:
    """Which of the two a request has gone."""

    def __init__(self, app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(app.wsgi_app, ShortRoad)
        self._road, self._services, self._whole = app.wsgi_app, services, app.wsgi_app._whole_road
        self.gone = ""
        monkeypatch.setattr(self._road, "_whole_road", self._go)

    def _go(self, environ: Any, start_response: Any) -> Any:
        self.gone = "whole"
        return self._whole(environ, start_response)

    def begin(self, browser: FlaskClient, film: str) -> int:
        """A sitting begins: the whole road, always."""
        self._services.redis.flushall()
        self._road._noted_until.clear()
        status = browser.get(film).status_code
        assert self.gone == "whole"
        return status

    def next(self, browser: FlaskClient, film: str, **asked: Any) -> TestResponse:
        self.gone = "short"
        return browser.get(film, **asked)


@pytest.fixture
def roads(app: Flask, services: Services, monkeypatch: pytest.MonkeyPatch) -> Roads:
    return Roads(app, services, monkeypatch)


def change(services: Services, thing: type, thing_id: object, **values: object) -> None:
    with services.database.transaction() as session:
        session.execute(update(thing).where(thing.id == thing_id).values(**values))


@BOTH
def test_it_says_yes_to_whom_the_whole_road_says_yes_and_to_nobody_else(
    services: Services, world: World, client_for: SignedIn, clip: Clip, roads: Roads
) -> None:
    """Everybody, in every state of the clip and of its pair."""
    film = f"/media/{clip.id}/playback"
    browsers = {name: client_for(person) for name, person in world.everybody.items()} | {"nobody": client_for(None)}
    as_it_was = {name: getattr(clip, name) for values in STATES.values() for name in values}
    short = set()
    for pair_ended_at in (None, now()):
        change(services, Pair, world.pair.id, ended_at=pair_ended_at)
        for state, values in STATES.items():
            change(services, Clip, clip.id, **as_it_was | values)
            for name, browser in browsers.items():
                whole = roads.begin(browser, film)
                if name in world.everybody:  # as if they had been let through a moment ago
                    services.redis.set(f"veo:watching:{world.everybody[name].id}:{clip.id}", 1, ex=60)
                answer = roads.next(browser, film)
                assert answer.status_code == whole, (name, state)
                if roads.gone == "short":
                    short.add((name, state, pair_ended_at is None))
                    assert answer.headers["X-Accel-Redirect"] == f"{OBJECTS}/clips/{clip.id}/1/playback.mp4"
    assert short == {
        *(("asha", state, lasts) for state in ("shared", "private", "held") for lasts in (True, False)),
        ("priya", "shared", True),
        *(("asha", "flagged", lasts) for lasts in (True, False)),
    }


def test_what_ends_a_sign_in_or_holds_it_up_bites_on_the_next_range(
    services: Services, world: World, client_for: SignedIn, clip: Clip, roads: Roads
) -> None:
    film, priya = f"/media/{clip.id}/playback", world.priya.id
    for thing, thing_id, values in (
        (SignIn, None, {"ended_at": now()}),
        (SignIn, None, {"last_seen_at": now() - timedelta(days=2)}),
        (SignIn, None, {"created_at": now() - timedelta(days=60)}),
        (Person, priya, {"disabled_at": now()}),
        (School, world.priya.school_id, {"second_step_from": now().date()}),
    ):
        browser = client_for(world.priya)
        assert roads.begin(browser, film) == 200
        assert (roads.next(browser, film).status_code, roads.gone) == (200, "short")
        with services.database.transaction() as session:
            row = (
                session.scalars(select(SignIn).order_by(SignIn.created_at.desc())).first() if thing_id is None else None
            )
        change(services, thing, row.id if row else thing_id, **values)
        refused = roads.next(browser, film)
        assert (refused.status_code in {401, 403}, roads.gone) == (True, "whole"), values
        change(services, Person, priya, disabled_at=None)


def test_it_is_for_this_host_over_a_line_of_its_own_and_a_cookie_that_is_ours(
    world: World, client_for: SignedIn, clip: Clip, roads: Roads
) -> None:
    film, browser = f"/media/{clip.id}/playback", client_for(world.priya)
    assert roads.begin(browser, film) == 200
    for status, asked in (
        (400, {"headers": {"Host": "elsewhere.example"}}),
        (403, {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}),
    ):
        assert (roads.next(browser, film, **asked).status_code, roads.gone) == (status, "whole")
    forged = client_for(None)
    forged.set_cookie("veo", browser.get_cookie("veo").decoded_value[:-3] + "abc")  # type: ignore[union-attr]
    assert (roads.next(forged, film).status_code, roads.gone) == (401, "whole")
    assert roads.next(browser, film.replace("playback", "poster")).status_code == 404


def test_that_somebody_is_there_is_noted_and_a_new_sitting_written_down(
    services: Services, world: World, client_for: SignedIn, clip: Clip, roads: Roads
) -> None:
    film, browser = f"/media/{clip.id}/playback", client_for(world.priya)
    roads.begin(browser, film)
    with services.database.reading() as session:
        mine = session.scalars(select(SignIn.id).where(SignIn.person_id == world.priya.id)).one()
    change(services, SignIn, mine, last_seen_at=now() - timedelta(minutes=6))
    assert (roads.next(browser, film).status_code, roads.gone) == (200, "whole")
    assert (roads.next(browser, film).status_code, roads.gone) == (200, "short")
    other = client_for(world.asha)
    assert (roads.next(other, film).status_code, roads.gone) == (200, "whole"), "her own first range"
    with services.database.reading() as session:
        watched = select(AuditEntry.person_id).where(AuditEntry.action == "clip_watched").order_by(AuditEntry.at)
        assert list(session.scalars(watched)) == [world.priya.id, world.asha.id]
