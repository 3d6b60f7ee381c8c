"""The frame that was tagged is the frame one sees."""

from playwright.sync_api import expect

from tests.browser.conftest import READ_FRAME, comes_about, on_screen, pictured, shows, until
from tests.browser.studio.helping import RATE, Studio, frame_of, playing, show
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.services import Services

STARTS = (7017, 23_350, 41_183)


def test_keys_a_loop_and_a_tap_on_a_moment_show_the_frames_they_say(
    studio: Studio, services: Services, clip: Clip, world: World
) -> None:
    with services.database.transaction() as session:
        for at_ms in STARTS:
            tag = make_tag(session, clip, world.asha, world.strategy, at_ms=at_ms)
            tag.start_ms, tag.end_ms = at_ms, at_ms + 600
    page = studio()
    show(page, 900)
    page.keyboard.press("l")
    page.keyboard.press("l")
    expect(page.locator("#speed")).to_have_text("1.5×")
    page.keyboard.press("k")
    assert not playing(page)
    before = on_screen(page)
    page.keyboard.press("j")
    expect(page.locator("#speed")).to_have_text("2× back")
    until(page, f"Number(document.querySelector('[data-frame]').dataset.frame) < {before - 10}")
    page.keyboard.press("k")
    until(page, "!document.querySelector('video').seeking")
    comes_about(page, lambda: on_screen(page) < before - 10)

    show(page, 100)
    for key, frame in (
        ("ArrowRight", 101),
        ("ArrowLeft", 100),
        ("Shift+ArrowRight", 130),
        ("Shift+ArrowLeft", 100),
    ):
        page.keyboard.press(key)
        shows(page, frame)
    claims = "(v, seeks) => Object.defineProperty(v, 'seeking', { configurable: true, get: () => seeks })"
    for seeks in (True, False):  # a seek that is over before the browser has said so: the place that waited is past
        page.locator("video").evaluate(claims, seeks)
        page.keyboard.press("ArrowRight")
    page.locator("video").evaluate("v => { delete v.seeking; }")
    shows(page, 102)
    page.keyboard.press("]")
    page.locator("video").evaluate("v => { window.starts = 0; v.addEventListener('play', () => window.starts += 1); }")
    page.keyboard.press("r")
    until(page, "window.starts >= 3")
    page.keyboard.press("r")
    until(page, "document.querySelector('video').paused")  # until then the last frame of an earlier round may stand
    shows(page, frame_of(STARTS[0] + 600))

    page.evaluate(
        f"""() => {{ window.first = []; const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = function () {{
          window.first.push(({READ_FRAME})(this)); return play.call(this); }}; }}"""
    )
    for index, at_ms in ((2, 41_183), (0, 7017), (1, 23_350)):
        page.locator(".moment .jump").nth(index).click()
        last = frame_of(at_ms + 600)
        expect(page.locator("#picture")).to_have_attribute("data-frame", str(last))
        until(page, "document.querySelector('video').paused")
        shows(page, last)
        assert page.evaluate("window.first.at(-1)") == frame_of(at_ms)

    page.evaluate(  # K between a tap on a moment and its first frame
        """() => { window.plays = 0;
        document.querySelector("video").addEventListener("play", () => window.plays += 1);
        document.querySelector(".moment .jump").click();
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "k", bubbles: true })); }"""
    )
    shows(page, frame_of(STARTS[0]))
    page.evaluate("new Promise((done) => setTimeout(done))")  # whatever waited for that frame has gone on
    assert page.evaluate("window.plays") == 0
    page.keyboard.press("k")
    until(page, "window.plays === 1")


def test_the_first_frame_of_every_moment_is_exact(studio: Studio, services: Services, clip: Clip, world: World) -> None:
    """Where 25 is what the rows say of a film of 30, a frame's number would be wrong: this test has to see it."""
    with services.database.transaction() as session:
        starts = [2017 + 3 * place * 1117 for place in range(12)]
        made = [make_tag(session, clip, world.priya, world.strategy, at_ms=start) for start in starts]
        for tag in made:
            tag.start_ms, tag.end_ms = tag.pressed_ms, tag.pressed_ms + 2000
    page = studio(where=f"#moment={made[9].id}")  # an address can name a moment
    shows(page, frame_of(starts[9]))
    expect(page.locator(".moment.chosen")).to_have_attribute("data-id", str(made[9].id))
    for rate in (RATE, 25):
        with services.database.transaction() as session:
            session.get_one(Clip, clip.id).frame_rate_num = rate
        page.goto(page.url.partition("#")[0])
        page.locator("main[data-ready]").wait_for()
        until(page, "document.querySelector('video').readyState >= 2")
        wrong = []
        for place, start in enumerate(starts):
            page.keyboard.press("]")
            expect(page.locator(".moment.chosen .jump")).to_contain_text(f"{start // 60000}:{start // 1000 % 60:02d}")
            until(page, "!document.querySelector('video').seeking")
            if rate == RATE:
                pictured(page, frame_of(start))
            else:
                page.wait_for_timeout(60)
                wrong.append(on_screen(page) != frame_of(start))
            assert not playing(page), place
        assert any(wrong) is (rate != RATE)
