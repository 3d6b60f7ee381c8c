"""The whole journey, nothing standing in for anything: browser, web server, Redis, worker, ffmpeg, disk.

Asha films on her iPad and uploads; the worker converts; she shares; Priya marks moments; the pair plays them in review.
The film is turned by a flag and carries its frame numbers, so the picture itself says which frame is on screen.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE, comes_about, plays_on, press_on_screen, shows, until
from tests.support.by_hand import SignIn, own_browsers
from tests.support.camera import ffmpeg, film, h264, hevc, voice
from tests.support.live import School, live_school
from veo_workflow.clips.models import Clip
from veo_workflow.removal import ledger
from veo_workflow.tags.models import Tag

RATE = 30
SECONDS = 14
# The squares run along the long edge that the camera's flag turns into the right one, lowest bit on top.
READ = """video => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const paper = canvas.getContext("2d");
  paper.drawImage(video, 0, 0);
  const side = Math.max(4, Math.floor(canvas.width / 36 / 2) * 2);
  let frame = 0;
  for (let bit = 0; bit < 16; bit += 1) {
    if (paper.getImageData(canvas.width - side / 2, bit * side + side / 2, 1, 1).data[1] > 127) frame += 2 ** bit;
  }
  return frame;
}"""
CONVERTED_MS = 200_000  # converting shares two cores with everything else
IPAD = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with live_school(tmp_path_factory.mktemp("school")) as school:
        school.give_password(school.world.asha, school.world.priya)
        yield school


@pytest.fixture
def sign_in(chromium: Browser, school: School) -> Iterator[SignIn]:
    with own_browsers(chromium, school, PATIENCE) as sign_in:
        yield sign_in


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ipad") / "Coming in after lunch.mov"
    film(path, (640, 360), SECONDS, hevc(1500), turned=90, sound=[])
    return path


def test_from_the_ipad_to_the_review_the_frame_on_screen_is_the_frame_that_was_tagged(
    school: School, lesson: Path, sign_in: SignIn
) -> None:
    world = school.world
    asha = sign_in(world.asha, **IPAD)
    upload(asha, school, lesson)
    expect(asha.get_by_role("link", name="Open the clip")).to_be_visible(timeout=CONVERTED_MS)
    asha.get_by_role("link", name="Open the clip").click()
    share_with_priya(asha)

    priya = sign_in(world.priya)
    priya.goto(f"{school.origin}/cycles/{world.cycle.id}")
    priya.get_by_role("link", name="Coming in after lunch").click()
    step = world.strategy.steps[1]
    show(priya, 250)
    priya.keyboard.press("2")
    expect(priya.locator(".moment")).to_have_count(1)
    seen = press_while_it_plays(priya, "4", from_frame=300)
    expect(priya.locator(".moment")).to_have_count(2)
    priya.get_by_role("button", name="Share with Asha").click()
    expect(priya.locator(".moment .mark", has_text="Shared")).to_have_count(2)

    paused, playing = sorted(tags(school), key=lambda tag: tag.created_at)
    assert frame_of(paused.pressed_ms) == 250
    assert frame_of(paused.start_ms) == 250 - step.lead_ms * RATE // 1000
    assert frame_of(paused.end_ms) == 250 + step.lag_ms * RATE // 1000
    assert abs(frame_of(playing.pressed_ms) - seen) <= 1, "pressed while the picture changes"

    go_on_to_improve(asha, school)
    asha.get_by_role("link", name="Open the review").click()
    priya.goto(asha.url)
    for page in (asha, priya):
        for tag in (playing, paused, playing):
            shows_its_first_frame(page, tag)
    plays_its_span(asha, paused)


def upload(page: Page, school: School, path: Path) -> None:
    page.goto(f"{school.origin}/cycles/{school.world.cycle.id}/upload")
    page.get_by_label("Choose").set_input_files(path)
    page.get_by_label("The recording notice was given").check()
    page.get_by_label("Nobody who opted out is in it").check()
    page.get_by_role("button", name="Upload it").click()


def share_with_priya(page: Page) -> None:
    expect(page.locator(".studio-head")).to_contain_text("Only you can see this")
    page.locator("main[data-ready]").wait_for()
    page.get_by_role("button", name="Share the clip with Priya").click()
    page.get_by_role("dialog").get_by_role("button", name="Share with Priya").click()
    expect(page.locator(".studio-head")).to_contain_text("You and Priya can see this")


def show(page: Page, frame: int) -> None:
    """Drags the slider to a frame, and sees in the picture that it is that one."""
    page.locator("main[data-ready]").wait_for()
    page.locator("#scrub").fill(str(frame))
    shown(page, frame)
    page.locator("h1").click()  # keys belong to the page again, not to the slider


def shown(page: Page, frame: int) -> None:
    shows(page, frame, look=on_screen)


def on_screen(page: Page) -> int:
    return int(page.locator("video").evaluate(READ))


def press_while_it_plays(page: Page, key: str, *, from_frame: int) -> int:
    """The frame that was on screen when the key went down."""
    show(page, from_frame)
    page.keyboard.press("Space")
    plays_on(page, 10)
    seen = press_on_screen(page, key, READ)
    assert not page.locator("video").evaluate("video => video.paused"), "a press never stops the picture"
    page.keyboard.press("k")
    assert seen > from_frame
    return seen


def tags(school: School) -> list[Tag]:
    with school.services.database.reading() as session:
        return session.query(Tag).all()


def frame_of(ms: int) -> int:
    return ms * RATE // 1000


def go_on_to_improve(page: Page, school: School) -> None:
    page.goto(f"{school.origin}/cycles/{school.world.cycle.id}")
    for stage in ("Learn", "Improve"):
        page.get_by_role("button", name=f"Move on to {stage}").click()


def shows_its_first_frame(page: Page, tag: Tag) -> None:
    """Where the browser wants one more tap before it plays, so that the first frame stays to be looked at."""
    page.evaluate(
        """() => { window.reallyPlay ??= HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = async () => { throw new DOMException("tap again"); }; }"""
    )
    page.locator(f'[data-moment="{tag.id}"]').click()
    shown(page, frame_of(tag.start_ms))


def plays_its_span(page: Page, tag: Tag) -> None:
    page.evaluate("() => { HTMLMediaElement.prototype.play = window.reallyPlay; }")
    page.locator(f'[data-moment="{tag.id}"]').click()
    expect(page.locator("[data-frame]")).to_have_attribute("data-frame", str(frame_of(tag.end_ms)))
    until(page, "document.querySelector('video').paused")
    shown(page, frame_of(tag.end_ms))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What people choose by mistake, and a film after it."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "text.mp4").write_text("Dear diary, today nobody was filmed.\n" * 100)
    (folder / "empty.mp4").touch()
    ffmpeg(*voice(2, 0.2), "-c:a", "aac", folder / "sound.mp4")
    film(folder / "film.mp4", (320, 240), 2, h264(400), sound=[])
    return {path.stem: path for path in folder.iterdir()}


SENTENCES = {
    "text": "This file is not a video.",
    "empty": "This file is empty",
    "sound": "This file has no moving picture in it.",
}


def test_files_that_are_no_film_are_refused_in_a_sentence_and_leave_nothing(
    school: School, files: dict[str, Path], sign_in: SignIn
) -> None:
    world = school.world
    kept = objects(school)
    before = originals(school)
    order = ["text", "empty", "sound", "film"]
    paths = [str(files[name]) for name in order]
    where = ["--as", world.asha.email, "--cycle", str(world.cycle.id), "--purpose", "practice"]
    done = school.veo("clip", "add", *paths, *where, "--wait", "--json", seconds=CONVERTED_MS / 1000)
    said = dict(zip(order, map(json.loads, done.stdout.splitlines()), strict=True))

    assert said["film"]["state"] == "ready", "the queue goes on"
    page = sign_in(world.asha)
    for name, sentence in SENTENCES.items():
        assert said[name]["state"] == "failed"
        assert said[name]["reason"].startswith(sentence)
        if said[name]["id"]:
            page.goto(f"{school.origin}/clips/{said[name]['id']}")
            expect(page.get_by_text(sentence)).to_be_visible()
    assert originals(school) == before
    assert {prefix(key) for key in objects(school) - kept} == {f"clips/{said['film']['id']}"}


def test_the_same_sentence_stands_on_the_upload_page(school: School, files: dict[str, Path], sign_in: SignIn) -> None:
    kept = objects(school)
    page = sign_in(school.world.asha, **IPAD)
    for name, said in SENTENCES.items():
        upload(page, school, files[name])
        sentence = re.compile(re.escape(said.rstrip(".")))
        expect(page.locator(".notice:visible", has_text=sentence)).to_be_visible(timeout=CONVERTED_MS)
        comes_about(page, lambda: objects(school) == kept)


def objects(school: School) -> set[str]:
    return {stored.key for stored in school.services.storage.list("") if stored.key != ledger.CHANGES}


def prefix(key: str) -> str:
    return "/".join(key.split("/")[:2])


def originals(school: School) -> set[str | None]:
    """What the rows still claim to have of files that were sent."""
    with school.services.database.reading() as session:
        return {clip.original_key for clip in session.query(Clip)} - {None}
