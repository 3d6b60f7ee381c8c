"""The upload contract and single requests over real HTTP, as a browser asks: signed addresses, parts, completion."""

import http.client
import json
import re
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.upload import PART, TOTAL, contract_upload
from tests.support.live import School
from veo_workflow.clips.models import Clip
from veo_workflow.database import new_id
from veo_workflow.people.models import Person

SIGNED_AHEAD = 6  # as the browser asks for them
REQUESTS = 60


class Visitor:
    """Somebody signed in; each thread has a connection of its own and keeps it."""

    def __init__(self, school: School, person: Person) -> None:
        self._host = urlsplit(school.origin).netloc
        self._own = threading.local()
        self._headers = {"Cookie": "=".join(school.cookie(person))}
        answer, page = self._ask("GET", "/", None, self._headers)
        found = re.search(rb'name="csrf-token" content="([^"]+)"', page)
        assert found, "The page carries no token."
        self._headers["X-CSRFToken"] = found[1].decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self._headers["Cookie"] = cookie.partition(";")[0]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """JSON there and back."""
        sent = None if body is None else json.dumps(body).encode()
        kind = {"Content-Type": "application/json", "Accept": "application/json"}
        _, answer = self._ask(method, path, sent, {**self._headers, **kind, **headers})
        return json.loads(answer) if answer else None

    def page(self, path: str) -> bytes:
        """A page, as a browser gets it."""
        return bytes(self._ask("GET", path, None, self._headers)[1])

    def send(self, address: str, body: bytes, headers: Mapping[str, str]) -> None:
        """A part, to an address that was signed: without a cookie."""
        parts = urlsplit(address)
        self._ask("PUT", f"{parts.path}?{parts.query}", body, dict(headers))

    def begin(self, cycle_id: uuid.UUID, size: int) -> Any:
        """An upload of `size` bytes, as it was opened."""
        wanted = {
            "cycle": str(cycle_id),
            "purpose": "practice",
            "name": "Coming in after lunch.mov",
            "size": size,
            "type": "video/quicktime",
            "fingerprint": f"{size}-{uuid.uuid4().hex}",
            "share_with_coach": False,
        }
        return self.ask("POST", "/api/uploads", wanted, **{"Idempotency-Key": uuid.uuid4().hex})

    def send_file(self, film: Path, cycle_id: uuid.UUID) -> str:
        """Send every part of a file, one after the other; the id of an upload that waits to be completed."""
        upload = self.begin(cycle_id, film.stat().st_size)
        part: int = upload["part_size"]
        addresses = _Addresses(self, upload, film.stat().st_size)
        with film.open("rb") as file:
            for n in range(1, upload["part_count"] + 1):
                self.send(*_where(addresses, n, file.read(part)))
        return str(upload["id"])

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(self._host, timeout=60)
        connection: http.client.HTTPConnection = self._own.connection
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 300, f"{method} {path}: {answer.status} {content[:300]!r}"
        return answer, content


def http_upload(school: School, visitor: Visitor, total: int = TOTAL, part: int = PART) -> Callable[[Path], float]:
    """A measure of one upload by the part contract, three parts at once; it gives seconds of wall time."""

    def measure(_folder: Path) -> float:
        upload = visitor.begin(school.world.cycle.id, total)
        assert upload["part_size"] == part, "Both sides have to write parts of one size."
        addresses = _Addresses(visitor, upload, total)
        return contract_upload(
            lambda n, body: visitor.send(*_where(addresses, n, body)),
            lambda: visitor.ask("POST", f"/api/uploads/{upload['id']}/complete", {}),
            total,
            part,
        )

    return measure


def _where(addresses: "_Addresses", n: int, body: bytes) -> tuple[str, bytes, dict[str, str]]:
    address = addresses.of(n)
    return address["url"], body, address["headers"]


class _Addresses:
    """Where each part goes, asked for a few at a time."""

    def __init__(self, visitor: Visitor, upload: dict[str, Any], total: int) -> None:
        self._visitor, self._upload, self._total = visitor, upload, total
        self._lock = threading.Lock()
        self._known: dict[int, dict[str, Any]] = {}

    def of(self, n: int) -> dict[str, Any]:
        with self._lock:
            if n not in self._known:
                last = min(n + SIGNED_AHEAD - 1, self._upload["part_count"])
                wanted = [{"n": each, "size": self._size(each)} for each in range(n, last + 1)]
                path = f"/api/uploads/{self._upload['id']}/parts/sign"
                signed = self._visitor.ask("POST", path, {"parts": wanted})["urls"]
                self._known.update({address["n"]: address for address in signed})
            return self._known[n]

    def _size(self, n: int) -> int:
        part: int = self._upload["part_size"]
        return min(part, self._total - (n - 1) * part)


def tag_over_an_empty_request(school: School, clip: Clip) -> tuple[float, float]:
    """Milliseconds to write one tag, median, and over how many a signed-in request that does nothing takes."""
    visitor = Visitor(school, school.world.priya)
    step = str(school.world.strategy.steps[0].id)

    def write(n: int) -> None:
        at = 200 + n * 10
        tag = {"step": step, "kind": "note", "pressed_ms": at, "start_ms": at, "end_ms": at + 500, "note": ""}
        visitor.ask("PUT", f"/api/clips/{clip.id}/tags/{new_id()}", {**tag, "version": 0})

    def ask_nothing(_n: int) -> None:
        visitor.ask("GET", "/api/clips/progress")

    times: dict[Callable[[int], None], list[float]] = {write: [], ask_nothing: []}
    for n in range(REQUESTS):
        for request, taken in times.items():
            began = time.perf_counter()
            request(n)
            taken.append(time.perf_counter() - began)
    writing, nothing = (statistics.median(taken) for taken in times.values())
    return writing * 1000, writing / nothing
