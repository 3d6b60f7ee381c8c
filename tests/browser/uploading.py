"""What tests of the upload page see with: the page itself, the line it hangs on, and what has arrived behind it."""

import contextlib
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, Route, expect

from tests.browser.conftest import PATIENCE
from tests.support.live import School
from tests.support.screens import turn_to, wrong_with
from tests.support.world import make_cycle
from veo_workflow.clips import progress
from veo_workflow.clips.models import Clip, ClipState, Upload, UploadState
from veo_workflow.people.models import Pair, Person

PART = 64 * 1024
PARTS = 16
A_PART = re.compile(r"/storage/parts/[^/]+/(\d+)\?|[?&]partNumber=(\d+)")  # an address that one is sent to


class Mine:
    """What this test's cycle holds, in the database and in storage."""

    def __init__(self, school: School) -> None:
        self.services = school.services
        with self.services.database.transaction() as session:
            pair, asha = session.get_one(Pair, school.world.pair.id), session.get_one(Person, school.world.asha.id)
            self.cycle = make_cycle(session, pair, asha).id

    def clips(self) -> list[Clip]:
        with self.services.database.reading() as session:
            return list(session.query(Clip).filter_by(cycle_id=self.cycle))

    def clip(self) -> Clip:
        (clip,) = self.clips()
        return clip

    def uploads(self) -> dict[str, UploadState]:
        with self.services.database.reading() as session:
            return {row.name: row.state for row in session.query(Upload).filter_by(cycle_id=self.cycle)}

    def arrived(self) -> list[int]:
        """The parts that storage has of the one open upload."""
        with self.services.database.reading() as session:
            row = session.query(Upload).filter_by(cycle_id=self.cycle).one()
        return [part.n for part in self.services.storage.list_parts(row.key, row.storage_upload)]

    def stored(self, clip: uuid.UUID) -> int:
        """How many objects and open uploads storage holds for a clip."""
        prefix = f"uploads/{clip}"
        return len([*self.services.storage.list(prefix), *self.services.storage.open_uploads(prefix)])

    def everything_stored(self) -> list[tuple[str, str]]:
        """(key, upload) of all that storage holds of uploads, of whatever cycle."""
        storage = self.services.storage
        return [(each.key, "") for each in storage.list("uploads/")] + list(storage.open_uploads("uploads/"))

    def original(self, title: str = "") -> bytes:
        """What arrived as the cycle's only clip, or as the one of that title."""
        (clip,) = [clip for clip in self.clips() if title in {"", clip.title}]
        with self.services.storage.local(str(clip.original_key)) as path:
            return path.read_bytes()

    def change(self, state: ClipState, **values: str) -> None:
        with self.services.database.transaction() as session:
            for clip in session.query(Clip).filter_by(cycle_id=self.cycle):
                clip.state = state
                for name, value in values.items():
                    setattr(clip, name, value)

    def tell(self, stage: str, fraction: float, **more: Any) -> None:
        """What a worker says of this cycle's clips."""
        for clip in self.clips():
            progress.tell(self.services.events, clip.id, stage=stage, fraction=fraction, **more)


@dataclass
class UploadPage:
    """The page, and which parts it has sent."""

    page: Page
    address: str
    sent: list[int] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """From now on, which parts it sends, and what it complains of."""
        self.page.on("requestfinished", lambda request: self._note_part(request.method, request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self._note_words(said.text))

    def open(self) -> None:
        self.page.goto(self.address)

    def move_to(self, mine: Mine) -> None:
        """On with a cycle that holds nothing yet, on a line that carries everything, as if nothing had been before."""
        self.page.unroute_all()
        self.address = re.sub(r"/cycles/[^/]+/", f"/cycles/{mine.cycle}/", self.address)
        self.sent.clear()
        self.open()

    def choose(self, path: Path) -> None:
        self.page.get_by_label("Choose").set_input_files(path)

    def confirm(self) -> None:
        self.page.get_by_label("The recording notice was given").check()
        self.page.get_by_label("Nobody who opted out is in it").check()

    def go(self, path: Path) -> None:
        self.choose(path)
        self.confirm()
        self.page.get_by_role("button", name="Upload it").click()

    def stage(self, name: str) -> None:
        """Waits until that stage is on screen."""
        expect(self.page.locator("li.now strong")).to_contain_text(name)

    def notice(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.locator(".notice:visible", has_text=words)).to_be_visible()

    def _note_part(self, method: str, url: str) -> None:
        found = A_PART.search(url)
        if method == "PUT" and found:
            self.sent.append(int(found[1] or found[2]))

    def _note_words(self, said: str) -> None:
        if "Content Security" in said:
            self.complaints.append(said)


class Line:
    """The line between the iPad and the school. However slow this machine is, it carries no more than it should."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._chromium = page.context.new_cdp_session(page)
        self._room = 0
        self._gone = False
        self._held: list[Route] = []

    def carry(self, parts: int) -> None:
        """So many parts get through; the others hang until `mend`, or fail with `cut`."""
        self._room = parts
        self._page.route(A_PART, self._meet)

    def slow(self, rate: int) -> None:
        """From now on it takes `rate` bytes a second."""
        self._set(upload=rate)

    def cut(self) -> None:
        self._set(offline=True)
        self._gone = True
        held, self._held = self._held, []
        for route in held:
            route.abort("internetdisconnected")

    def mend(self) -> None:
        self._set()
        self._gone = False
        self._page.unroute(A_PART, self._meet)
        held, self._held = self._held, []
        for route in held:
            with contextlib.suppress(Error):  # of a page that is gone since
                route.continue_()

    def _meet(self, route: Route) -> None:
        if self._room > 0:
            self._room -= 1
            route.continue_()
        elif self._gone:  # one that set out while the line was being cut
            route.abort("internetdisconnected")
        else:
            self._held.append(route)

    def _set(self, *, offline: bool = False, upload: int = -1) -> None:
        conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
        self._chromium.send("Network.emulateNetworkConditions", conditions)


def wait_for(what: Callable[[], bool], page: Page, seconds: float = PATIENCE) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"it did not come about in {seconds:.0f} seconds")


class Look:
    """On each screen no axe violation, nothing too wide, and a picture of it where VEO_PICTURES names a folder."""

    def __init__(self, page: Page, screens: Iterable[str]) -> None:
        self._page, self._screens = page, tuple(screens)

    def at(self, moment: str) -> None:
        for screen in self._screens:
            turn_to(self._page, screen)
            assert wrong_with(self._page) == [], f"{moment} on {screen}"
            if folder := os.environ.get("VEO_PICTURES"):
                self._page.screenshot(path=Path(folder) / f"upload-{moment}-{screen}.png", full_page=True)


def carries_on_after_a_cut(upload: UploadPage, mine: Mine, path: Path, *, after: int, parts: int) -> None:
    """The line is gone once so many parts are through; when it is back the others go up, and no part goes twice."""
    line = Line(upload.page)
    line.carry(after)
    upload.go(path)
    wait_for(lambda: len(upload.sent) == after, upload.page)
    line.cut()
    expect(upload.page.get_by_text("Waiting for the line").first).to_be_visible()
    here = mine.arrived()
    assert len(here) == after
    upload.sent.clear()
    line.mend()
    upload.stage("Checking")
    assert sorted(upload.sent) == [n for n in range(1, parts + 1) if n not in here]
    assert mine.original() == path.read_bytes()
