"""Whole objects: what the port promises, on every driver."""

import hashlib
import http.client
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.storage.drivers import MIB, Driver
from veo_workflow.storage import NoSuchObject, Storage

KEY = "clips/0198c0de/1/playback.mp4"


def store(storage: Storage, key: str, content: bytes, folder: Path) -> None:
    source = folder / "source"
    source.write_bytes(content)
    storage.put(key, source, "video/mp4")


def test_what_was_put_is_there_whole_and_the_source_stays(driver: Driver, tmp_path: Path) -> None:
    content = os.urandom(3 * MIB + 17)
    source = tmp_path / "rendition.mp4"
    source.write_bytes(content)
    stored = driver.storage.put(KEY, source, "video/mp4")
    assert (stored.key, stored.size) == (KEY, len(content))
    assert stored.etag == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert abs(stored.modified_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert driver.storage.head(KEY) == stored
    assert source.read_bytes() == content


def test_changing_the_source_afterwards_does_not_change_the_object(driver: Driver, tmp_path: Path) -> None:
    source = tmp_path / "rendition.mp4"
    source.write_bytes(b"as it was stored")
    driver.storage.put(KEY, source, "video/mp4")
    with source.open("r+b") as file:
        file.write(b"CHANGED")
    driver.storage.fetch(KEY, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"as it was stored"


def test_putting_again_replaces_the_object(driver: Driver, tmp_path: Path) -> None:
    store(driver.storage, KEY, b"first", tmp_path)
    before = driver.storage.head(KEY)
    store(driver.storage, KEY, b"second", tmp_path)
    after = driver.storage.head(KEY)
    assert before
    assert after
    assert after.size == len(b"second")
    assert after.etag != before.etag
    with driver.storage.local(KEY) as path:
        assert path.read_bytes() == b"second"


def test_an_empty_object_is_an_object(driver: Driver, tmp_path: Path) -> None:
    store(driver.storage, KEY, b"", tmp_path)
    found = driver.storage.head(KEY)
    assert found
    assert found.size == 0


def test_fetch_replaces_what_stood_at_the_target_and_leaves_nothing_else(driver: Driver, tmp_path: Path) -> None:
    store(driver.storage, KEY, b"the clip", tmp_path)
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "original").write_bytes(b"something older and longer")
    for _ in range(2):
        driver.storage.fetch(KEY, folder / "original")
        assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("original", b"the clip")]


def test_local_gives_a_file_with_the_content(driver: Driver, tmp_path: Path) -> None:
    store(driver.storage, KEY, b"the clip", tmp_path)
    with driver.storage.local(KEY) as path:
        assert path.read_bytes() == b"the clip"
        assert path.suffix == ".mp4"


def test_what_is_not_there_is_said_to_be_not_there(driver: Driver, tmp_path: Path) -> None:
    storage = driver.storage
    assert storage.head(KEY) is None
    with pytest.raises(NoSuchObject):
        storage.fetch(KEY, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    with pytest.raises(NoSuchObject), storage.local(KEY):
        pass
    with pytest.raises(NoSuchObject):
        storage.delivery(KEY)
    assert list(storage.list("")) == []


def test_deleting_takes_one_object_and_can_be_repeated(driver: Driver, tmp_path: Path) -> None:
    other = "clips/0198c0de/1/poster.jpg"
    store(driver.storage, KEY, b"gone", tmp_path)
    store(driver.storage, other, b"stays", tmp_path)
    driver.storage.delete(KEY)
    driver.storage.delete(KEY)
    assert driver.storage.head(KEY) is None
    assert [found.key for found in driver.storage.list("")] == [other]


def test_listing_many_keys_is_complete_and_in_key_order(driver: Driver, tmp_path: Path) -> None:
    keys = [
        "a-1/x",
        "a.b",
        "a/x",
        "a/x-1/y",
        "a/x.mp4",
        "a0/x",
        "b/a/deep/er",
        *(f"clips/{n:02d}/f" for n in range(14)),
    ]
    for key in reversed(keys):
        store(driver.storage, key, key.encode(), tmp_path)
    found = list(driver.storage.list(""))
    assert [each.key for each in found] == sorted(keys, key=str.encode)
    assert all(each == driver.storage.head(each.key) for each in found[:3])


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("clips/1/", ["clips/1/a", "clips/1/b"]),
        ("clips/1", ["clips/1/a", "clips/1/b", "clips/10/a"]),
        ("clips/1/a", ["clips/1/a"]),
        ("clips/2", []),
        ("nothing/here/", []),
    ],
)
def test_listing_narrows_by_how_a_key_begins(driver: Driver, tmp_path: Path, prefix: str, expected: list[str]) -> None:
    for key in ("clips/1/a", "clips/1/b", "clips/10/a", "stills/1/a"):
        store(driver.storage, key, b"x", tmp_path)
    assert [each.key for each in driver.storage.list(prefix)] == expected


def test_delivery_reaches_the_content_with_ranges(driver: Driver, tmp_path: Path) -> None:
    store(driver.storage, KEY, b"0123456789", tmp_path)
    delivery = driver.storage.delivery(KEY)
    if delivery.path:
        assert delivery.address is None
        assert delivery.path.read_bytes()[2:5] == b"234"
    else:
        assert delivery.address
        where = urlsplit(delivery.address)
        assert where.hostname == "localhost"
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        connection.request("GET", f"{where.path}?{where.query}", headers={"Range": "bytes=2-4"})
        reply = connection.getresponse()
        assert (reply.status, reply.read()) == (206, b"234")
        connection.close()


@pytest.mark.parametrize(
    "key",
    [
        *("", "/etc/passwd", "../secret.key", "clips/../../secret.key", "clips//x", "clips/", "clips/.x"),
        *("a\\b", "a b", "ä", "clips/x\n", "clips/\0", "x" * 201, "/".join(["x" * 100] * 6)),
    ],
)
def test_keys_that_we_never_make_are_refused_everywhere(driver: Driver, tmp_path: Path, key: str) -> None:
    storage = driver.storage
    source = tmp_path / "source"
    source.write_bytes(b"x")
    with pytest.raises(ValueError, match="storage key"):
        storage.put(key, source, "video/mp4")
    for verb in (storage.head, storage.delete, storage.delivery):
        with pytest.raises(ValueError, match="storage key"):
            verb(key)
    with pytest.raises(ValueError, match="storage key"):
        storage.fetch(key, tmp_path / "copy")
    with pytest.raises(ValueError, match="storage key"), storage.local(key):
        pass
    with pytest.raises(ValueError, match="storage key"):
        storage.begin_parts(key, "video/mp4")


def test_a_prefix_cannot_leave_the_store(driver: Driver) -> None:
    for prefix in ("../", "/", "clips/../"):
        with pytest.raises(ValueError, match="storage key"):
            list(driver.storage.list(prefix))
        with pytest.raises(ValueError, match="storage key"):
            list(driver.storage.open_uploads(prefix))
