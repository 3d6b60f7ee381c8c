"""What the stories stand on: a school that runs, with its worker, and people who sign in by hand, each in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import chromium
from tests.support.by_hand import SignIn, own_browsers
from tests.support.camera import film, h264
from tests.support.chromium import PATIENCE
from tests.support.live import School, live_school
from tests.support.year import make_today_mid_half_term

__all__ = ["chromium"]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """Today is the middle of a half-term, so that every story goes the same way all year round."""
    with live_school(tmp_path_factory.mktemp("school")) as school:
        with school.services.database.transaction() as session:
            term_id = make_today_mid_half_term(session, school.world.pair.school_id).term_id
            session.merge(school.world.cycle).term_id = term_id
        yield school


@pytest.fixture
def sign_in(chromium: Browser, school: School) -> Iterator[SignIn]:
    with own_browsers(chromium, school, PATIENCE) as sign_in:
        yield sign_in


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ipad") / "Coming in.mp4"
    film(path, (320, 240), 12, h264(400), sound=[])
    return path
