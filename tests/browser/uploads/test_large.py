"""A film of its real size: one gigabyte, through nginx to the disk, while the browser stays as small as it was."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.uploading import Mine, UploadPage
from tests.support.live import School, live_school
from veo_workflow.settings import GIB, MIB

PART = 64 * MIB
# Three parts are under way at once; a page that took them into its memory would grow by more than this.
GROWTH = 2 * PART
MARKS = {0: b"the beginning", 7 * PART - 5: b"across two parts", GIB - 7: b"the end"}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder = tmp_path_factory.mktemp("school")
    with live_school(folder, workers=0, nginx=True, part_size=str(PART)) as school:
        yield school


@pytest.fixture
def gigabyte(tmp_path: Path) -> Iterator[Path]:
    """A gigabyte that takes no room until it is sent."""
    path = tmp_path / "A whole morning.mov"
    with path.open("wb") as file:
        file.truncate(GIB)
        for at, words in MARKS.items():
            os.pwrite(file.fileno(), words, at)
    yield path
    path.unlink()


@pytest.mark.timeout(300)
def test_a_gigabyte_goes_up_and_the_browser_does_not_grow(
    upload: UploadPage, gigabyte: Path, mine: Mine, school: School
) -> None:
    page = upload.page
    upload.choose(gigabyte)
    upload.confirm()
    before = browsers_memory()
    page.get_by_role("button", name="Upload it").click()
    while not page.locator("li.now strong", has_text="Checking").is_visible():
        assert browsers_memory() - before < GROWTH
        page.wait_for_timeout(200)
    expect(page.locator("[data-stage=uploading] [data-meaning]")).to_have_text("1.1 GB sent.")
    with school.services.storage.local(str(mine.clip().original_key)) as path, path.open("rb") as file:
        assert path.stat().st_size == GIB
        for at, words in MARKS.items():
            assert os.pread(file.fileno(), len(words), at) == words
    school.services.storage.delete(str(mine.clip().original_key))


def browsers_memory() -> int:
    """Bytes that the browser's processes hold for themselves or share; files they map are not theirs."""
    return sum(_own_memory(pid) for pid in _descendants(os.getpid()))


def _descendants(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _read(task).split()):
            found += [child, *_descendants(child)]
    return found


def _own_memory(pid: int) -> int:
    if "chrom" not in _read(Path(f"/proc/{pid}/comm")):
        return 0
    status = dict(line.split(":", 1) for line in _read(Path(f"/proc/{pid}/status")).splitlines())
    return sum(int(status.get(name, "0 kB").split()[0]) * 1024 for name in ("RssAnon", "RssShmem"))


def _read(path: Path) -> str:
    """Nothing, of a process that has ended meanwhile."""
    try:
        return path.read_text()
    except OSError:
        return ""
