"""The pair, a colleague who may watch, a clip on its way, and no axe violation on any of it."""

import json
import re
from fractions import Fraction

from playwright.sync_api import expect

from tests.browser.conftest import PageFor, assert_accessible, assert_accessible_in_every_look, until
from tests.browser.studio.helping import Studio, Tags
from tests.support.world import World, make_tag
from veo_workflow.clips.models import Clip, ClipShare, ClipState
from veo_workflow.services import Services
from veo_workflow.tags import rules


def test_drafts_are_shared_with_one_press_and_then_seen_by_the_other(studio: Studio, tags: Tags) -> None:
    priya, asha = studio(), studio("asha")
    priya.keyboard.press("1")
    expect(priya.locator("#state")).to_contain_text("1 draft, only yours")
    priya.get_by_role("button", name="Share with Asha").click()
    expect(priya.locator(".moment .mark")).to_have_text("Shared")
    expect(priya.locator("#state")).to_contain_text("All yours are shared")
    expect(asha.locator(".moment")).to_have_count(0)
    asha.reload()
    expect(asha.locator(".moment .about")).to_contain_text("Priya")
    asha.locator(".moment .jump").click()
    expect(asha.get_by_role("button", name="Delete")).to_have_count(0)
    asha.get_by_role("button", name="Filter").click()
    asha.get_by_label("Show authors").select_option(label="Mine")
    expect(asha.locator("#no-moments")).to_have_text("No moment fits. Choose another step, kind or author.")
    assert tags()[0].shared_at is not None


def test_a_colleague_who_may_watch_gets_the_picture_alone(
    page_for: PageFor, services: Services, clip: Clip, world: World
) -> None:
    with services.database.transaction() as session:
        make_tag(session, clip, world.priya, world.strategy).note = "canary-note"
        share = ClipShare(clip_id=clip.id, person_id=world.sam.id, until=clip.delete_by)
        session.add(share)
    page = page_for(world.sam, f"/shared/{share.id}")
    until(page, "document.querySelector('video').readyState >= 2")
    expect(page.locator(".step-button, .moment, .lane")).to_have_count(0)
    expect(page.get_by_text("canary-note")).to_have_count(0)
    assert_accessible(page)


def test_the_strip_previews_where_the_pointer_is(studio: Studio) -> None:
    page = studio()
    box = page.locator("#scrub").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    expect(page.locator("#storyboard p")).to_have_text("0:35")
    expect(page.locator("#storyboard image")).to_have_attribute("href", re.compile("/storyboard$"))
    until(page, "(document.querySelector('#wave path').getAttribute('d') ?? '').length > 1000")
    page.mouse.move(10, 10)
    expect(page.locator("#storyboard")).to_be_hidden()


def test_a_clip_that_is_not_ready_says_how_it_stands(
    page_for: PageFor, services: Services, clip: Clip, world: World
) -> None:
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).state = ClipState.PROCESSING
    page = page_for(world.asha, f"/clips/{clip.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Coming in after lunch is on its way")
    expect(page.locator("[data-progress=stage]")).to_have_text("Converting")
    assert_accessible(page)
    with services.database.transaction() as session:
        row = session.get_one(Clip, clip.id)
        row.state, row.reason, row.reason_code = ClipState.FAILED, "It stopped in the middle.", "damaged"
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("It stopped in the middle.")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert_accessible(page)


def test_no_axe_violation_in_any_state(studio: Studio, services: Services, clip: Clip, world: World) -> None:
    page = studio()
    assert_accessible_in_every_look(page)
    with services.database.transaction() as session:
        for place in range(40):
            author = world.priya if place % 3 else world.asha
            tag = make_tag(session, clip, author, world.strategy, at_ms=2017 + 1000 * place, shared=place % 2 == 0)
            tag.step_id = world.strategy.steps[place % 5].id if place % 7 else None
            tag.note = "What could you see from here?" * (place % 3)
    page.reload()
    page.locator("main[data-ready]").wait_for()
    page.keyboard.press("3")
    page.keyboard.press("4")
    assert_accessible_in_every_look(page)
    page.keyboard.press("?")
    assert_accessible_in_every_look(page)
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("Half a sentence")
    page.keyboard.press("Escape")
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("#announced")).to_have_text("Note discarded")
    page.context.set_offline(True)
    page.keyboard.press("1")
    expect(page.locator("#unsent")).to_be_visible()
    assert_accessible_in_every_look(page)


def test_the_browser_does_the_same_sums_as_the_server(page_for: PageFor, world: World) -> None:
    page = page_for(world.priya, "/")
    rates = [Fraction(24), Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(15)]
    presses = [0, 41, 1001, 20_017, 33_333, 59_999, 99_999]
    done = page.evaluate(
        """async ([rates, presses]) => {
          const { extended, momentAround, snap } = await import("/static/js/studio/presses.js");
          const { frameOf, middleMs } = await import("/static/js/shared/time.js");
          return JSON.stringify(rates.map(([num, den, frames]) => {
            const clip = { rate: num / den, frames };
            return {
              frames: Array.from({ length: 5000 }, (_, ms) => frameOf(ms * 7, clip.rate)),
              middles: Array.from({ length: 5000 }, (_, frame) => middleMs(frame, clip.rate)),
              moments: presses.map((ms) => Object.values(momentAround(ms, 6000, 4000, clip))),
              longer: presses.map((ms) => extended(
                momentAround(ms, 6000, 4000, clip), snap(ms + 2000, clip), 4000, clip).end_ms),
            };
          }));
        }""",
        [[[rate.numerator, rate.denominator, int(rate * 60)] for rate in rates], presses],
    )
    for rate, sums in zip(rates, json.loads(done), strict=True):
        frames = int(rate * 60)

        def again(ms: int, one: rules.Moment, rate: Fraction = rate, frames: int = frames) -> int:
            press = rules.snap(ms + 2000, frame_rate=rate, frames=frames)
            return rules.extended(one, press, 4000, frame_rate=rate, frames=frames).end_ms

        assert sums["frames"] == [rules.frame_at(ms * 7, rate) for ms in range(5000)]
        assert sums["middles"] == [rules.middle_of_frame(frame, rate) for frame in range(5000)]
        moments = [rules.moment_around(ms, 6000, 4000, frame_rate=rate, frames=frames) for ms in presses]
        assert sums["moments"] == [[one.pressed_ms, one.start_ms, one.end_ms] for one in moments]
        assert sums["longer"] == [again(ms, one) for ms, one in zip(presses, moments, strict=True)]
