"""Uploading and watching as Asha does it where nginx stands in front and the footage is in a bucket: one origin."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import until
from tests.browser.uploading import Line, Mine, UploadPage, carries_on_after_a_cut, wait_for
from tests.support.live import School, live_school
from tests.support.swift_s3 import Store
from tests.support.world import make_clip
from veo_workflow.clips.models import ClipState, UploadState
from veo_workflow.cycles.models import Cycle
from veo_workflow.people.models import Person
from veo_workflow.settings import MIB

PART = 5 * MIB  # a store joins no smaller ones
PARTS = 6

pytestmark = pytest.mark.timeout(300)  # the store has to start as well


@pytest.fixture(scope="module")
def school(swift: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    with live_school(folder, workers=0, store=swift, part_size=str(PART)) as school:
        yield school


@pytest.fixture
def path(film: Callable[..., Path]) -> Path:
    return film(parts=PARTS)


def test_a_film_goes_up_part_by_part(upload: UploadPage, path: Path, mine: Mine) -> None:
    upload.go(path)
    upload.stage("Checking")
    assert sorted(upload.sent) == list(range(1, PARTS + 1)), "every part once"
    assert mine.original() == path.read_bytes()
    assert mine.clip().state is ClipState.QUEUED


def test_when_the_line_drops_it_carries_on_by_itself(upload: UploadPage, path: Path, mine: Mine) -> None:
    carries_on_after_a_cut(upload, mine, path, after=2, parts=PARTS)


def test_after_a_reload_the_same_film_goes_on_where_it_stopped(upload: UploadPage, path: Path, mine: Mine) -> None:
    line = Line(upload.page)
    line.carry(2)
    upload.go(path)
    wait_for(lambda: len(upload.sent) == 2, upload.page)
    upload.page.reload()
    upload.notice("Choose the same video to continue")
    here = mine.arrived()
    assert len(here) == 2
    upload.sent.clear()
    line.mend()
    upload.choose(path)
    upload.stage("Checking")
    assert sorted(upload.sent) == [n for n in range(1, PARTS + 1) if n not in here]
    assert mine.original() == path.read_bytes()


def test_an_abort_nobody_asked_for_is_only_a_retry(upload: UploadPage, path: Path, mine: Mine) -> None:
    mishaps = iter(["abort", "fail", "abort", "abort"])

    def meet(route: Route) -> None:
        match next(mishaps, None):
            case "abort":
                route.abort()
            case "fail":
                route.fulfill(status=502, body="<html>Bad Gateway</html>")
            case _:
                route.continue_()

    upload.page.route("**/uploads/**/original?**", meet)
    upload.go(path)
    upload.stage("Checking")
    assert next(mishaps, None) is None, "each of them was met"
    assert mine.original() == path.read_bytes()


def test_cancelling_leaves_nothing_in_the_bucket(upload: UploadPage, path: Path, mine: Mine) -> None:
    Line(upload.page).carry(1)
    upload.go(path)
    wait_for(lambda: len(upload.sent) == 1, upload.page)
    clip = mine.clip()
    upload.page.get_by_role("button", name="Cancel this upload").click()
    upload.page.get_by_role("button", name="Cancel the upload").click()
    upload.notice("The upload is cancelled. Nothing of it is kept here.")
    wait_for(lambda: mine.stored(clip.id) == 0, upload.page)
    assert (mine.clips(), list(mine.uploads().values())) == ([], [UploadState.ABORTED])


def test_a_film_in_the_bucket_plays_and_jumps(upload: UploadPage, mine: Mine, school: School, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=6"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart", str(film)]
    subprocess.run(["ffmpeg", "-v", "error", *source, *coded], check=True)
    services = school.services
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, mine.cycle), session.get_one(Person, school.world.asha.id))
    services.storage.put(f"clips/{clip.id}/1/playback.mp4", film, "video/mp4")
    page = upload.page
    page.evaluate(
        """source => {
          globalThis.film = Object.assign(document.createElement("video"), { src: source, muted: true });
          film.addEventListener("seeked", () => { film.jumped = true; });
          document.body.append(film);
        }""",
        f"/media/{clip.id}/playback",
    )
    until(page, "film.readyState >= 1")
    assert page.evaluate("[film.videoWidth, Math.round(film.duration)]") == [320, 6]
    page.evaluate("film.currentTime = 5")
    until(page, "film.jumped === true && film.readyState >= 2")
    page.evaluate("film.play()")
    until(page, "film.currentTime > 5.2")
    assert page.evaluate("film.error") is None
