"""A lesson is tagged and reviewed in a real WebKit: the engine that iPads have."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Keys
from sqlalchemy import delete, select

from tests.support.camera import film, h264
from tests.support.live import School, live_school
from tests.support.world import make_tag
from tests.webkit.helping import Browser, seek, sees, shown, video
from veo_workflow.clips.models import Clip, ClipState, Purpose
from veo_workflow.clips.processing import process
from veo_workflow.clips.uploads.operations import add_file
from veo_workflow.cycles.models import Cycle, Outcome, Stage
from veo_workflow.reviews.models import Review, ReviewMoment
from veo_workflow.tags.models import Tag

RATE = 30
SECONDS = 14


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with live_school(tmp_path_factory.mktemp("school"), workers=0) as school:
        yield school


@pytest.fixture(scope="module")
def clip(school: School, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Asha's lesson, converted and shared with Priya."""
    path = tmp_path_factory.mktemp("films") / "Coming in after lunch.mov"
    film(path, (640, 360), SECONDS, h264(1500), sound=[])
    services, world = school.services, school.world
    clip_id = add_file(services, world.asha, world.cycle.id, Purpose.PROGRESS, path, lambda _: None, share=True)
    process(services, clip_id)
    with services.database.reading() as session:
        clip = session.get_one(Clip, clip_id)
    assert clip.state is ClipState.READY
    return clip


def test_sign_in_play_tag_and_it_is_kept(browser: Browser, school: School, clip: Clip) -> None:
    def road() -> None:
        forget(school)

        def is_there() -> bool:
            return bool(browser.all("main[data-ready]")) and bool(video(browser.driver, "readyState") >= 1)

        browser.open(school, school.world.priya, f"/clips/{clip.id}", is_there, "the film's facts have come")

        browser.press(" ")
        browser.until(lambda: video(browser.driver, "currentTime") > 1, "it plays")
        browser.press("k")
        browser.until(lambda: bool(video(browser.driver, "paused")), "it pauses")

        for frame in (333, 17, 250):
            seek(browser, frame)
            sees(browser, frame)

        browser.press("2")
        browser.until(lambda: len(browser.all(".moment")) == 1, "the moment is on screen")
        [tag] = browser.until(lambda: tags(school), "the moment is kept")
        step = school.world.strategy.steps[1]
        assert (tag.author_id, tag.step_id, tag.clip_id) == (school.world.priya.id, step.id, clip.id)
        first = 250 - step.lead_ms * RATE // 1000
        assert [frame_of(ms) for ms in (tag.pressed_ms, tag.start_ms)] == [250, first]

        seek(browser, 60)
        browser.press("3")
        browser.says(".open-chip", "Task is open, 0:00. Press 3 to end it.")
        seek(browser, 150)
        browser.press("3")
        browser.until(lambda: not browser.all(".open-chip"), "it has ended")
        spans = {(60, 150), (frame_of(tag.start_ms), frame_of(tag.end_ms))}
        browser.until(lambda: {(frame_of(one.start_ms), frame_of(one.end_ms)) for one in tags(school)} == spans, "both")
        browser.press("z", held=Keys.CONTROL)
        browser.until(lambda: [one.id for one in tags(school)] == [tag.id], "begun and ended is undone as one thing")

        browser.driver.refresh()
        browser.wait_for("main[data-ready]")
        browser.until(lambda: len(browser.all(".moment")) == 1, "the moment is still there after a reload")
        browser.wait_for(".moment .jump").click()
        browser.until(lambda: bool(video(browser.driver, "paused")) is False, "a tap plays the moment")
        last = frame_of(tag.end_ms)
        browser.until(lambda: shown(browser) == last, "it stops at its end")
        sees(browser, last)

    browser.go(road)


def test_the_pair_goes_through_its_moments_and_writes_down_what_it_agrees(
    browser: Browser, school: School, clip: Clip
) -> None:
    def road() -> None:
        forget(school)
        services, world = school.services, school.world
        with services.database.transaction() as session:
            session.get_one(Cycle, world.cycle.id).stage = Stage.IMPROVE
            early, late = (
                make_tag(session, clip, world.priya, world.strategy, at_ms=(frame * 1000 + 500) // RATE)
                for frame in (90, 300)
            )
            late.end_ms = late.pressed_ms
        first, page = frame_of(early.start_ms), f"/cycles/{world.cycle.id}/review"
        browser.open(
            school, world.asha, page, lambda: shown(browser) == first, "the first moment's first frame is shown"
        )

        browser.press("n")
        browser.says("li.now .order", "2")
        browser.until(lambda: shown(browser) == frame_of(late.end_ms), "it plays to its end")
        browser.until(lambda: browser.all("#talk.asking"), "and stops for talk")
        sees(browser, frame_of(late.end_ms))

        browser.wait_for(".discuss textarea").send_keys("Names first.")
        browser.wait_for(".discuss [value=star]").send_keys(Keys.ENTER)
        browser.wait_for(".discuss [value=unstar]")
        browser.wait_for(".discuss [value=earlier]").send_keys(Keys.ENTER)
        browser.until(lambda: starts(browser) == [late.start_ms, early.start_ms], "the list stands in the new order")
        browser.wait_for("#celebrate-text").send_keys("Calm doors.")
        browser.wait_for("#improve-text").send_keys("Two queues.")
        browser.wait_for("[name=outcome]").send_keys(" ")
        browser.says("#saved", "Saved at")
        browser.wait_for("#i-agree").send_keys(Keys.ENTER)
        browser.says("#agree", "Asha agreed at")

        with services.database.reading() as session:
            review = session.get_one(Review, world.cycle.id)
            moments = session.scalars(select(ReviewMoment).order_by(ReviewMoment.position)).all()
        assert (review.celebrate, review.improve, review.outcome) == ("Calm doors.", "Two queues.", Outcome.CONTINUE)
        assert [(one.tag_id, one.taken, one.starred_by_id) for one in moments] == [
            (late.id, "Names first.", world.asha.id),
            (early.id, "", None),
        ]

    browser.go(road)


def forget(school: School) -> None:
    """What was marked and written before, for whoever begins anew."""
    with school.services.database.transaction() as session:
        for model in (ReviewMoment, Review, Tag):
            session.execute(delete(model))


def tags(school: School) -> list[Tag]:
    with school.services.database.reading() as session:
        return list(session.scalars(select(Tag)))


def starts(browser: Browser) -> list[int]:
    return [int(one.get_attribute("data-start") or -1) for one in browser.all("[data-moment]")]


def frame_of(ms: int) -> int:
    return ms * RATE // 1000
