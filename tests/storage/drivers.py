"""One way to send a part as a browser does, whatever driver signed its address."""

import base64
import hashlib
import http.client
import io
import os
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from veo_workflow.errors import VeoError
from veo_workflow.storage import PartAddress, Storage, StoredPart
from veo_workflow.storage.disk import DiskStorage
from veo_workflow.storage.s3 import S3Storage

MIB = 1024 * 1024
KEY = "uploads/0198c0de/original"


def content_md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def random_parts(*sizes: int) -> list[bytes]:
    return [os.urandom(size) for size in sizes]


class Driver(Protocol):
    @property
    def storage(self) -> Storage: ...

    def send(self, address: PartAddress, body: bytes, url: str | None = None) -> int:
        """PUT one part, headers as the address says; returns the HTTP status."""
        ...


@dataclass(frozen=True)
class DiskDriver:
    storage: DiskStorage

    def send(self, address: PartAddress, body: bytes, url: str | None = None) -> int:
        try:
            receive(self.storage, url or address.url, io.BytesIO(body), len(body), address.headers.get("Content-MD5"))
        except VeoError as error:
            return error.status
        return 200


@dataclass(frozen=True)
class S3Driver:
    storage: S3Storage

    def send(self, address: PartAddress, body: bytes, url: str | None = None) -> int:
        where = urlsplit(url or address.url)
        assert where.hostname
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        try:
            connection.request("PUT", f"{where.path}?{where.query}", body, address.headers)
            return connection.getresponse().status
        finally:
            connection.close()


class Body(Protocol):
    def read(self, size: int, /) -> bytes: ...


def receive(
    disk: DiskStorage, url: str, body: Body, content_length: int | None, digest: str | None = None
) -> StoredPart:
    """What the endpoint behind `/storage/parts/<upload>/<n>` does."""
    where = urlsplit(url)
    *_, upload, n = where.path.split("/")
    query = dict(parse_qsl(where.query, keep_blank_values=True))
    return disk.receive_part(upload, int(n), query, content_length, digest, body)


def send_all(driver: Driver, upload: str, bodies: list[bytes], key: str = KEY) -> None:
    for n, body in enumerate(bodies, start=1):
        address = driver.storage.sign_part(key, upload, n, len(body), content_md5(body), 60)
        assert driver.send(address, body) == 200
