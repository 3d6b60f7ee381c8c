"""A browser that uploads by the contract, one call a step, for tests that read as what somebody did."""

import random
import uuid
from typing import Any, TypeAlias

from flask.testing import FlaskClient

from tests.support.over_http import Visitor, ask
from veo_workflow.clips.uploads.rules import fingerprint
from veo_workflow.settings import MIB

PART = 64 * 1024
PART_IN_BUCKET = 5 * MIB  # a store joins no smaller ones

Answer: TypeAlias = Any  # a Werkzeug response, whose JSON is typed as perhaps missing


def film(size: int = 3 * PART + 1000, seed: int = 1) -> bytes:
    """Bytes that stand for a video; another seed, another video."""
    return random.Random(seed).randbytes(size)


def mark(content: bytes) -> str:
    return fingerprint(len(content), content[:MIB], content[-MIB:])


class Sender:
    """Somebody at a browser, about to upload to one cycle; `part` is the length of its parts in bytes."""

    def __init__(self, client: FlaskClient | Visitor, cycle_id: uuid.UUID, part: int = PART) -> None:
        self.client: Any = client
        self.cycle_id = cycle_id
        self.part = part

    def film(self, seed: int = 1) -> bytes:
        """A video of three parts and a short one."""
        return film(3 * self.part + 1000, seed)

    def piece(self, seed: int = 1) -> bytes:
        """As much as one part."""
        return film(self.part, seed)

    def ask(self, content: bytes, key: str | None = None, **other: Any) -> Answer:
        body = {
            "cycle": str(self.cycle_id),
            "purpose": "progress",
            "name": "Coming in after lunch.mov",
            "size": len(content),
            "type": "video/quicktime",
            "fingerprint": mark(content),
            "share_with_coach": False,
            **other,
        }
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.client.post("/api/uploads", json=body, headers=headers)

    def begin(self, content: bytes, key: str | None = None, **other: Any) -> str:
        answer = self.ask(content, key, **other)
        assert answer.status_code == 201, answer.json
        return str(answer.json["id"])

    def sign(self, upload: str, *parts: dict[str, Any]) -> Answer:
        return self.client.post(f"/api/uploads/{upload}/parts/sign", json={"parts": list(parts)})

    def address(self, upload: str, n: int, size: int, md5: str | None = None) -> str:
        asked: dict[str, Any] = {"n": n, "size": size} | ({"md5": md5} if md5 else {})
        answer = self.sign(upload, asked)
        assert answer.status_code == 200, answer.json
        return str(answer.json["urls"][0]["url"])

    def put(self, address: str, body: bytes, **headers: str) -> Answer:
        """To wherever the address leads, and without a cookie: the signature is enough."""
        if address.startswith("http:"):
            return ask("PUT", address, body, headers)
        if isinstance(self.client, Visitor):
            return ask("PUT", f"{self.client.origin}{address}", body, headers)
        return self.client.application.test_client().put(address, data=body, headers=headers)

    def send(self, upload: str, content: bytes, only: list[int] | None = None) -> None:
        for n in only or range(1, -(-len(content) // self.part) + 1):
            body = content[(n - 1) * self.part : n * self.part]
            answer = self.put(self.address(upload, n, len(body)), body)
            assert answer.status_code == 200, answer.json
            assert answer.headers["ETag"]

    def one(self, upload: str) -> Answer:
        return self.client.get(f"/api/uploads/{upload}")

    def open_uploads(self) -> list[dict[str, Any]]:
        answer: Answer = self.client.get("/api/uploads")
        return list(answer.json["uploads"])

    def complete(self, upload: str, **body: Any) -> Answer:
        return self.client.post(f"/api/uploads/{upload}/complete", json=body)

    def cancel(self, upload: str) -> Answer:
        return self.client.delete(f"/api/uploads/{upload}")

    def whole(self, content: bytes, **other: Any) -> str:
        """Begun, sent and completed."""
        upload = self.begin(content, **other)
        self.send(upload, content)
        assert self.complete(upload).status_code == 202
        return upload
