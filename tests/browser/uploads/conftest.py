"""What tests of the upload page share. Each module brings the `school` that it wants."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import PATIENCE, SCREENS
from tests.browser.uploading import PARTS, Mine, UploadPage
from tests.support.live import School


@pytest.fixture
def mine(school: School) -> Mine:
    return Mine(school)


@pytest.fixture
def context(chromium: Browser, school: School) -> Iterator[BrowserContext]:
    """A browser in which Asha is signed in."""
    context = chromium.new_context(**SCREENS["laptop"])
    name, value = school.cookie(school.world.asha)
    context.add_cookies([{"name": name, "value": value, "url": school.origin}])
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


@pytest.fixture
def upload(context: BrowserContext, school: School, mine: Mine) -> Iterator[UploadPage]:
    page = context.new_page()
    screen = UploadPage(page, f"{school.origin}/cycles/{mine.cycle}/upload")
    screen.listen()
    screen.open()
    yield screen
    assert screen.complaints == []


@pytest.fixture
def film(tmp_path: Path, school: School) -> Callable[..., Path]:
    """A file that stands for a film; another seed, another film."""
    part = school.services.settings.part_size

    def make(name: str = "Coming in after lunch.mov", parts: int = PARTS, seed: int = 1) -> Path:
        path = tmp_path / name
        path.write_bytes(random.Random(seed).randbytes(parts * part - 100))
        return path

    return make
