"""A clip sent through nginx, to disk and to a bucket: part by part, straight through, and nothing else gets in."""

import contextlib
import socket
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.clips.uploads.sending import Sender
from tests.proxied.conftest import IN_BUCKET, PARTS_OF, Front, Shown
from tests.support.live import School
from tests.support.over_http import ask
from tests.support.waiting import wait_until
from veo_workflow.clips.models import Upload


def test_a_film_goes_up_in_parts_and_is_whole(sender: Sender, front: Front) -> None:
    content = sender.film()
    upload = sender.begin(content)
    sender.send(upload, content, only=[4, 2, 1])
    assert sender.complete(upload).json["parts"] == [3]
    sender.send(upload, content, only=[3])
    assert sender.complete(upload).status_code == 202
    with front.school.services.storage.local(f"uploads/{upload}/original") as path:
        assert path.read_bytes() == content
    assert front.waiting() == []


def test_a_part_passes_straight_through_while_it_is_still_being_sent(sender: Sender, front: Front) -> None:
    content = sender.film()
    upload = sender.begin(content)
    before = front.line.carried if front.line else 0
    with half_sent(sender, upload, content[:PARTS_OF]) as connection:
        wait_until(lambda: _arrived(front, upload, before) > PARTS_OF // 3)
        assert front.waiting() == []
        connection.sendall(content[PARTS_OF // 2 : PARTS_OF])
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert [part["n"] for part in sender.one(upload).json["parts"]] == [1]
    assert front.waiting() == []


def test_a_part_that_breaks_off_leaves_nothing(sender: Sender) -> None:
    content = sender.film()
    upload = sender.begin(content)
    with half_sent(sender, upload, content[:PARTS_OF]):
        pass
    assert sender.one(upload).json["parts"] == []
    sender.send(upload, content, only=[1])
    assert [part["n"] for part in sender.one(upload).json["parts"]] == [1]


def test_an_address_that_is_changed_or_ran_out_is_refused(sender: Sender, school: School) -> None:
    upload = sender.begin(sender.film())
    address = sender.address(upload, 1, PARTS_OF)
    for forged in (
        address.replace("/1?", "/2?").replace("partNumber=1&", "partNumber=2&"),
        address.replace("ignature=", "ignature=0"),
    ):
        assert sender.put(forged, sender.piece()).status_code == 403
    services = school.services
    with services.database.reading() as session:
        row = session.get_one(Upload, uuid.UUID(upload))
    late = services.storage.sign_part(row.key, row.storage_upload, 1, PARTS_OF, None, 1).url
    wait_until(lambda: sender.put(late, sender.piece()).status_code == 403)


def test_a_refusal_is_heard_and_is_no_line_that_breaks(sender: Sender, school: School) -> None:
    """Hung up on while it still sends, a browser would see a lost line, and nginx a 502."""
    address = sender.address(sender.begin(sender.film()), 1, PARTS_OF)
    forged, body = address.replace("ignature=", "ignature=0"), sender.piece()
    assert {sender.put(forged, body).status_code for _ in range(20)} == {403}
    if school.services.settings.storage == "disk":
        application = f"http://{school.services.settings.host}:{school.services.settings.port}"
        assert {ask("PUT", f"{application}{forged}", body).status_code for _ in range(20)} == {403}


def test_a_part_that_is_larger_than_any_is_turned_away_by_nginx(sender: Sender) -> None:
    upload = sender.begin(sender.film())
    with _connected(sender, sender.address(upload, 1, PARTS_OF), length=64 * 1024 * 1024 + 1) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


@IN_BUCKET
def test_the_store_is_asked_for_nothing_but_parts(front: Front, sender: Sender, clip: Shown) -> None:
    bucket = front.school.services.settings.s3_bucket
    assert front.line
    upload = sender.begin(sender.film())
    address = sender.address(upload, 1, PARTS_OF)
    origin, carried = front.school.origin, front.line.carried
    for method, url in (
        ("GET", address),
        ("POST", address),
        ("DELETE", address),
        ("OPTIONS", address),
        ("PUT", address.replace("partNumber=1&", "")),
        ("PUT", address.replace("uploadId=", "noId=")),
        ("PUT", address.replace("X-Amz-Signature=", "Signature=")),
        ("PUT", address.replace(f"/uploads/{upload}/original", f"/{clip.key}")),
        ("PUT", f"{origin}/{bucket}/uploads/{upload}/original"),
        ("POST", f"{origin}/{bucket}/uploads/{upload}/original?uploads"),
        ("PUT", f"{origin}/{bucket}/uploads/../{clip.key}?{urlsplit(address).query}"),
    ):
        assert ask(method, url, b"x").status_code == 404, (method, url)
    assert front.line.carried == carried, "not one of them came as far as the store"


@IN_BUCKET
def test_a_part_cannot_be_taken_from_another_clip(front: Front, sender: Sender, clip: Shown) -> None:
    bucket = front.school.services.settings.s3_bucket
    content = sender.film()
    upload = sender.begin(content)
    address = sender.address(upload, 1, PARTS_OF)
    copied = sender.put(address, content[:PARTS_OF], **{"x-amz-copy-source": f"/{bucket}/{clip.key}"})
    assert copied.status_code == 200
    sender.send(upload, content, only=[2, 3, 4])
    assert sender.complete(upload).status_code == 202
    with front.school.services.storage.local(f"uploads/{upload}/original") as path:
        assert path.read_bytes() == content


@contextlib.contextmanager
def half_sent(sender: Sender, upload: str, body: bytes) -> Iterator[socket.socket]:
    """A part whose first half has been sent."""
    with _connected(sender, sender.address(upload, 1, len(body)), len(body)) as connection:
        connection.sendall(body[: len(body) // 2])
        yield connection


@contextlib.contextmanager
def _connected(sender: Sender, address: str, length: int) -> Iterator[socket.socket]:
    where = urlsplit(address)
    origin = urlsplit(sender.client.origin)
    head = f"PUT {where.path}?{where.query} HTTP/1.1\r\nHost: {origin.netloc}\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection((origin.hostname or "", origin.port or 80), 60) as connection:
        connection.sendall(head.encode())
        yield connection


def _arrived(front: Front, upload: str, before: int) -> int:
    """How many bytes have come as far as storage: over the line to the store, or into a file on the disk."""
    if front.line is not None:
        return front.line.carried - before
    with front.school.services.database.reading() as session:
        folder = session.get_one(Upload, uuid.UUID(upload)).storage_upload
    parts = front.school.services.settings.data / "parts" / folder
    return sum(path.stat().st_size for path in parts.iterdir() if path.name != "key")
