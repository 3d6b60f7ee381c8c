"""Uploads in parts: what the port promises, on every driver, with parts sent as a browser sends them."""

import dataclasses
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.storage.drivers import KEY, MIB, Driver, content_md5, random_parts, send_all
from veo_workflow.storage import BadPart, NoSuchObject, PartAddress, StoredPart
from veo_workflow.storage.keys import joined_etag

SMALLEST = 5 * MIB  # what S3 allows for all parts but the last


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def changed(address: PartAddress, **fields: str) -> str:
    where = urlsplit(address.url)
    return where._replace(query=urlencode({**dict(parse_qsl(where.query)), **fields})).geturl()


def test_parts_in_any_order_become_the_file(driver: Driver, tmp_path: Path) -> None:
    storage = driver.storage
    bodies = random_parts(SMALLEST, SMALLEST, 1234)
    upload = storage.begin_parts(KEY, "video/mp4")
    for n in (3, 1, 2):
        body = bodies[n - 1]
        address = storage.sign_part(KEY, upload, n, len(body), content_md5(body), 60)
        assert address.n == n
        assert address.headers == {"Content-MD5": content_md5(body)}
        assert driver.send(address, body) == 200
    arrived = storage.list_parts(KEY, upload)
    md5s = [md5(body) for body in bodies]
    assert arrived == [StoredPart(n, len(bodies[n - 1]), md5s[n - 1]) for n in (1, 2, 3)]
    assert storage.head(KEY) is None

    joined = storage.join_parts(KEY, upload, arrived)
    assert (joined.key, joined.size, joined.etag) == (KEY, sum(map(len, bodies)), joined_etag(arrived))
    assert storage.head(KEY) == joined
    storage.fetch(KEY, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"".join(bodies)
    assert list(storage.open_uploads("")) == []


def test_a_part_without_a_digest_is_held_to_its_length_alone(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    address = driver.storage.sign_part(KEY, upload, 1, 5, None, 60)
    assert address.headers == {}
    assert driver.send(address, b"hello") == 200


@pytest.mark.parametrize("body", [b"hell", b"hello!", b""])
def test_a_part_of_another_length_is_refused(driver: Driver, body: bytes) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    address = driver.storage.sign_part(KEY, upload, 1, 5, None, 60)
    assert driver.send(address, body) in {400, 403}
    assert driver.storage.list_parts(KEY, upload) == []


def test_a_damaged_part_is_refused_and_does_not_displace_a_good_one(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    address = driver.storage.sign_part(KEY, upload, 1, 5, content_md5(b"hello"), 60)
    assert driver.send(address, b"jello") == 400
    assert driver.storage.list_parts(KEY, upload) == []
    assert driver.send(address, b"hello") == 200
    assert driver.send(address, b"jello") == 400
    assert [part.etag for part in driver.storage.list_parts(KEY, upload)] == [md5(b"hello")]


def test_a_digest_other_than_the_signed_one_is_refused(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    signed = driver.storage.sign_part(KEY, upload, 1, 5, content_md5(b"hello"), 60)
    swapped = dataclasses.replace(signed, headers={"Content-MD5": content_md5(b"jello")})
    assert driver.send(swapped, b"jello") in {400, 403}
    assert driver.storage.list_parts(KEY, upload) == []


def test_an_expired_address_is_refused(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    address = driver.storage.sign_part(KEY, upload, 1, 5, None, 1)
    time.sleep(2.1)
    assert driver.send(address, b"hello") == 403
    assert driver.storage.list_parts(KEY, upload) == []


def test_an_address_says_when_it_expires(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    before = time.time()
    address = driver.storage.sign_part(KEY, upload, 1, 5, None, 900)
    assert before + 899 <= address.expires_at.timestamp() <= time.time() + 901


def test_a_tampered_address_is_refused(driver: Driver) -> None:
    storage = driver.storage
    upload, other = storage.begin_parts(KEY, "video/mp4"), storage.begin_parts("uploads/other/original", "video/mp4")
    address = storage.sign_part(KEY, upload, 1, 5, content_md5(b"hello"), 60)
    fields = dict(parse_qsl(urlsplit(address.url).query))
    if "signature" in fields:
        urls = [
            changed(address, expires=str(int(fields["expires"]) + 3600)),
            changed(address, size="6"),
            changed(address, md5=""),
            changed(address, signature="0" * 64),
            changed(address, signature="ü"),
            address.url.replace(f"/{upload}/1?", f"/{upload}/2?"),
            address.url.replace(upload, other),
        ]
    else:
        urls = [
            changed(address, **{"X-Amz-Expires": "3600"}),
            changed(address, **{"X-Amz-Signature": "0" * 64}),
            changed(address, **{"X-Amz-SignedHeaders": "host"}),
            changed(address, partNumber="2"),
            changed(address, uploadId=other),
        ]
    assert [driver.send(address, b"hello", url) for url in urls] == [403] * len(urls)
    assert driver.send(address, b"hello", address.url.split("?", 1)[0]) in {400, 403}
    assert storage.list_parts(KEY, upload) == []
    assert driver.send(address, b"hello") == 200


def test_of_a_part_sent_twice_the_last_counts(driver: Driver, tmp_path: Path) -> None:
    storage = driver.storage
    upload = storage.begin_parts(KEY, "video/mp4")
    send_all(driver, upload, [b"first try"])
    send_all(driver, upload, [b"second, and longer"])
    send_all(driver, upload, [b"third"])
    arrived = storage.list_parts(KEY, upload)
    assert [(part.n, part.size) for part in arrived] == [(1, 5)]
    storage.join_parts(KEY, upload, arrived)
    with storage.local(KEY) as path:
        assert path.read_bytes() == b"third"


def test_parts_sent_at_the_same_time_all_arrive(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    bodies = random_parts(*range(100, 108))

    def send(n: int) -> int:
        body = bodies[n % 8]
        return driver.send(driver.storage.sign_part(KEY, upload, n % 8 + 1, len(body), None, 60), body)

    with ThreadPoolExecutor(4) as browser:
        assert set(browser.map(send, range(24))) == {200}
    arrived = driver.storage.list_parts(KEY, upload)
    assert [part.etag for part in arrived] == [md5(body) for body in bodies]


def test_joining_with_a_part_that_never_arrived_is_refused_and_the_upload_stays_open(driver: Driver) -> None:
    storage = driver.storage
    bodies = random_parts(SMALLEST, 100)
    upload = storage.begin_parts(KEY, "video/mp4")
    send_all(driver, upload, bodies[:1])
    never = StoredPart(2, 100, md5(bodies[1]))
    with pytest.raises(BadPart) as refusal:
        storage.join_parts(KEY, upload, [*storage.list_parts(KEY, upload), never])
    assert refusal.value.details["parts"] == [2]
    assert storage.head(KEY) is None
    address = storage.sign_part(KEY, upload, 2, 100, None, 60)
    assert driver.send(address, bodies[1]) == 200
    assert storage.join_parts(KEY, upload, storage.list_parts(KEY, upload)).size == SMALLEST + 100


def test_joining_other_than_what_arrived_is_refused(driver: Driver) -> None:
    storage = driver.storage
    upload = storage.begin_parts(KEY, "video/mp4")
    for n in (1, 3):
        assert driver.send(storage.sign_part(KEY, upload, n, SMALLEST, None, 60), os.urandom(SMALLEST)) == 200
    first, third = storage.list_parts(KEY, upload)
    other = StoredPart(1, first.size, third.etag)
    for parts, wrong in (
        ([first, third], [2]),
        ([first], [2, 3]),
        ([], [1, 2, 3]),
        ([other, third], [1, 2]),
        ([first, first, third], [2]),
    ):
        with pytest.raises(BadPart) as refusal:
            storage.join_parts(KEY, upload, parts)
        assert refusal.value.details["parts"] == wrong
    assert storage.head(KEY) is None
    assert len(storage.list_parts(KEY, upload)) == 2


def test_nothing_can_be_joined_out_of_no_parts(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    with pytest.raises(BadPart):
        driver.storage.join_parts(KEY, upload, [])
    assert driver.storage.list_parts(KEY, upload) == []


def test_joining_again_returns_the_same_object(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    send_all(driver, upload, [b"hello"])
    arrived = driver.storage.list_parts(KEY, upload)
    joined = driver.storage.join_parts(KEY, upload, arrived)
    assert driver.storage.join_parts(KEY, upload, arrived) == joined


def test_joining_an_upload_that_is_gone_answers_by_what_stands_under_the_key(driver: Driver) -> None:
    storage = driver.storage
    ours, same, other = (storage.begin_parts(KEY, "video/mp4") for _ in range(3))
    for upload, body in ((ours, b"hello"), (same, b"hello"), (other, b"jello")):
        send_all(driver, upload, [body])
    arrived = storage.list_parts(KEY, ours)
    storage.abort_parts(KEY, ours)
    joined = storage.join_parts(KEY, same, storage.list_parts(KEY, same))
    assert storage.join_parts(KEY, ours, arrived) == joined
    storage.join_parts(KEY, other, storage.list_parts(KEY, other))
    with pytest.raises(NoSuchObject):
        storage.join_parts(KEY, ours, arrived)


def test_a_part_cannot_be_joined_twice_over(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    send_all(driver, upload, [b"hello"])
    (part,) = driver.storage.list_parts(KEY, upload)
    with pytest.raises(BadPart):
        driver.storage.join_parts(KEY, upload, [part, part])


def test_an_aborted_upload_is_gone_with_every_byte(driver: Driver) -> None:
    storage = driver.storage
    upload = storage.begin_parts(KEY, "video/mp4")
    send_all(driver, upload, [b"hello"])
    arrived = storage.list_parts(KEY, upload)
    address = storage.sign_part(KEY, upload, 2, 5, None, 60)
    storage.abort_parts(KEY, upload)
    storage.abort_parts(KEY, upload)
    assert driver.send(address, b"later") == 404
    with pytest.raises(NoSuchObject):
        storage.list_parts(KEY, upload)
    with pytest.raises(NoSuchObject):
        storage.join_parts(KEY, upload, arrived)
    assert list(storage.open_uploads("")) == []
    assert list(storage.list("")) == []


def test_aborting_after_the_join_leaves_the_object(driver: Driver) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    send_all(driver, upload, [b"hello"])
    joined = driver.storage.join_parts(KEY, upload, driver.storage.list_parts(KEY, upload))
    driver.storage.abort_parts(KEY, upload)
    assert driver.storage.head(KEY) == joined
    with driver.storage.local(KEY) as path:
        assert path.read_bytes() == b"hello"


def test_an_upload_belongs_to_its_key(driver: Driver) -> None:
    storage = driver.storage
    upload = storage.begin_parts(KEY, "video/mp4")
    send_all(driver, upload, [b"hello"])
    arrived = storage.list_parts(KEY, upload)
    other = "uploads/other/original"
    with pytest.raises(NoSuchObject):
        storage.list_parts(other, upload)
    with pytest.raises(NoSuchObject):
        storage.join_parts(other, upload, arrived)
    storage.abort_parts(other, upload)
    assert storage.list_parts(KEY, upload) == arrived


@pytest.mark.parametrize("upload", ["", "..", "../objects", "0" * 24, "nothing", "%2e%2e"])
def test_an_upload_that_never_was_is_gone(driver: Driver, upload: str) -> None:
    with pytest.raises(NoSuchObject):
        driver.storage.list_parts(KEY, upload)
    with pytest.raises(NoSuchObject):
        driver.storage.join_parts(KEY, upload, [StoredPart(1, 5, "0" * 32)])
    driver.storage.abort_parts(KEY, upload)


def test_open_uploads_are_found_by_the_beginning_of_their_key(driver: Driver) -> None:
    storage = driver.storage
    keys = ["uploads/1/original", "uploads/1/original", "uploads/10/original", "uploads/2/original"]
    begun = [(key, storage.begin_parts(key, "video/mp4")) for key in keys]
    assert sorted(storage.open_uploads("")) == sorted(begun)
    assert sorted(storage.open_uploads("uploads/1/")) == sorted(begun[:2])
    assert sorted(storage.open_uploads("uploads/1")) == sorted(begun[:3])
    assert list(storage.open_uploads("clips/")) == []


def test_the_sweep_leaves_objects_and_open_uploads_alone(driver: Driver, tmp_path: Path) -> None:
    storage = driver.storage
    upload = storage.begin_parts(KEY, "video/mp4")
    send_all(driver, upload, [b"hello"])
    (tmp_path / "source").write_bytes(b"x")
    stored = storage.put("clips/1/poster.jpg", tmp_path / "source", "image/jpeg")
    assert storage.sweep_temporary(timedelta(seconds=-1)) == 0
    assert list(storage.list("")) == [stored]
    assert storage.join_parts(KEY, upload, storage.list_parts(KEY, upload)).size == 5


@pytest.mark.parametrize(
    ("n", "size", "md5"),
    [(0, 5, None), (-1, 5, None), (10_001, 5, None), (1, 0, None), (1, 6 * 1024**3, None), (1, 5, "short"), (1, 5, "")],
)
def test_a_part_that_no_store_takes_is_not_signed(driver: Driver, n: int, size: int, md5: str | None) -> None:
    upload = driver.storage.begin_parts(KEY, "video/mp4")
    with pytest.raises(ValueError, match=r"Content-MD5|a part"):
        driver.storage.sign_part(KEY, upload, n, size, md5, 60)
