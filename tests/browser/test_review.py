"""The pair's Improve review in a real browser, on two films whose every frame carries its own number."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.browser.conftest import (
    READ_FRAME,
    PageFor,
    assert_accessible,
    assert_accessible_in_every_look,
    on_screen,
    plays_on,
    shows,
    until,
)
from tests.support.camera import counter, ffmpeg, h264
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip, Purpose
from veo_workflow.cycles.models import Cycle, Outcome, Stage
from veo_workflow.people.models import Person
from veo_workflow.reviews.models import Review
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag

# Which of the two films is on screen, by its colour.
READ_FILM = """video => {
  const paper = new OffscreenCanvas(1, 1).getContext("2d");
  paper.drawImage(video, 0, 0, 1, 1);
  const [red, , blue] = paper.getImageData(0, 0, 1, 1).data;
  return red > blue ? "then" : "now";
}"""
RATES = {"then": 25, "now": 30}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Four seconds each, at two frame rates and in two colours."""
    folder = tmp_path_factory.mktemp("films")
    for name, colour in (("then", "0xa05030"), ("now", "0x3050a0")):
        rate = RATES[name]
        source = f"color=c={colour}:s=640x360:r={rate}:d=4"
        codec = h264(800, gop=rate // 2)
        ffmpeg(
            "-f", "lavfi", "-i", source, "-vf", counter(360), *codec, "-movflags", "+faststart", folder / f"{name}.mp4"
        )
        ffmpeg("-i", folder / f"{name}.mp4", "-frames:v", 1, folder / f"{name}.jpg")
    return {path.name: path for path in folder.iterdir()}


@dataclass
class ReviewRoom:
    """Where the review is, its films and its moments, in lesson order."""

    path: str
    moments: list[tuple[str, Tag]]

    def frame(self, index: int, *, end: bool = False) -> tuple[str, int]:
        film, tag = self.moments[index]
        return film, (tag.end_ms if end else tag.start_ms) * RATES[film] // 1000


@pytest.fixture
def review(services: Services, world: World, films: dict[str, Path]) -> ReviewRoom:
    """Asha and Priya are in Improve; September's clip and today's are shared, with five moments between them."""
    moments = []
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        cycle.stage = Stage.IMPROVE
        for name, title, purpose, spans in (
            ("then", "Where we started", Purpose.BASELINE, [(500, 1220, 0), (1900, 2500, 1)]),
            ("now", "Coming in after lunch", Purpose.PROGRESS, [(217, 1017, 0), (1517, 2117, 1), (2983, 3650, None)]),
        ):
            clip = make_clip(session, cycle, world.asha, title=title)
            _furnish(clip, purpose, RATES[name])
            for kind in ("playback.mp4", "poster.jpg"):
                key = f"clips/{clip.id}/1/{kind}"
                services.storage.put(
                    key, films[f"{name}{Path(kind).suffix}"], "video/mp4" if "mp4" in kind else "image/jpeg"
                )
            for start, end, step in spans:
                tag = make_tag(session, clip, world.priya, world.strategy)
                tag.start_ms, tag.end_ms = start, end
                tag.step_id = None if step is None else world.strategy.steps[step].id
                moments.append((name, tag))
    return ReviewRoom(f"/cycles/{world.cycle.id}/review", moments)


def _furnish(clip: Clip, purpose: Purpose, rate: int) -> None:
    clip.purpose, clip.frame_rate_num, clip.frame_rate_den = purpose, rate, 1
    clip.duration_ms, clip.frames, clip.width, clip.height = 4000, 4 * rate, 640, 360


@pytest.fixture
def open_review(review: ReviewRoom, page_for: PageFor) -> Callable[..., Page]:
    def opened(person: Person, screen: str = "laptop") -> Page:
        return page_for(person, review.path, screen)

    return opened


@pytest.fixture
def asha(open_review: Callable[..., Page], world: World) -> Page:
    return open_review(world.asha)


@pytest.fixture
def priya(open_review: Callable[..., Page], world: World) -> Page:
    return open_review(world.priya)


def settled(page: Page, frame: tuple[str, int]) -> None:
    """The page says which frame it shows, and the picture itself agrees."""
    shows(page, frame[1])
    assert page.locator("video").evaluate(READ_FILM) == frame[0]


def tap(page: Page, index: int) -> None:
    page.locator("[data-moment]").nth(index).click()


def test_a_moment_plays_from_its_first_frame_to_its_last_and_stops_or_begins_again(
    review: ReviewRoom, asha: Page
) -> None:
    settled(asha, review.frame(0))
    asha.evaluate(
        f"""() => {{ const video = document.querySelector("video"), read = {READ_FRAME}; window.seen = [];
        video.defaultPlaybackRate = video.playbackRate = 0.1;  // a frame is long then, for a busy machine as well
        const note = () => {{ if (!video.paused) window.seen.push(read(video));
        video.requestVideoFrameCallback(note); }};
        video.requestVideoFrameCallback(note); }}"""
    )
    tap(asha, 3)
    first, last = review.frame(3)[1], review.frame(3, end=True)[1]
    settled(asha, ("now", last))
    until(asha, "document.querySelector('video').paused")
    settled(asha, ("now", last))
    seen = asha.evaluate("window.seen.slice()")
    assert first <= min(seen) <= first + 3  # what is drawn may be a frame ahead of what was announced
    assert len(set(seen)) > 5
    assert max(seen) <= last + 1  # one more frame may be painted before the pause is heard

    asha.locator("video").evaluate("video => video.play()")  # by hand: after the span it plays on
    plays_on(asha, 10)
    assert on_screen(asha) > last + 5

    asha.locator("video").evaluate(
        """video => { video.pause(); video.defaultPlaybackRate = video.playbackRate = 1; window.starts = 0;
        video.addEventListener('play', () => window.starts += 1); }"""
    )
    asha.get_by_role("button", name="Loop").click()
    tap(asha, 4)
    until(asha, "window.starts >= 3")
    asha.get_by_role("button", name="Loop").click()
    settled(asha, review.frame(4, end=True))


def test_a_tap_on_any_moment_shows_exactly_its_first_frame(review: ReviewRoom, asha: Page) -> None:
    """Where the browser waits for one more tap before it plays, so that the first frame stays to be looked at."""
    settled(asha, review.frame(0))
    asha.evaluate("() => { HTMLMediaElement.prototype.play = async () => { throw new DOMException('tap again'); }; }")
    for index in (2, 0, 4, 1, 3, 2, 3, 1):
        tap(asha, index)
        expect(asha.locator("li.now [data-moment]")).to_have_attribute("data-moment", str(review.moments[index][1].id))
        settled(asha, review.frame(index))


# The number in a picture, as READ_FRAME reads it from a film.
READ_STILL = READ_FRAME.replace("videoWidth", "naturalWidth").replace("videoHeight", "naturalHeight")
ALL_THERE = "[...document.querySelectorAll('.thumb img')].every((image) => image.complete && image.naturalWidth)"
ALL_STILLS = "[...document.querySelectorAll('.thumb img')].every((image) => image.src.includes('/still/'))"


def test_buttons_and_keys_walk_through_moments_with_their_pictures_and_prompts(
    review: ReviewRoom, asha: Page, world: World
) -> None:
    now, talk = asha.locator("li.now .order"), asha.locator(".discuss:visible")
    asha.get_by_role("button", name="Next", exact=True).click()
    expect(now).to_have_text("2")
    expect(talk).to_have_count(1)
    expect(talk).to_contain_text(world.strategy.steps[1].title)
    expect(talk).to_contain_text("Four names in a row.")
    asha.keyboard.press("n")
    expect(now).to_have_text("3")
    expect(asha.locator("#stamp")).to_have_text("Now")
    expect(asha.locator("#clip-title")).to_have_text("Coming in after lunch")
    expect(asha.locator("#announced")).to_contain_text("Moment 3 of 5")
    asha.keyboard.press("P")
    asha.get_by_role("button", name="Previous").click()
    expect(now).to_have_text("1")
    asha.keyboard.press("p")
    expect(now).to_have_text("1")
    expect(talk).to_contain_text(world.strategy.steps[0].prompt)

    until(asha, ALL_THERE)
    for _ in range(9):  # a busy machine gives up on a still now and then, and makes it when asked again
        if asha.evaluate(ALL_STILLS):
            break
        asha.reload()
        until(asha, ALL_THERE)
    stills = asha.locator(".thumb img")
    for index in range(len(review.moments)):
        shown = stills.nth(index).evaluate(READ_FILM), stills.nth(index).evaluate(READ_STILL)
        assert shown == review.frame(index)
    expect(stills.first).to_have_attribute("alt", "The picture at 0:00")

    asha.get_by_label("Celebrate").press_sequentially("nnpn")  # letters, in a text
    expect(now).to_have_text("1")
    asha.get_by_label("Keys N and P").uncheck()
    asha.locator("h1").click()
    asha.keyboard.press("n")
    expect(now).to_have_text("1")
    asha.reload()
    expect(asha.get_by_label("Keys N and P")).not_to_be_checked()


def test_a_card_without_its_still_shows_the_poster_and_without_that_a_plain_field(
    review: ReviewRoom, asha: Page
) -> None:
    asha.route("**/still/**", lambda route: route.fulfill(status=503, json={"error": "unavailable"}))
    asha.reload()
    until(asha, ALL_THERE)
    assert asha.locator(".thumb img").evaluate_all(
        "images => images.every((image) => image.src.endsWith('/poster') && image.alt === '')"
    )
    asha.unroute_all()
    asha.route("**/still/**", lambda route: route.abort())
    asha.route("**/poster", lambda route: route.abort())
    asha.reload()
    expect(asha.locator(".thumb img:visible")).to_have_count(0)
    expect(asha.locator(".thumb")).to_have_count(len(review.moments))
    assert_accessible(asha)


def deaf(*pages: Page) -> None:
    """What tells a page now and then how the review stands does not arrive: it hears when it saves or is reloaded."""
    for page in pages:
        page.route("**/api/**/review/queue*", lambda _route: None)


def test_both_agree_from_two_screens_on_what_stands_there_now_and_the_cycle_closes(
    review: ReviewRoom, asha: Page, priya: Page, services: Services, world: World
) -> None:
    deaf(asha, priya)
    asha.get_by_text("Continue", exact=True).click()
    expect(asha.get_by_role("button", name="I agree, Asha")).to_be_visible()
    priya.reload()
    with priya.expect_response(saving):
        priya.get_by_text("New cycle", exact=True).click()
    asha.get_by_role("button", name="I agree, Asha").click()  # to an outcome that has just been replaced
    expect(asha.get_by_role("radio", name="New cycle")).to_be_checked()
    expect(asha.locator("#agree")).not_to_contain_text("Asha agreed")

    asha.get_by_label("Celebrate").fill("From 6:40 to 2:50.")
    asha.get_by_text("Refine", exact=True).click()
    asha.get_by_role("button", name="I agree, Asha").click()
    expect(asha.locator("#agree")).to_contain_text("Asha agreed at")
    expect(asha.locator("#agree")).to_contain_text("Priya has not agreed yet")
    priya.reload()
    expect(priya.get_by_role("radio", name="Refine")).to_be_checked()
    priya.get_by_role("button", name="I agree, Priya").click()
    expect(priya.get_by_text("this review is closed")).to_be_visible()
    expect(priya.locator("#record")).to_contain_text("From 6:40 to 2:50.")
    priya.get_by_role("link", name="Reword the goal in the next cycle").click()
    expect(priya.get_by_role("heading", name="Reword your goal")).to_be_visible()
    with services.database.reading() as session:
        cycle = session.get_one(Cycle, world.cycle.id)
        assert cycle.closed_at is not None
        assert cycle.outcome is Outcome.REFINE


def saving(answer: Response) -> bool:
    return "/api/cycles/" in answer.url and answer.request.method == "PUT"


def write(page: Page, part: str, words: str) -> None:
    """Typed, sent and kept."""
    with page.expect_response(saving):
        page.get_by_label(part).fill(words)
    expect(page.locator("#saved")).to_contain_text("Saved at")


def afresh(*pages: Page) -> None:
    for page in pages:
        page.reload()


def test_of_what_both_wrote_in_one_part_both_are_shown_and_one_or_both_are_kept(
    review: ReviewRoom, asha: Page, priya: Page, services: Services, world: World
) -> None:
    deaf(asha, priya)
    write(asha, "Celebrate", "In nine weeks. They remind each other.")
    priya.get_by_label("Celebrate").fill("In nine weeks. Sam asked why.")
    both = priya.get_by_role("group", name="You and Asha both changed “Celebrate”")
    expect(both).to_contain_text("They remind each other.")
    expect(both).to_contain_text("Sam asked why.")
    expect(priya.get_by_role("textbox", name="Celebrate")).to_have_value("In nine weeks. Sam asked why.")
    both.get_by_role("button", name="Keep both").click()
    expect(both).to_be_hidden()
    kept = "In nine weeks. They remind each other.\n\nIn nine weeks. Sam asked why."
    expect(priya.get_by_label("Celebrate")).to_have_value(kept)
    with services.database.reading() as session:
        assert session.get_one(Review, world.cycle.id).celebrate == kept

    for button, hers, mine, kept in (("Keep mine", "A.", "B.", "B."), ("Keep Asha’s", "C.", "D.", "C.")):
        afresh(asha, priya)
        write(asha, "Improve", hers)
        priya.get_by_label("Improve").fill(mine)
        with priya.expect_response(lambda answer: saving(answer) and answer.ok):
            priya.get_by_role("button", name=button).click()
        expect(priya.locator("#saved")).to_contain_text("Saved at")
        expect(priya.get_by_label("Improve")).to_have_value(kept)
        asha.reload()
        expect(asha.get_by_label("Improve")).to_have_value(kept)


def test_words_in_different_parts_come_unasked_and_never_cover_what_is_being_typed(
    review: ReviewRoom, asha: Page, priya: Page
) -> None:
    deaf(asha, priya)
    asha.get_by_label("Celebrate").fill("By Asha.")
    asha.get_by_role("button", name="Add an action").click()
    asha.get_by_label("What, action 1").fill("Two queues")
    expect(asha.locator("#saved")).to_contain_text("Saved at")
    write(priya, "Improve", "By Priya.")
    expect(priya.get_by_label("Celebrate")).to_have_value("By Asha.")
    expect(priya.get_by_label("What, action 1")).to_have_value("Two queues")
    expect(priya.get_by_label("Improve")).to_have_value("By Priya.")

    afresh(asha, priya)
    write(asha, "Celebrate", "By Asha, once more.")
    underway: list[int] = []

    def type_before_the_answer(route: Route) -> None:
        if route.request.method != "PUT":  # news that it asks for
            route.continue_()
            return
        answer = route.fetch()
        if not underway:
            priya.get_by_label("Celebrate").fill("By Priya.")
        underway.append(answer.status)
        route.fulfill(response=answer)

    priya.route("**/api/cycles/**", type_before_the_answer)
    priya.get_by_label("Improve").fill("Two queues.")
    both = priya.get_by_role("group", name="You and Asha both changed “Celebrate”")
    expect(both).to_contain_text("By Asha, once more.")
    expect(both).to_contain_text("By Priya.")
    assert underway == [200, 409]


def test_words_that_could_not_be_sent_survive_a_reload(review: ReviewRoom, asha: Page) -> None:
    asha.route("**/api/cycles/**", lambda route: route.abort())
    asha.get_by_label("Celebrate").fill("Typed in the corridor.")
    asha.get_by_label("What, action 1").fill("Two queues")
    asha.get_by_role("button", name="Add an action").click()
    asha.get_by_label("What, action 2").fill("Board ready")
    expect(asha.locator("#saved")).to_contain_text("Not saved yet.")
    asha.unroute_all()
    asha.reload()
    expect(asha.get_by_label("Celebrate")).to_have_value("Typed in the corridor.")
    expect(asha.get_by_label("What, action 2")).to_have_value("Board ready")
    expect(asha.locator("#saved")).to_contain_text("Saved at")
    asha.reload()
    expect(asha.get_by_label("What, action 2")).to_have_value("Board ready")


def test_without_scripts_forms_do_it_all(asha: Page) -> None:
    browser = asha.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=asha.context.storage_state())
    page = plain.new_page()
    page.goto(asha.url)
    page.get_by_label("Celebrate").fill("Calm doors.")
    page.get_by_label("What, action 1").fill("Two queues")
    page.get_by_role("button", name="Add an action").click()
    page.get_by_label("What, action 2").fill("Board ready")
    page.get_by_text("Continue", exact=True).click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("What, action 2")).to_have_value("Board ready")
    page.get_by_role("button", name="I agree, Asha").click()
    expect(page.locator("#agree")).to_contain_text("Asha agreed at")
    page.locator("[data-moment]").nth(3).click()
    source = page.locator("video").get_attribute("src") or ""
    assert re.search(r"/playback#t=1\.517,2\.117$", source)
    plain.close()


def test_no_axe_violation_in_any_state(asha: Page, priya: Page) -> None:
    deaf(asha, priya)
    priya.get_by_text("Choose and order").click()
    priya.get_by_text("Record where it stands now").click()
    assert_accessible_in_every_look(priya)
    asha.get_by_label("Celebrate").fill("Hers.")
    asha.get_by_text("Continue", exact=True).click()
    expect(asha.locator("#saved")).to_contain_text("Saved at")
    priya.get_by_label("Celebrate").fill("Mine.")
    expect(priya.get_by_role("button", name="Keep both")).to_be_visible()
    assert_accessible_in_every_look(priya)
    priya.get_by_role("button", name="Keep both").click()
    priya.get_by_role("button", name="I agree, Priya").click()
    expect(priya.locator("#agree")).to_contain_text("Priya agreed")
    assert_accessible_in_every_look(priya)
    asha.get_by_role("button", name="I agree, Asha").click()
    expect(asha.get_by_text("this review is closed")).to_be_visible()
    priya.goto(f"{priya.url.split('#')[0]}?page=9")
    assert_accessible_in_every_look(priya)
