"""How heavy the clip page is on a cold start, in the bytes a compressing server would send."""

import gzip
import re

from playwright.sync_api import Browser, Page, Response

from tests.support.live import School
from veo_workflow.clips.models import Clip

# What the clip itself weighs is the lesson's doing, not the page's.
FOOTAGE = re.compile(r"/media/[^/]+/(playback|small|poster|storyboard)$")


def clip_page(browser: Browser, school: School, clip: Clip) -> dict[str, int]:
    """Address → gzipped bytes of everything the coach's clip page loads into an empty browser, but footage."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    name, value = school.cookie(school.world.priya)
    context.add_cookies([{"name": name, "value": value, "url": school.origin}])
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{school.origin}/clips/{clip.id}", wait_until="networkidle")
    _wait_until_it_works(page)
    weighed = {
        answer.url.removeprefix(school.origin): len(gzip.compress(answer.body(), 6))
        for answer in answers
        if not FOOTAGE.search(answer.url)
    }
    context.close()
    return weighed


def _wait_until_it_works(page: Page) -> None:
    """Its modules have started: the steps can be pressed."""
    page.locator("main[data-ready] .step-button").first.wait_for()
