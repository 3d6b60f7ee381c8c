"""Asking over real HTTP, one connection a request: what a test wants to know of an answer, and nothing in between."""

import contextlib
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from veo_workflow.people.models import Person

if TYPE_CHECKING:
    from tests.support.live import School

SECONDS = 60


@dataclass(frozen=True)
class Reply:
    """Named as Werkzeug's test client names it, so that what a test says holds for both."""

    status_code: int
    headers: Message
    data: bytes

    @property
    def json(self) -> Any:
        """None for anything that is not JSON."""
        try:
            return json.loads(self.data)
        except ValueError:
            return None


def ask(method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.netloc, timeout=SECONDS)
    try:
        # A server that will not have the body answers and hangs up while we are still sending.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, url.removeprefix(f"http://{where.netloc}"), body, dict(headers or {}))
        answer = connection.getresponse()
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class Visitor:
    """A browser in which a person is signed in, or nobody: their cookie, and the token that writes need."""

    def __init__(self, school: "School", person: Person | None = None) -> None:
        self.origin = school.origin
        self.signed_in: dict[str, str] = {}
        if person is not None:
            self.signed_in["Cookie"] = "=".join(school.cookie(person))
            page = self.get("/")
            found = re.search(rb'name="csrf-token" content="([^"]+)"', page.data)
            assert found, "The page carries no token."
            self.signed_in["X-CSRFToken"] = found[1].decode()
            for cookie in page.headers.get_all("Set-Cookie", []):
                self.signed_in["Cookie"] = cookie.partition(";")[0]

    def open(
        self, method: str, path: str, *, json: Any = None, data: bytes | None = None, headers: Any = None
    ) -> Reply:
        body, kind = data, {"Accept": "application/json"}
        if json is not None:
            body, kind["Content-Type"] = _as_json(json), "application/json"
        return ask(method, f"{self.origin}{path}", body, {**kind, **self.signed_in, **(headers or {})})

    def get(self, path: str, **more: Any) -> Reply:
        return self.open("GET", path, **more)

    def head(self, path: str, **more: Any) -> Reply:
        return self.open("HEAD", path, **more)

    def post(self, path: str, **more: Any) -> Reply:
        return self.open("POST", path, **more)

    def put(self, path: str, **more: Any) -> Reply:
        return self.open("PUT", path, **more)

    def delete(self, path: str, **more: Any) -> Reply:
        return self.open("DELETE", path, **more)


def _as_json(value: Any) -> bytes:
    return json.dumps(value).encode()
