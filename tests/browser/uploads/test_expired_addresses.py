"""Addresses of parts that really run out, after a second, while a slow line is still busy with the ones before."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.uploading import Line, Mine, UploadPage, wait_for
from tests.support.live import School, live_school
from veo_workflow.settings import MIB

PARTS = 9
PART = {"disk": MIB, "bucket": 5 * MIB}

pytestmark = pytest.mark.timeout(300)  # the store has to start as well


@pytest.fixture(scope="module", params=["disk", "bucket"])
def school(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    store = request.getfixturevalue("swift") if request.param == "bucket" else None
    folder, part = tmp_path_factory.mktemp("school"), str(PART[request.param])
    with live_school(folder, workers=0, store=store, part_size=part, part_url_lifetime="1") as school:
        yield school


def test_an_address_that_ran_out_is_signed_anew_without_a_tap(
    upload: UploadPage, film: Callable[..., Path], mine: Mine, school: School
) -> None:
    path = film(parts=PARTS)
    refused: list[str] = []
    upload.page.on("response", lambda answer: refused.append(answer.url) if answer.status == 403 else None)
    line = Line(upload.page)
    line.slow(2 * school.services.settings.part_size)
    upload.go(path)
    wait_for(lambda: len(refused) > 0, upload.page)
    line.mend()
    upload.stage("Checking")
    assert all("ignature=" in url for url in refused), "nothing but addresses of parts ran out"
    assert mine.original() == path.read_bytes()
    assert len(mine.clips()) == 1
