"""One world for the whole matrix, copied for each case: building it anew would take minutes."""

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.access.elsewhere import CANARY, sing
from tests.access.matrix import ROOMS
from tests.access.rows import Ids
from tests.support import postgres
from tests.support.confirming import confirmed
from tests.support.world import World, make_clip, make_cycle, make_tag, make_world
from veo_workflow.app import create_app
from veo_workflow.clips.models import ClipState, Purpose
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted as WantedShare
from veo_workflow.clips.uploads.operations import begin
from veo_workflow.clips.uploads.rules import Wanted
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import Cycle
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.database import now
from veo_workflow.migrations import migrate
from veo_workflow.people import operations as people
from veo_workflow.people.models import Person
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings

PRIVATE, DRAFT, SHARED, GOAL, IDENTIFY = (
    f"canary-{word}" for word in ("private", "draft", "shared", "goal", "identify")
)
ELSEWHERE = CANARY


@dataclasses.dataclass
class Case:
    """A copy of the world, and a browser for each of its people."""

    services: Services
    ids: Ids
    client: Callable[[str | None], FlaskClient]


@dataclasses.dataclass(frozen=True)
class Model:
    """The world as it was made once: where it lies, and everybody's sign-in."""

    settings: Settings
    ids: Ids
    tokens: dict[str, str]
    kept: list[str]  # what PostgreSQL is told to lay it anew


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Iterator[Model]:
    with contextlib.ExitStack() as running:
        url = "" if request.param == "sqlite" else running.enter_context(postgres.private_postgres())
        yield _model(tmp_path_factory.mktemp("matrix"), redis_url, url)


def _model(folder: Path, redis_url: str, database_url: str) -> Model:
    settings = Settings(
        data=folder / "var",
        redis_url=redis_url,
        database_url=database_url,
        secret_key="not a secret: for tests only",
    )
    settings.data.mkdir()
    services = open_services(settings)
    migrate(services.database.engine)
    world = make_world(services)
    ids = _fill(services, world)
    with services.database.transaction() as session:
        tokens = {
            name: people.open_sign_in(session, session.get_one(Person, person.id))
            for name, person in world.everybody.items()
        }
    kept = postgres.keep(services.database.engine) if database_url else []
    services.database.engine.dispose()
    return Model(settings, ids, tokens, kept)


def _fill(services: Services, world: World) -> Ids:
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        clip = make_clip(session, cycle, world.asha)
        make_clip(session, cycle, world.asha, shared=False, title=PRIVATE)
        failed = make_clip(session, cycle, world.asha)
        failed.state, failed.reason_code, failed.reason = ClipState.FAILED, "media_failed", "Try again."
        for_sam = WantedShare(world.sam.id, now().date() + timedelta(days=5))
        share = shares.give(session, clip, for_sam, by=world.asha)
        tag = make_tag(session, clip, world.priya, world.strategy)
        tag.note = SHARED
        make_tag(session, clip, world.priya, world.strategy, shared=False).note = DRAFT
        cycles.write_goal(session, cycle, GoalWords(GOAL), after=1, by=world.asha)
        _cycle_elsewhere(session, world)
        session.flush()
        more: dict[str, str] = {}
        for room in ROOMS:
            more |= room.fill(session, world) if hasattr(room, "fill") else {}
        sing(session, world.olu.school_id)
        kept = (str(clip.id), str(failed.id), str(tag.id), str(share.id))
    source = services.settings.data / "playback.mp4"
    source.write_bytes(b"x" * 500)
    for name in ("playback.mp4", "poster.jpg", "stills/30.jpg", "cuts/30-60.mp4"):
        services.storage.put(f"clips/{kept[0]}/1/{name}", source, "video/mp4")
    services.storage.put(f"clips/{more['held_clip']}/1/playback.mp4", source, "video/mp4")
    services.storage.put(f"evidence/{more['evidence']}/{more['file']}.jpg", source, "image/jpeg")
    services.storage.put(f"resources/{more['paper']}/{more['paper_file']}.jpg", source, "image/jpeg")
    services.storage.put(f"archives/{more['archive']}/1.zip", source, "application/zip")
    wanted = Wanted(world.cycle.id, Purpose.PROGRESS, "lesson.mov", 1000, "video/quicktime", "1000-matrix", False)
    upload, _ = begin(services, world.asha, wanted, "the-matrix-upload")
    return Ids(world, str(world.cycle.id), *kept, str(world.strategy.strategy_id), str(upload.id), more)


def _cycle_elsewhere(session: Session, world: World) -> None:
    """Something of the other school's, which must never be seen here."""
    una = people.add_person(
        session, school=world.olu.school_id, email="una@example.org", name="Una Hart", roles=frozenset()
    )
    pair = people.make_pair(session, coach=world.olu, coachee=una, starts_on=now().date(), ends_on=None, by=None)
    session.flush()
    clip = make_clip(session, make_cycle(session, pair, una), una)
    shares.give(session, clip, WantedShare(None, now().date(), shows=ELSEWHERE), by=una)


@pytest.fixture(scope="session")
def running(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """One application over a copy of the world that `fresh` lays anew."""
    data = tmp_path_factory.mktemp("running") / "var"
    services = open_services(model.settings.model_copy(update={"data": data}))
    app = create_app(services)
    app.config["WTF_CSRF_ENABLED"] = False

    def client(name: str | None) -> FlaskClient:
        browser = app.test_client()
        if name is not None:
            with browser.session_transaction() as cookie:
                cookie["_user_id"] = model.tokens[name]
            confirmed(browser)
        return browser

    yield Case(services, model.ids, client)
    services.events.close()
    services.database.engine.dispose()


@pytest.fixture
def fresh(model: Model, running: Case) -> Callable[[], Case]:
    """The world as it was made, each time it is called."""

    def lay_anew() -> Case:
        running.services.database.engine.dispose()
        if model.settings.database_url:
            postgres.lay_anew(running.services.database.engine, model.kept)
        running.services.redis.flushall()  # tries that earlier rows have used up
        shutil.rmtree(running.services.settings.data, ignore_errors=True)
        shutil.copytree(model.settings.data, running.services.settings.data)
        return running

    return lay_anew
