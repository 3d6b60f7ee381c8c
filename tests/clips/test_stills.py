"""Stills and cuts on demand: made once, kept with the clip, gone with the clip, for those alone who may see it."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.storage.conftest import s3 as s3
from tests.support.camera import counter, ffmpeg, h264
from tests.support.counter import counters
from tests.support.world import World, make_clip
from veo_workflow.clips import operations, stills
from veo_workflow.clips.models import Clip, ClipState, Rendition, RenditionKind
from veo_workflow.clips.queries import renditions_of
from veo_workflow.errors import InvalidInput, NotFound, Unavailable
from veo_workflow.media import MediaFailure
from veo_workflow.people.models import Person
from veo_workflow.services import Services
from veo_workflow.storage import StoredObject
from workers.upkeep import one_round

SignedIn = Callable[[Person | None], FlaskClient]
RATE, SECONDS = 25, 2


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds whose frames carry their number, as the software encodes them."""
    path = tmp_path_factory.mktemp("lesson") / "playback.mp4"
    source = f"testsrc2=s=320x180:r={RATE}:d={SECONDS}"
    codec = h264(600, gop=RATE // 2)
    ffmpeg("-f", "lavfi", "-i", source, "-vf", counter(180), *codec, "-movflags", "+faststart", path)
    return path


@pytest.fixture(params=["disk", "s3"])
def school(request: pytest.FixtureRequest, services: Services) -> Services:
    """The services, with each of the two ways to store."""
    if request.param == "disk":
        return services
    return replace(services, storage=request.getfixturevalue("s3"))


def furnish(services: Services, world: World, lesson: Path) -> Clip:
    """Asha's clip, shared with Priya, with its playback file in storage."""
    with services.database.transaction() as session:
        clip = make_clip(session, world.cycle, world.asha)
        clip.duration_ms, clip.frames, clip.frame_rate_num = SECONDS * 1000, SECONDS * RATE, RATE
    services.storage.put(f"clips/{clip.id}/1/playback.mp4", lesson, "video/mp4")
    return clip


@pytest.fixture
def clip(school: Services, world: World, lesson: Path) -> Clip:
    return furnish(school, world, lesson)


@pytest.fixture
def on_disk(services: Services, world: World, lesson: Path) -> Clip:
    return furnish(services, world, lesson)


def playback_of(services: Services, clip: Clip) -> Rendition:
    with services.database.reading() as session:
        return renditions_of(session, [clip.id])[clip.id][RenditionKind.PLAYBACK]


def ask(services: Services, clip: Clip, piece: stills.Piece) -> str:
    return stills.kept(services, clip, playback_of(services, clip), piece)


def waiting_for(key: str) -> int:
    """How many need this playback file at the moment."""
    held = stills._copies._held.get(key)
    return held.users if held else 0


def keys(services: Services) -> list[str]:
    return [each.key for each in services.storage.list("clips/")]


@contextlib.contextmanager
def without_ffmpeg(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("PATH", str(folder))
        yield


def test_a_still_is_made_once_and_then_comes_from_storage(
    school: Services, clip: Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = ask(school, clip, stills.still_at(clip, 700))
    assert key == f"clips/{clip.id}/1/stills/17.jpg"
    school.storage.fetch(key, tmp_path / "still.jpg")
    assert counters(tmp_path / "still.jpg") == [17]
    with without_ffmpeg(monkeypatch, tmp_path):
        assert ask(school, clip, stills.still_at(clip, 719)) == key
        with pytest.raises(MediaFailure):
            ask(school, clip, stills.still_at(clip, 720))
    assert not list(school.settings.scratch.iterdir())


def test_a_cut_is_made_once_and_then_comes_from_storage(
    school: Services, clip: Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    piece = stills.cut_between(clip, 620, 1180)
    key = ask(school, clip, piece)
    assert key == f"clips/{clip.id}/1/cuts/15-29.mp4"
    school.storage.fetch(key, tmp_path / "cut.mp4")
    assert counters(tmp_path / "cut.mp4") == list(range(15, 30))
    with without_ffmpeg(monkeypatch, tmp_path):
        assert ask(school, clip, piece) == key


def test_stills_and_cuts_are_erased_with_their_clip(school: Services, clip: Clip, world: World) -> None:
    ask(school, clip, stills.still_at(clip, 100))
    ask(school, clip, stills.cut_between(clip, 100, 300))
    assert len(keys(school)) == 3
    with school.database.transaction() as session:
        operations.withdraw(session, session.get_one(Clip, clip.id), by=world.asha)
    one_round(school)
    assert keys(school) == []


class Meanwhile:
    """Storage in which something happens right before, or right after, the next file is put."""

    def __init__(self, services: Services, what: Callable[[], None], *, before: bool) -> None:
        self._put, self._what, self._before = services.storage.put, what, before

    def put(self, key: str, source: Path, content_type: str) -> StoredObject:
        if self._before:
            self._what()
        stored = self._put(key, source, content_type)
        if not self._before:
            self._what()
        return stored


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_withdrawal_while_a_still_is_made_leaves_nothing(
    school: Services, clip: Clip, world: World, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    def withdrawn_and_erased() -> None:
        with school.database.transaction() as session:
            operations.withdraw(session, session.get_one(Clip, clip.id), by=world.asha)
        if before:
            one_round(school)

    monkeypatch.setattr(school.storage, "put", Meanwhile(school, withdrawn_and_erased, before=before).put)
    playback = playback_of(school, clip)
    with pytest.raises(NotFound):
        stills.kept(school, clip, playback, stills.still_at(clip, 100))
    assert [key for key in keys(school) if "stills" in key] == []
    one_round(school)
    assert keys(school) == []


@pytest.mark.parametrize("changed", [{"attempt": 2}, {"state": ClipState.QUEUED}], ids=["made anew", "waiting"])
def test_a_clip_that_is_made_anew_meanwhile_keeps_no_still_of_before(
    school: Services, clip: Clip, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    def made_anew() -> None:
        with school.database.transaction() as session:
            for name, value in changed.items():
                setattr(session.get_one(Clip, clip.id), name, value)

    monkeypatch.setattr(school.storage, "put", Meanwhile(school, made_anew, before=True).put)
    with pytest.raises(NotFound):
        ask(school, clip, stills.cut_between(clip, 100, 300))
    assert keys(school) == [f"clips/{clip.id}/1/playback.mp4"]


def test_nothing_stays_when_the_row_cannot_be_read(
    services: Services, on_disk: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    playback = playback_of(services, on_disk)

    def away() -> None:
        raise ConnectionError("the database went away")

    monkeypatch.setattr(services.database, "reading", away)
    with pytest.raises(ConnectionError):
        stills.kept(services, on_disk, playback, stills.still_at(on_disk, 100))
    assert keys(services) == [playback.key]


def test_many_who_ask_at_once_share_one_copy_of_the_film(
    school: Services, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []
    local = school.storage.local

    def noted(key: str) -> contextlib.AbstractContextManager[Path]:
        fetched.append(key)
        return local(key)

    monkeypatch.setattr(school.storage, "local", noted)
    playback, answers = playback_of(school, clip), []

    def asking(ms: int) -> None:
        answers.append(stills.kept(school, clip, playback, stills.still_at(clip, ms)))

    with contextlib.ExitStack() as busy:
        for _ in range(stills.AT_ONCE):
            busy.enter_context(stills._place())
        threads = [threading.Thread(target=asking, args=(ms,)) for ms in (100, 100, 100, 900, 1500)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 60
        while waiting_for(playback.key) < len(threads) and time.monotonic() < until:
            time.sleep(0.01)
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(f"clips/{clip.id}/1/stills/{n}.jpg" for n in (2, 2, 2, 22, 37))
    assert fetched == [playback.key]
    assert waiting_for(playback.key) == 0
    assert not list(school.settings.scratch.iterdir())


def test_who_waits_too_long_is_asked_to_come_again(
    services: Services, on_disk: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills, "PATIENCE", 0.05)
    kept = ask(services, on_disk, stills.still_at(on_disk, 1000))
    with contextlib.ExitStack() as busy:
        for _ in range(stills.AT_ONCE):
            busy.enter_context(stills._place())
        assert ask(services, on_disk, stills.still_at(on_disk, 1000)) == kept
        with pytest.raises(Unavailable) as said:
            ask(services, on_disk, stills.still_at(on_disk, 100))
    assert said.value.retryable
    assert ask(services, on_disk, stills.still_at(on_disk, 100))


def test_the_oldest_go_when_too_many_are_kept(
    services: Services, on_disk: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stills, "KEPT", {"stills": 2, "cuts": 1})
    made = [ask(services, on_disk, stills.still_at(on_disk, ms)) for ms in (1900, 100, 500)]
    assert {key for key in keys(services) if "stills" in key} == set(made[1:])


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "sentence"),
    [(500, 400, stills.BACKWARDS), (0, 120_001, stills.TOO_LONG), (100, 2000, stills.BEYOND)],
)
def test_a_moment_that_cannot_be_cut_is_refused_plainly(
    on_disk: Clip, start_ms: int, end_ms: int, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as said:
        stills.cut_between(on_disk, start_ms, end_ms)
    assert said.value.message == sentence


def test_a_time_is_the_frame_it_lies_in(on_disk: Clip) -> None:
    on_disk.frame_rate_num, on_disk.frame_rate_den, on_disk.frames = 30000, 1001, 60
    assert on_disk.frame_rate == Fraction(30000, 1001)
    names = [stills.still_at(on_disk, ms).name for ms in (0, 33, 34, 1000, 1001, 2001)]
    assert names == [f"stills/{n}.jpg" for n in (0, 0, 1, 29, 30, 59)]
    with pytest.raises(InvalidInput):
        stills.still_at(on_disk, 2002)


def test_over_the_web_a_still_is_a_picture_that_is_asked_for_again_each_time(
    services: Services, on_disk: Clip, world: World, client_for: SignedIn, tmp_path: Path
) -> None:
    priya, address = client_for(world.priya), f"/media/{on_disk.id}/still/700"
    answer = priya.get(address)
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    (tmp_path / "still.jpg").write_bytes(answer.data)
    assert counters(tmp_path / "still.jpg") == [17]
    same = {"If-None-Match": answer.headers["ETag"]}
    assert priya.get(address, headers=same).status_code == 304
    client_for(world.asha).post(f"/clips/{on_disk.id}/unshare")
    assert priya.get(address, headers=same).status_code == 404
    assert priya.get(f"/media/{on_disk.id}/cut/700/900").status_code == 404


def test_over_the_web_a_cut_comes_in_ranges(on_disk: Clip, world: World, client_for: SignedIn) -> None:
    priya, address = client_for(world.priya), f"/media/{on_disk.id}/cut/620/1180"
    whole = priya.get(address)
    assert (whole.status_code, whole.content_type) == (200, "video/mp4")
    part = priya.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, whole.data[10:20])


@pytest.mark.parametrize("piece", ["still/2000", "still/99999999999999999999", "cut/0/2000", "cut/900/800"])
def test_over_the_web_what_lies_outside_is_refused_in_one_sentence(
    piece: str, on_disk: Clip, world: World, client_for: SignedIn
) -> None:
    answer = client_for(world.asha).get(f"/media/{on_disk.id}/{piece}")
    assert answer.status_code == 422
    assert answer.get_json()["message"].endswith(".")


@pytest.mark.parametrize("state", [ClipState.PROCESSING, ClipState.QUEUED, ClipState.FAILED, ClipState.WITHDRAWN])
def test_only_a_ready_clip_has_stills(
    services: Services, on_disk: Clip, world: World, client_for: SignedIn, state: ClipState
) -> None:
    for piece in (stills.still_at(on_disk, 0), stills.cut_between(on_disk, 0, 100)):
        ask(services, on_disk, piece)
    with services.database.transaction() as session:
        session.get_one(Clip, on_disk.id).state = state
    asha = client_for(world.asha)
    assert [asha.get(f"/media/{on_disk.id}/{piece}").status_code for piece in ("still/0", "cut/0/100")] == [404, 404]
    assert asha.get(f"/media/{uuid.uuid4()}/still/0").status_code == 404


def test_no_transaction_is_open_while_a_still_is_made(
    services: Services, on_disk: Clip, world: World, client_for: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_then: list[int] = []
    pool = services.database.engine.pool
    make = stills._make

    def noted(*arguments: object) -> None:
        open_then.append(pool.checkedout())  # type: ignore[attr-defined]
        make(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stills, "_make", noted)
    assert client_for(world.asha).get(f"/media/{on_disk.id}/still/0").status_code == 200
    assert open_then == [0]
