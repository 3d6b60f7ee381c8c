"""Uploading as Asha sees it: a real browser, gunicorn, Redis and disk. Parts are small, so a small film has many."""

import contextlib
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Route, expect
from sqlalchemy import select, update

from tests.browser.uploading import PART, PARTS, Line, Look, Mine, UploadPage, carries_on_after_a_cut, wait_for
from tests.support.live import School, live_school
from veo_workflow.clips.models import ClipState, UploadState
from veo_workflow.clips.uploads.rules import fingerprint
from veo_workflow.schools.models import School as SchoolRow
from veo_workflow.settings import MIB


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """One school for all tests here, without a worker; each test has a cycle of its own in it."""
    with live_school(tmp_path_factory.mktemp("school"), workers=0, part_size=str(PART)) as school:
        yield school


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real film of four seconds that every browser shows."""
    path = tmp_path_factory.mktemp("films") / "Coming in after lunch.mp4"
    made = ["-f", "lavfi", "-i", "testsrc2=size=640x360:duration=4", "-vf", "noise=alls=60:allf=t"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", *made, *coded], check=True)
    return path


def test_a_film_goes_up_part_by_part_and_is_followed_until_it_is_ready(
    upload: UploadPage, film: Callable[..., Path], mine: Mine
) -> None:
    path = film(parts=40)  # more than the two ends that its fingerprint is taken of
    upload.page.get_by_label("Practice").check()
    upload.page.get_by_label("Share with Priya").check()
    upload.go(path)
    upload.stage("Checking")
    assert sorted(upload.sent) == list(range(1, 40 + 1)), "every part once"
    assert mine.original() == path.read_bytes()
    clip, content = mine.clip(), path.read_bytes()
    assert clip.fingerprint == fingerprint(len(content), content[:MIB], content[-MIB:])
    assert (clip.state, clip.title, clip.purpose.value) == (ClipState.QUEUED, "Coming in after lunch", "practice")
    assert clip.shared_with_coach_at is not None
    expect(upload.page.get_by_role("heading", level=1)).to_have_text("Coming in after lunch")
    expect(upload.page.get_by_text("You and Priya will see this")).to_be_visible()
    expect(upload.page.get_by_text("You can leave this page; you may delete the clip")).to_be_visible()
    expect(upload.page.get_by_role("button", name="Cancel this upload")).to_be_hidden()

    mine.change(ClipState.PROCESSING)
    mine.tell("converting", 0.43, seconds_left=125)
    upload.stage("Converting")
    expect(upload.page.get_by_text("Converting, 2 min left")).to_be_visible()
    expect(upload.page.locator("#percent")).to_have_text("43 %")

    mine.change(ClipState.READY)
    mine.tell("ready", 1)
    expect(upload.page.get_by_role("link", name="Open the clip")).to_have_attribute(
        "href", re.compile(f"/clips/{clip.id}$")
    )
    assert "Ready" in upload.page.title()


def cleared(upload: UploadPage, school: School) -> Mine:
    """The same page on another cycle of hers, as if nothing had been before."""
    mine = Mine(school)
    upload.move_to(mine)
    return mine


def test_a_clip_that_cannot_be_used_says_why_and_browsers_that_can_less_do_it_too(
    upload: UploadPage, film: Callable[..., Path], mine: Mine, school: School
) -> None:
    upload.go(film(parts=2))
    upload.stage("Checking")
    mine.change(ClipState.FAILED, reason="The computer ran out of breath.", reason_code="interrupted")
    mine.tell("failed", 1, sentence="The computer ran out of breath.")
    upload.notice("The computer ran out of breath.")
    upload.page.get_by_role("button", name="Try again").click()
    expect(upload.page.locator("#problem")).to_be_hidden()
    upload.stage("Checking")
    assert mine.clip().state is ClipState.QUEUED

    mine = cleared(upload, school)
    upload.page.route("**/api/clips/stream*", lambda route: route.fulfill(status=503, body=""))
    upload.go(film(parts=2))
    upload.stage("Checking")
    mine.change(ClipState.READY)
    expect(upload.page.get_by_role("link", name="Open the clip")).to_be_visible()

    mine = cleared(upload, school)
    upload.page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    upload.open()
    path = film(parts=2)
    upload.go(path)
    upload.stage("Checking")
    assert mine.clip().fingerprint == f"{path.stat().st_size}-{path.name}"


def test_when_line_or_server_fail_it_carries_on_by_itself(
    upload: UploadPage, film: Callable[..., Path], mine: Mine, school: School
) -> None:
    carries_on_after_a_cut(upload, mine, film(), after=5, parts=PARTS)

    mine = cleared(upload, school)
    path = film(parts=8)
    mishaps = iter(["refuse", "refuse", "refuse", "abort", "fail", "abort"])  # a round of three parts at once, twice

    def meet(route: Route) -> None:
        match next(mishaps, None):
            case "abort":
                route.abort()
            case "refuse":
                route.fulfill(status=403, json={"error": "address_refused", "message": "Too late.", "retryable": True})
            case "fail":
                route.fulfill(status=500, body="")
            case _:
                route.continue_()

    upload.page.route("**/storage/parts/**", meet)
    upload.go(path)
    upload.stage("Checking")
    assert mine.original() == path.read_bytes()

    mine = cleared(upload, school)
    full = {"error": "storage_full", "message": "There is no room left to store this.", "retryable": True}
    upload.page.route("**/storage/parts/**", lambda route: route.fulfill(status=507, json=full))
    upload.go(film(parts=2))
    expect(upload.page.locator("#beneath")).to_contain_text("There is no room left to store this.")
    upload.page.unroute("**/storage/parts/**")
    upload.stage("Checking")


def test_after_a_reload_the_same_film_goes_on_where_it_stopped_and_another_from_the_beginning(
    upload: UploadPage, film: Callable[..., Path], mine: Mine, school: School
) -> None:
    path, line = film(), Line(upload.page)
    line.carry(5)
    upload.page.get_by_label("Share with Priya").check()
    upload.go(path)
    wait_for(lambda: len(upload.sent) == 5, upload.page)
    upload.page.reload()
    upload.notice("Choose the same video to continue")
    here = mine.arrived()
    assert len(here) == 5
    upload.sent.clear()
    line.mend()
    upload.choose(path)
    upload.stage("Checking")
    assert sorted(upload.sent) == [n for n in range(1, PARTS + 1) if n not in here]
    assert mine.original() == path.read_bytes()
    assert mine.clip().shared_with_coach_at is not None
    expect(upload.page.get_by_text("You and Priya will see this")).to_be_visible()

    mine = cleared(upload, school)
    line = Line(upload.page)
    line.carry(3)
    upload.go(film())
    wait_for(lambda: len(upload.sent) == 3, upload.page)
    upload.page.reload()
    line.mend()
    upload.choose(film("Tables.mov", parts=3, seed=2))
    upload.notice(re.compile("This is not the video that is partly here.*sent from the start"))
    upload.confirm()
    upload.page.get_by_role("button", name="Upload it").click()
    upload.stage("Checking")
    assert mine.uploads() == {"Coming in after lunch.mov": UploadState.OPEN, "Tables.mov": UploadState.COMPLETED}


def test_an_upload_is_cancelled_at_once_or_given_up_later_and_leaves_nothing(
    upload: UploadPage, film: Callable[..., Path], mine: Mine, school: School
) -> None:
    Line(upload.page).carry(2)
    upload.go(film())
    wait_for(lambda: len(upload.sent) == 2, upload.page)
    page, clip = upload.page, mine.clip()
    page.get_by_role("button", name="Cancel this upload").click()
    page.get_by_role("button", name="Keep uploading").click()
    page.get_by_role("button", name="Cancel this upload").click()
    page.get_by_role("button", name="Cancel the upload").click()
    upload.notice("The upload is cancelled. Nothing of it is kept here.")
    expect(page.get_by_role("button", name="Upload it")).to_be_visible()
    wait_for(lambda: mine.stored(clip.id) == 0, page)
    assert mine.clips() == []
    assert list(mine.uploads().values()) == [UploadState.ABORTED]

    mine = cleared(upload, school)
    Line(upload.page).carry(2)
    upload.go(film())
    wait_for(lambda: len(upload.sent) == 2, upload.page)
    upload.page.reload()
    upload.page.get_by_role("button", name="Cancel it").click()
    upload.page.get_by_role("button", name="Cancel the upload").click()
    upload.notice("That upload is cancelled.")
    expect(upload.page.get_by_text("Choose the same video to continue")).to_be_hidden()
    assert mine.clips() == []


def test_two_tabs_with_the_same_film_end_in_one_clip_and_with_two_films_in_two(
    upload: UploadPage, film: Callable[..., Path], mine: Mine, context: BrowserContext, school: School
) -> None:
    path, line = film(), Line(upload.page)
    line.carry(3)
    upload.go(path)
    wait_for(lambda: len(upload.sent) == 3, upload.page)
    other = UploadPage(context.new_page(), upload.address)
    other.open()
    other.choose(path)
    other.stage("Checking")
    line.mend()
    upload.stage("Checking")
    assert mine.original() == path.read_bytes()
    assert mine.clip().state is ClipState.QUEUED

    for same_cycle in (True, False):
        mine = cleared(upload, school)
        two_at_once(upload, other, film, mine, mine if same_cycle else Mine(school))


def two_at_once(upload: UploadPage, other: UploadPage, film: Callable[..., Path], mine: Mine, theirs: Mine) -> None:
    """Two films from two tabs, to one cycle or to two, do not disturb each other."""
    first, second = film(), film("Tables.mov", seed=2)
    other.move_to(theirs)
    lines = Line(upload.page), Line(other.page)
    for line in lines:
        line.carry(3)
    upload.go(first)
    other.go(second)
    wait_for(lambda: 0 < len(mine.clips()) + len(theirs.clips()) >= 2, upload.page)
    wait_for(lambda: len(upload.sent) == 3, upload.page)
    assert set(theirs.uploads().values()) | set(mine.uploads().values()) == {UploadState.OPEN}, "both under way"
    for line in lines:
        line.mend()
    upload.stage("Checking")
    other.stage("Checking")
    assert mine.original("Coming in after lunch") == first.read_bytes()
    assert theirs.original("Tables") == second.read_bytes()


NO_FILMS = [
    ("empty.mp4", b"", "This file is empty: there is no video in it."),
    ("words.txt", b"not a film", "This is not a video."),
]


def test_what_is_not_confirmed_no_film_or_there_already_is_refused_with_a_plain_sentence(
    upload: UploadPage, film: Callable[..., Path], mine: Mine, tmp_path: Path
) -> None:
    upload.choose(film(parts=1))
    upload.page.get_by_role("button", name="Upload it").click()
    upload.page.wait_for_timeout(300)
    assert mine.uploads() == {}

    for name, content, sentence in NO_FILMS:
        upload.open()
        path = tmp_path / name
        path.write_bytes(content)
        upload.go(path)
        upload.notice(sentence)
        expect(upload.page.get_by_role("button", name="Upload it")).to_be_visible()
        expect(upload.page.get_by_label("The recording notice was given")).to_be_checked()

    upload.open()
    upload.go(film(parts=3))
    upload.stage("Checking")
    upload.open()
    upload.go(film("The same under another name.mov", parts=3))
    upload.notice(re.compile("This video is in this cycle already, as “Coming in after lunch”"))
    link = upload.page.get_by_role("link", name="Open that clip")
    expect(link).to_have_attribute("href", re.compile(f"/clips/{mine.clip().id}$"))


QUOTAS = {
    "person_quota_bytes": "Your clips fill the space you have.",
    "quota_bytes": "The school's space for clips is full.",
}


def test_where_the_quota_is_used_up_that_is_said_and_nothing_is_left(
    upload: UploadPage, film: Callable[..., Path], school: School
) -> None:
    for name, sentence in QUOTAS.items():
        mine = cleared(upload, school)
        before = mine.everything_stored()
        with quota(school, name):
            upload.go(film())
            upload.notice(sentence)
        expect(upload.page.get_by_role("button", name="Upload it")).to_be_visible()
        assert (mine.clips(), mine.uploads(), upload.sent) == ([], {}, [])
        assert mine.everything_stored() == before
        upload.page.get_by_role("button", name="Upload it").click()
        upload.stage("Checking")


@contextlib.contextmanager
def quota(school: School, name: str) -> Iterator[None]:
    """Room for one byte, and then as much as before."""
    with school.services.database.transaction() as session:
        (before,) = set(session.scalars(select(getattr(SchoolRow, name))))
        session.execute(update(SchoolRow).values({name: 1}))
    yield
    with school.services.database.transaction() as session:
        session.execute(update(SchoolRow).values({name: before}))


def test_the_page_can_be_used_by_everybody(
    upload: UploadPage, film: Callable[..., Path], lesson: Path, mine: Mine
) -> None:
    look = Look(upload.page, ("ipad-dark", "ipad-across", "laptop"))
    look.at("choosing")
    line = Line(upload.page)
    line.carry(9)
    upload.choose(lesson)
    look.at("chosen")
    upload.go(lesson)
    wait_for(lambda: len(upload.sent) == 9, upload.page)
    expect(upload.page.get_by_label("First picture of the clip")).to_be_visible()
    expect(upload.page.locator("#length")).to_have_text("0:04")
    look.at("uploading")
    upload.page.get_by_role("button", name="Cancel this upload").click()
    look.at("asking")
    upload.page.get_by_role("button", name="Keep uploading").click()
    line.mend()
    upload.stage("Checking")
    look.at("checking")
    mine.change(ClipState.FAILED, reason="This clip stops early.", reason_code="interrupted")
    mine.tell("failed", 1, sentence="This clip stops early.")
    upload.notice("This clip stops early.")
    look.at("failed")
    upload.open()
    upload.go(film("Tables.mov", parts=2, seed=2))
    upload.stage("Checking")
    mine.change(ClipState.READY)
    mine.tell("ready", 1)
    expect(upload.page.get_by_role("link", name="Open the clip")).to_be_visible()
    look.at("ready")
    upload.open()
    line.carry(2)
    upload.sent.clear()
    upload.go(film("Carpet.mov", seed=3))
    wait_for(lambda: len(upload.sent) == 2, upload.page)
    upload.open()
    upload.notice("Choose the same video to continue")
    look.at("reloaded")
