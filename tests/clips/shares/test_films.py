"""A shared moment is a film of its own: no byte before it or after it is reached by its share."""

import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.clips.shares.test_shares import film, row
from tests.support.camera import counter, ffmpeg, h264
from tests.support.counter import counters
from tests.support.world import World
from veo_workflow.clips import operations as clips
from veo_workflow.clips import processing
from veo_workflow.clips.models import Clip, Purpose
from veo_workflow.clips.shares import films
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import FILM_TRIES, Wanted
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.database import now
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.media import MediaFailure
from veo_workflow.people.models import Person
from veo_workflow.removal import operations as removal
from veo_workflow.removal.rules import Trim
from veo_workflow.services import Services

pytestmark = pytest.mark.usefixtures("remembering")

SignedIn = Callable[[Person | None], FlaskClient]
FIRST, LAST = 37, 62


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds that carry their frame numbers, with a tone."""
    path = tmp_path_factory.mktemp("lesson") / "lesson.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=30:d=3", "-f", "lavfi", "-i", "sine=d=3"]
    ffmpeg(*inputs, "-vf", counter(120), *h264(500), "-c:a", "aac", path)
    return path


@pytest.fixture
def clip_id(services: Services, world: World, lesson: Path) -> uuid.UUID:
    made = add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, lesson, lambda _fraction: None)
    processing.process(services, made)
    return made


def give(services: Services, world: World, clip_id: uuid.UUID, name: str, first: int, last: int) -> uuid.UUID:
    with services.database.transaction() as session:
        wanted = Wanted(getattr(world, name).id, now().date(), (first, last))
        asha, clip = session.get_one(Person, world.asha.id), session.get_one(Clip, clip_id)
        return shares.give(session, clip, wanted, by=asha).id


def take_back(services: Services, world: World, clip_id: uuid.UUID, share: uuid.UUID) -> None:
    with services.database.transaction() as session:
        shares.take_back(session, session.get_one(Clip, clip_id), share, by=world.asha)


def moments(services: Services) -> list[str]:
    return sorted(each.key for each in services.storage.list("clips/") if "/moments/" in each.key)


def test_until_it_is_prepared_nothing_can_be_watched_and_then_these_frames_alone(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn, tmp_path: Path
) -> None:
    share, sam = give(services, world, clip_id, "sam", FIRST, LAST), client_for(world.sam)
    assert sam.get(film(share)).status_code == 404
    assert "being prepared" in sam.get(f"/shared/{share}").get_data(as_text=True)
    assert films.prepare(services) == 1
    got = tmp_path / "got.mp4"
    got.write_bytes(sam.get(film(share)).data)
    assert counters(got) == list(range(FIRST, LAST + 1))
    assert packets_of(got) == LAST - FIRST + 1, "nothing hidden before it or after it"
    assert sam.get(f"/media/shared/{share}/poster").data[:3] == b"\xff\xd8\xff"
    assert check_invariants(services) == []


def packets_of(path: Path) -> int:
    """How many pictures are in the file, whether a player shows them or not."""
    counting = ["-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0"]
    asked = ["ffprobe", "-v", "error", "-select_streams", "v", "-ignore_editlist", "1", *counting, str(path)]
    told = subprocess.run(asked, capture_output=True, check=True)
    return int(told.stdout.split()[0].strip(b","))


def test_two_colleagues_have_one_film_and_it_goes_with_the_last_of_them(
    services: Services, world: World, clip_id: uuid.UUID
) -> None:
    first, second = (give(services, world, clip_id, name, FIRST, LAST) for name in ("sam", "tess"))
    assert films.prepare(services) == 2
    assert len(moments(services)) == 2, "a film and its poster"
    take_back(services, world, clip_id, first)
    films.forget(services)
    assert (len(moments(services)), check_invariants(services)) == (2, [])
    take_back(services, world, clip_id, second)
    films.forget(services)
    assert (moments(services), check_invariants(services)) == ([], [])


def test_what_is_taken_back_while_it_is_made_does_not_stay(
    services: Services, world: World, clip_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = give(services, world, clip_id, "sam", FIRST, LAST)
    make = films._make

    def made_and_taken_back(*given: object) -> None:
        make(*given)  # type: ignore[arg-type]
        take_back(services, world, clip_id, share)

    monkeypatch.setattr(films, "_make", made_and_taken_back)
    assert films.prepare(services) == 0
    assert moments(services) == []


def test_after_a_trim_a_moment_that_is_whole_is_made_anew_and_one_that_is_not_has_ended(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn, tmp_path: Path
) -> None:
    inside, across = (give(services, world, clip_id, "sam", *span) for span in ((FIRST, LAST), (20, 50)))
    films.prepare(services)
    with services.database.transaction() as session:
        clip = session.get_one(Clip, clip_id)
        removal.trim(session, clip, Trim(31, 70, 0, 0), services.doorbell, by=world.asha)
    sam = client_for(world.sam)
    assert [sam.get(film(share)).status_code for share in (inside, across)] == [404, 404]
    processing.process(services, clip_id)
    assert films.prepare(services) == 1
    got = tmp_path / "got.mp4"
    got.write_bytes(sam.get(film(inside)).data)
    assert counters(got) == list(range(FIRST, LAST + 1))
    assert row(services, across).revoked_at is not None
    films.forget(services)
    assert check_invariants(services) == []


def test_with_the_clip_every_film_of_it_goes(services: Services, world: World, clip_id: uuid.UUID) -> None:
    give(services, world, clip_id, "sam", FIRST, LAST)
    films.prepare(services)
    with services.database.transaction() as session:
        clips.withdraw(session, session.get_one(Clip, clip_id), by=world.asha)
    removal.erase(services, clip_id)
    assert (list(services.storage.list("clips/")), check_invariants(services)) == ([], [])


def test_a_film_that_cannot_be_made_is_given_up_and_says_so(
    services: Services, world: World, clip_id: uuid.UUID, client_for: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = give(services, world, clip_id, "sam", FIRST, LAST)

    def fail(*_given: object) -> None:
        raise MediaFailure("canary")

    monkeypatch.setattr(films, "_make", fail)
    for _ in range(FILM_TRIES + 1):
        assert films.prepare(services) == 0
    assert row(services, share).film_tries == FILM_TRIES
    assert "could not be prepared" in client_for(world.sam).get(f"/shared/{share}").get_data(as_text=True)
