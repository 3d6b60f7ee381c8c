"""The upload contract, step by step, as a browser walks it, over both drivers."""

import base64
import hashlib
import uuid
from typing import Any

import pytest
from rq import Queue

from tests.clips.uploads.conftest import BOTH_DRIVERS, Kept, Rows
from tests.clips.uploads.sending import PART, Sender, film
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import ClipState, Purpose, UploadState
from veo_workflow.services import Services
from veo_workflow.settings import GIB


@BOTH_DRIVERS
def test_a_video_sent_in_parts_becomes_a_clip_that_waits_for_a_worker(
    asha: Sender, rows: Rows, kept: Kept, services: Services
) -> None:
    content = asha.film()
    begun = asha.ask(content)
    assert begun.status_code == 201
    assert begun.json.keys() == {"id", "part_size", "part_count", "expires_at", "state"}
    assert (begun.json["part_size"], begun.json["part_count"], begun.json["state"]) == (asha.part, 4, "open")
    upload = begun.json["id"]
    clip = rows.clip(upload)
    assert clip is not None
    assert (clip.state, clip.original_bytes, clip.title) == (ClipState.UPLOADING, len(content), "Coming in after lunch")

    asha.send(upload, content)
    done = asha.complete(upload, sha256=hashlib.sha256(content).hexdigest())

    assert (done.status_code, done.json) == (202, {"clip": upload, "state": "completed"})
    clip = rows.clip(upload)
    assert clip is not None
    assert (clip.state, clip.sha256) == (ClipState.QUEUED, hashlib.sha256(content).hexdigest())
    assert clip.original_key == f"uploads/{upload}/original"
    assert kept.content(clip.original_key) == content
    assert kept() == ([clip.original_key], [])
    assert [job.clip_id for job in rows.jobs()] == [uuid.UUID(upload)]
    assert Queue("clips", connection=services.redis).count == 1


def test_the_clip_says_what_was_chosen(asha: Sender, rows: Rows, services: Services, world: World) -> None:
    upload = asha.begin(film(), purpose="baseline", share_with_coach=True, name="IMG_0412.MOV")
    clip = rows.clip(upload)
    assert clip is not None
    assert (clip.purpose, clip.stage, clip.owner_id) == (Purpose.BASELINE, world.cycle.stage, world.asha.id)
    assert clip.shared_with_coach_at is not None
    assert "0412" not in clip.title
    with services.database.reading() as session:
        actions = {entry.action for entry in session.query(AuditEntry).filter_by(subject_id=uuid.UUID(upload))}
    assert actions == {"upload_begun", "clip_shared_with_coach"}


def test_a_clip_is_its_owners_alone_unless_she_chooses_otherwise(asha: Sender, rows: Rows) -> None:
    for chosen in ({}, {"share_with_coach": "yes"}):
        clip = rows.clip(asha.begin(film(seed=len(chosen)), **chosen))
        assert clip is not None
        assert clip.shared_with_coach_at is None


@BOTH_DRIVERS
def test_the_same_key_is_the_same_upload(asha: Sender, rows: Rows, kept: Kept) -> None:
    first, again = asha.ask(asha.film(), "one-and-the-same"), asha.ask(asha.film(), "one-and-the-same")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert len(rows.clips()) == 1
    assert len(kept()[1]) == 1


def test_a_key_that_began_another_video_is_refused(asha: Sender, rows: Rows) -> None:
    asha.begin(film(), "one-and-the-same")
    assert asha.ask(film(seed=2), "one-and-the-same").status_code == 422
    assert len(rows.clips()) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 81, "with a space in it"])
def test_an_upload_begins_under_a_proper_key(asha: Sender, key: str) -> None:
    answer = asha.client.post("/api/uploads", json={}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.mov", "video/quicktime"),
        ("a", "video/mp4"),
        ("A.MTS", ""),
        ("a.mts", "model/vnd.mts"),
        ("a.m2ts", "application/octet-stream"),
        ("a.3gp", ""),
        ("a.avi", ""),
        ("a.mkv", ""),
    ],
)
def test_videos_are_accepted_by_type_or_by_name(asha: Sender, name: str, kind: str) -> None:
    asha.begin(film(), name=name, type=kind)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.txt", "text/plain"), ("a.mov", "text/plain"), ("a", ""), ("a.jpg", "image/jpeg")]
)
def test_anything_else_is_refused_by_type(asha: Sender, rows: Rows, kept: Kept, name: str, kind: str) -> None:
    answer = asha.ask(film(), name=name, type=kind)
    assert (answer.status_code, answer.json["error"]) == (415, "unsupported_type")
    assert (rows.clips(), kept()) == ([], ([], []))


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        ({"size": 0}, 422, "empty"),
        ({"size": 7 * GIB}, 413, "too_large"),
        ({"size": -1}, 422, "invalid"),
        ({"size": "5"}, 422, "invalid"),
        ({"size": True}, 422, "invalid"),
        ({"name": None}, 422, "invalid"),
        ({"fingerprint": ""}, 422, "invalid"),
        ({"fingerprint": "x" * 81}, 422, "invalid"),
        ({"purpose": "fun"}, 422, "invalid"),
        ({"cycle": "mine"}, 422, "invalid"),
    ],
)
def test_what_cannot_be_a_clip_is_refused_with_a_sentence(
    asha: Sender, rows: Rows, kept: Kept, sent: dict[str, Any], status: int, error: str
) -> None:
    answer = asha.ask(film(), **sent)
    assert (answer.status_code, answer.json["error"]) == (status, error)
    assert answer.json["message"].endswith((".", "work."))
    assert answer.json["retryable"] is False
    assert (rows.clips(), kept()) == ([], ([], []))


@BOTH_DRIVERS
def test_addresses_are_given_for_the_parts_that_were_agreed(asha: Sender) -> None:
    content = asha.film()
    upload = asha.begin(content)
    last = len(content) - 3 * asha.part
    answer = asha.sign(upload, {"n": 1, "size": asha.part}, {"n": 4, "size": last})
    assert answer.status_code == 200
    assert [url["n"] for url in answer.json["urls"]] == [1, 4]
    assert {url["method"] for url in answer.json["urls"]} == {"PUT"}
    assert all(url.keys() == {"n", "method", "url", "headers", "expires_at"} for url in answer.json["urls"])


@pytest.mark.parametrize(
    "parts",
    [
        [{"n": 0, "size": PART}],
        [{"n": 5, "size": PART}],
        [{"n": 1, "size": PART - 1}],
        [{"n": 4, "size": PART}],
        [{"n": True, "size": PART}],
        [{"n": 1, "size": PART, "md5": "no digest"}],
        [{"n": 1}],
        ["one"],
        [],
        [{"n": 1, "size": PART}] * 21,
        None,
    ],
)
def test_other_parts_get_no_address(asha: Sender, parts: Any) -> None:
    upload = asha.begin(film())
    answer = asha.client.post(f"/api/uploads/{upload}/parts/sign", json={"parts": parts})
    assert answer.status_code == 422


@BOTH_DRIVERS
def test_a_digest_that_was_announced_is_held_to(asha: Sender) -> None:
    content = asha.film()
    upload = asha.begin(content)
    md5 = base64.b64encode(hashlib.md5(content[: asha.part], usedforsecurity=False).digest()).decode()
    address = asha.address(upload, 1, asha.part, md5)
    assert asha.put(address, asha.piece(seed=9)).status_code in {400, 403}
    wrong = asha.put(address, asha.piece(seed=9), **{"Content-MD5": md5})
    assert wrong.status_code == 400
    assert asha.one(upload).json["parts"] == []
    assert asha.put(address, content[: asha.part], **{"Content-MD5": md5}).status_code == 200


@BOTH_DRIVERS
def test_what_has_arrived_is_what_storage_lists(asha: Sender) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content, only=[3, 1])
    answer = asha.one(upload).json
    assert answer["state"] == "open"
    assert [(part["n"], part["size"]) for part in answer["parts"]] == [(1, asha.part), (3, asha.part)]
    assert answer["parts"][0]["etag"] == hashlib.md5(content[: asha.part], usedforsecurity=False).hexdigest()


@BOTH_DRIVERS
def test_a_part_larger_than_a_form_may_be_is_taken(asha: Sender, services: Services, rows: Rows) -> None:
    content = film(3 * 1024 * 1024)
    upload = asha.begin(content)
    rows.change(upload, part_size=len(content), part_count=1)
    assert asha.put(asha.address(upload, 1, len(content)), content).status_code == 200


@BOTH_DRIVERS
def test_a_completed_upload_gives_no_more_addresses(asha: Sender, rows: Rows) -> None:
    upload = asha.whole(asha.film())
    answer = asha.sign(upload, {"n": 1, "size": asha.part})
    assert (answer.status_code, answer.json["error"]) == (409, "completed")
    assert asha.one(upload).json["state"] == "completed"
    assert rows.upload(upload).state is UploadState.COMPLETED
