"""What is particular to the S3 driver: signing for one origin and speaking to another."""

import socket
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.storage.drivers import KEY, MIB, S3Driver, content_md5, random_parts, send_all
from tests.support.swift_s3 import Store
from veo_workflow.errors import Unavailable
from veo_workflow.storage import BadPart
from veo_workflow.storage.s3 import S3Storage


def test_length_and_digest_are_part_of_the_signature(s3: S3Storage) -> None:
    url = s3.sign_part(KEY, "an-upload", 1, 5, content_md5(b"hello"), 60).url
    (signed,) = parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"]
    assert signed.split(";") == ["content-length", "content-md5", "host"]


def test_browsers_get_the_public_origin_and_nginx_the_stores_own(s3: S3Storage, tmp_path: Path) -> None:
    part = s3.sign_part(KEY, s3.begin_parts(KEY, "video/mp4"), 1, 5, None, 60)
    assert urlsplit(part.url).hostname == "127.0.0.1"
    source = tmp_path / "source"
    source.write_bytes(b"x")
    s3.put(KEY, source, "video/mp4")
    address = s3.delivery(KEY).address
    assert address
    assert urlsplit(address).hostname == "localhost"


def test_parts_too_small_for_the_store_are_refused_and_stay(s3: S3Storage) -> None:
    upload = s3.begin_parts(KEY, "video/mp4")
    send_all(S3Driver(s3), upload, random_parts(MIB, 5))
    with pytest.raises(BadPart):
        s3.join_parts(KEY, upload, s3.list_parts(KEY, upload))
    assert len(s3.list_parts(KEY, upload)) == 2


def test_a_large_object_put_in_parts_is_whole(s3: S3Storage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"".join(random_parts(65 * MIB)))
    stored = s3.put(KEY, source, "video/mp4")
    assert stored.size == 65 * MIB
    assert stored.etag.endswith("-5")
    with s3.local(KEY) as copy:
        assert copy.read_bytes() == source.read_bytes()
    assert not copy.exists()
    assert list(s3.open_uploads("")) == []


def test_a_store_that_does_not_answer_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        storage = S3Storage(
            bucket="b", endpoint=origin, public_origin=origin, region="r", access_key="k", secret="s", scratch=tmp_path
        )
        monkeypatch.setattr(time, "sleep", lambda seconds: None)
        with pytest.raises(Unavailable):
            storage.head(KEY)


def test_a_wrong_key_is_unavailable_and_says_why(swift: Store, tmp_path: Path) -> None:
    storage = S3Storage(
        bucket="veo-test",
        endpoint=swift.endpoint,
        public_origin=swift.endpoint,
        region=swift.region,
        access_key=swift.access_key,
        secret="wrong",
        scratch=tmp_path,
    )
    with pytest.raises(Unavailable, match="SignatureDoesNotMatch"):
        list(storage.list(""))
