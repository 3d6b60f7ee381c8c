"""What goes wrong on the way, row by row of the failure table, over both drivers."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clips.uploads.conftest import BOTH_DRIVERS, Kept, Rows
from tests.clips.uploads.sending import Answer, Sender, film
from veo_workflow.clips import operations as clips
from veo_workflow.clips import processing
from veo_workflow.clips.arrival import DAMAGED
from veo_workflow.clips.models import Clip, ClipState, Upload, UploadState
from veo_workflow.clips.uploads import upkeep
from veo_workflow.database import new_id, now
from veo_workflow.people.models import Person
from veo_workflow.services import Services

pytestmark = BOTH_DRIVERS

Breaking = Callable[[], contextlib.AbstractContextManager[None]]


def at_once(*doing: Callable[[], Answer]) -> list[Answer]:
    """Everybody starts at the same moment."""
    gate, answers = threading.Barrier(len(doing)), []

    def run(act: Callable[[], Answer]) -> None:
        gate.wait()
        answers.append(act())

    threads = [threading.Thread(target=run, args=(act,)) for act in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


# ---- The same part twice: the last one wins while the upload is open.


def test_the_same_part_twice_the_last_one_wins(asha: Sender, kept: Kept) -> None:
    content, wrong = asha.film(), asha.piece(seed=2)
    upload = asha.begin(content)
    asha.put(asha.address(upload, 1, asha.part), wrong)
    asha.send(upload, content)
    asha.complete(upload)
    assert kept.content(f"uploads/{upload}/original") == content


# ---- Missing or short part at complete: 409 with the list; only those are sent again.


def test_a_missing_part_at_complete_is_listed_and_only_it_is_sent_again(asha: Sender, rows: Rows, kept: Kept) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content, only=[1, 3])
    refused = asha.complete(upload)
    assert refused.status_code == 409
    assert refused.json["error"] == "parts_mismatch"
    assert (refused.json["parts"], refused.json["retryable"]) == ([2, 4], True)
    assert rows.upload(upload).state is UploadState.OPEN
    asha.send(upload, content, only=refused.json["parts"])
    assert asha.complete(upload).status_code == 202
    assert kept.content(f"uploads/{upload}/original") == content


@pytest.mark.parametrize("wrong", [-1, 1])
def test_a_short_or_long_part_at_complete_is_listed_and_only_it_is_sent_again(
    asha: Sender, rows: Rows, kept: Kept, services: Services, wrong: int
) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content)
    row, body = rows.upload(upload), film(asha.part + wrong, seed=5)
    other = services.storage.sign_part(row.key, row.storage_upload, 2, len(body), None, 60)
    assert asha.put(other.url, body).status_code == 200, "an address that the application would never have given"
    refused = asha.complete(upload)
    assert (refused.status_code, refused.json["error"], refused.json["parts"]) == (409, "parts_mismatch", [2])
    asha.send(upload, content, only=[2])
    assert asha.complete(upload).status_code == 202
    assert kept.content(f"uploads/{upload}/original") == content


# ---- Reload: open uploads are listed; the same file goes on, a different one starts a new upload.


def test_reload_the_open_upload_is_found_by_its_fingerprint(asha: Sender) -> None:
    content = asha.film()
    upload = asha.begin(content, purpose="baseline")
    (listed,) = asha.open_uploads()
    assert (listed["id"], listed["size"], listed["cycle"]) == (upload, len(content), str(asha.cycle_id))
    assert listed["fingerprint"].startswith(f"{len(content)}-")
    assert (listed["purpose"], listed["state"], listed["part_size"]) == ("baseline", "open", asha.part)
    asha.send(upload, content)
    asha.complete(upload)
    assert asha.open_uploads() == []


def test_reload_a_different_file_starts_a_new_upload(asha: Sender, kept: Kept) -> None:
    first = asha.begin(asha.film())
    other = asha.begin(asha.film(seed=2))
    assert {listed["id"] for listed in asha.open_uploads()} == {first, other}
    assert len(kept()[1]) == 2


def test_reload_while_it_is_still_arriving_the_duplicate_says_which_upload_to_go_on_with(asha: Sender) -> None:
    upload = asha.begin(asha.film())
    assert asha.ask(asha.film()).json["upload"] == upload


def test_reload_the_same_video_in_the_same_cycle_is_a_duplicate(asha: Sender, rows: Rows, kept: Kept) -> None:
    first = asha.whole(film(1000))
    refused = asha.ask(film(1000))
    assert (refused.status_code, refused.json["error"]) == (409, "duplicate")
    assert refused.json["clip"] == {"id": first, "title": "Coming in after lunch", "state": "queued"}
    assert refused.json["upload"] is None
    assert "Coming in after lunch" in refused.json["message"]
    assert len(rows.clips()) == 1
    assert kept()[1] == []


def test_reload_a_video_whose_clip_failed_may_be_sent_again(asha: Sender, services: Services, rows: Rows) -> None:
    upload = asha.whole(film(1000))
    with services.database.transaction() as session:
        session.get_one(Clip, rows.upload(upload).id).state = ClipState.FAILED
    asha.begin(film(1000))


# ---- Complete twice: 200 with the same clip; 202 while completing.


def test_complete_twice_is_once(asha: Sender, rows: Rows) -> None:
    upload = asha.whole(film(1000))
    again = asha.complete(upload)
    assert (again.status_code, again.json["clip"]) == (200, upload)
    assert len(rows.jobs()) == 1


def test_complete_twice_while_the_first_is_under_way_says_so(asha: Sender, rows: Rows) -> None:
    upload = asha.begin(asha.film())
    rows.change(upload, state=UploadState.COMPLETING)
    answer = asha.complete(upload)
    assert (answer.status_code, answer.json) == (202, {"clip": upload, "state": "completing"})
    assert asha.sign(upload, {"n": 1, "size": asha.part}).json["error"] == "completing"
    assert asha.one(upload).json["state"] == "completing"


def test_complete_twice_at_once_makes_one_job(asha: Sender, rows: Rows, kept: Kept) -> None:
    for seed in range(5):
        content = film(1000, seed)
        upload = asha.begin(content)
        asha.send(upload, content)
        answers = at_once(lambda: asha.complete(upload), lambda: asha.complete(upload))  # noqa: B023
        assert {answer.status_code for answer in answers} <= {200, 202}
        assert {answer.json["clip"] for answer in answers} == {upload}
        assert rows.upload(upload).state is UploadState.COMPLETED
        assert kept.content(f"uploads/{upload}/original") == content
    assert len(rows.jobs()) == 5


# ---- Crash between the store's complete and our commit: right size, completed; else back to the parts.


def test_a_crash_after_the_stores_complete_is_finished_by_upkeep(
    asha: Sender, rows: Rows, kept: Kept, services: Services
) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content)
    _complete_in_storage_only(rows, upload, services)
    assert upkeep.recover(services) == 0, "a completion that is still young is left alone"
    rows.age(upload, hours=0.02)
    assert upkeep.recover(services) == 1
    assert rows.upload(upload).state is UploadState.COMPLETED
    clip = rows.clip(upload)
    assert clip is not None
    assert clip.state is ClipState.QUEUED
    assert len(rows.jobs()) == 1
    assert kept.content(f"uploads/{upload}/original") == content


def test_a_crash_before_the_stores_complete_leads_back_to_the_parts(
    asha: Sender, rows: Rows, services: Services
) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content)
    rows.change(upload, state=UploadState.COMPLETING, last_activity_at=now() - timedelta(minutes=2))
    upkeep.recover(services)
    assert rows.upload(upload).state is UploadState.OPEN
    assert len(asha.one(upload).json["parts"]) == 4
    assert asha.complete(upload).status_code == 202


def test_a_crash_after_the_stores_complete_is_finished_when_asked_again(
    asha: Sender, rows: Rows, services: Services
) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content)
    _complete_in_storage_only(rows, upload, services)
    rows.change(upload, state=UploadState.OPEN)
    assert [part["size"] for part in asha.one(upload).json["parts"]] == [asha.part, asha.part, asha.part, 1000]
    assert asha.complete(upload).status_code == 202
    assert rows.upload(upload).state is UploadState.COMPLETED


def test_a_crash_that_left_an_object_of_another_size_never_makes_a_clip(
    asha: Sender, rows: Rows, kept: Kept, services: Services, tmp_path: Path
) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content)
    _complete_in_storage_only(rows, upload, services)
    short = tmp_path / "short"
    short.write_bytes(content[:-1])
    services.storage.put(f"uploads/{upload}/original", short, "video/mp4")
    rows.age(upload, hours=0.02)
    upkeep.recover(services)
    assert rows.upload(upload).state is UploadState.OPEN
    assert asha.complete(upload).status_code == 410
    assert (rows.clip(upload), rows.jobs(), kept()) == (None, [], ([], []))


def test_a_store_that_fails_at_complete_leaves_the_upload_open(
    asha: Sender, rows: Rows, broken_storage: Breaking
) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content)
    with broken_storage():
        assert asha.complete(upload).status_code >= 500
    assert rows.upload(upload).state is UploadState.OPEN
    assert asha.complete(upload).status_code == 202


# ---- Complete against cancel: one wins; a cancel after completion is a withdrawal.


def test_complete_against_cancel_ends_one_way_or_the_other(asha: Sender, rows: Rows, kept: Kept) -> None:
    for seed in range(8):
        content = film(1000, seed)
        upload = asha.begin(content)
        asha.send(upload, content)
        answers = at_once(lambda: asha.complete(upload), lambda: asha.cancel(upload))  # noqa: B023
        assert 204 in {answer.status_code for answer in answers}
        clip, key = rows.clip(upload), f"uploads/{upload}/original"
        if rows.upload(upload).state is UploadState.COMPLETED:
            assert clip is not None
            assert clip.state is ClipState.WITHDRAWN
        else:
            assert rows.upload(upload).state is UploadState.ABORTED
            assert clip is None
            assert key not in kept()[0]
    assert kept()[1] == []


def test_cancel_after_completion_is_a_withdrawal(asha: Sender, rows: Rows) -> None:
    upload = asha.whole(film(1000))
    assert [asha.cancel(upload).status_code for _ in range(2)] == [204, 204]
    clip = rows.clip(upload)
    assert clip is not None
    assert clip.state is ClipState.WITHDRAWN


def test_a_clip_withdrawn_under_way_is_never_queued(asha: Sender, rows: Rows, kept: Kept, services: Services) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content)
    with services.database.transaction() as session:
        row = session.get_one(Upload, rows.upload(upload).id)
        clips.withdraw(session, session.get_one(Clip, row.id), by=session.get_one(Person, row.person_id))
    assert asha.complete(upload).status_code == 404
    clip = rows.clip(upload)
    assert clip is not None
    assert clip.state is ClipState.WITHDRAWN
    assert (rows.jobs(), kept()) == ([], ([], []))


def test_the_parts_of_a_clip_withdrawn_under_way_are_removed_by_upkeep(
    asha: Sender, rows: Rows, kept: Kept, services: Services
) -> None:
    upload = asha.begin(asha.film())
    with services.database.transaction() as session:
        row = session.get_one(Upload, rows.upload(upload).id)
        clips.withdraw(session, session.get_one(Clip, row.id), by=session.get_one(Person, row.person_id))
    assert upkeep.expire(services) == 1
    assert rows.upload(upload).state is UploadState.ABORTED
    assert rows.clip(upload) is not None, "the tombstone stays"
    assert kept() == ([], [])


# ---- A part after a cancel: 404.


def test_a_part_after_a_cancel_finds_nothing(asha: Sender, kept: Kept) -> None:
    upload = asha.begin(asha.film())
    address = asha.address(upload, 1, asha.part)
    asha.cancel(upload)
    assert asha.put(address, asha.piece()).status_code == 404
    assert kept() == ([], [])


def test_cancel_frees_everything_and_twice_is_once(asha: Sender, rows: Rows, kept: Kept) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content, only=[1, 2])
    assert [asha.cancel(upload).status_code for _ in range(2)] == [204, 204]
    assert (rows.clip(upload), kept()) == (None, ([], []))
    for answer in (asha.one(upload), asha.complete(upload), asha.sign(upload, {"n": 1, "size": asha.part})):
        assert answer.status_code == 404
    asha.begin(content)


def test_a_part_that_comes_again_after_completion_changes_nothing(asha: Sender, kept: Kept, services: Services) -> None:
    content = asha.film()
    upload = asha.begin(content)
    address = asha.address(upload, 1, asha.part)
    asha.send(upload, content)
    asha.complete(upload)
    again = asha.put(address, content[: asha.part])
    assert again.status_code == 404 or services.settings.storage == "s3", "some stores take it and throw it away"
    if services.settings.storage == "disk":
        assert asha.put(address, asha.piece(seed=3)).status_code == 404
    assert kept.content(f"uploads/{upload}/original") == content


# ---- SHA-256 does not match in the worker: failed, arrived damaged, upload again.


def test_sha_256_that_does_not_match_fails_the_clip_and_it_can_be_sent_again(
    asha: Sender, rows: Rows, services: Services
) -> None:
    upload = asha.begin(film(1000))
    asha.send(upload, film(1000))
    assert asha.complete(upload, sha256="0" * 64).status_code == 202
    processing.process(services, uuid.UUID(upload))
    clip = rows.clip(upload)
    assert clip is not None
    assert (clip.state, clip.reason_code, clip.reason) == (ClipState.FAILED, "arrived_damaged", DAMAGED)
    asha.begin(film(1000))


# ---- Expiry: 48 h after the last activity upkeep aborts and frees the quota; then 410.


def test_expiry_ends_an_upload_that_nobody_came_back_for(
    asha: Sender, rows: Rows, kept: Kept, services: Services
) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content, only=[1])
    rows.age(upload, hours=47)
    assert upkeep.expire(services) == 0
    rows.age(upload, hours=49)
    assert asha.one(upload).status_code == 410, "even before upkeep comes by"
    assert upkeep.expire(services) == 1
    assert (rows.clip(upload), kept()) == (None, ([], []))
    for answer in (asha.one(upload), asha.complete(upload), asha.sign(upload, {"n": 1, "size": asha.part})):
        assert (answer.status_code, answer.json["error"]) == (410, "expired")
    assert asha.cancel(upload).status_code == 204
    asha.begin(content)


def test_expiry_is_put_off_by_asking_for_addresses(asha: Sender, rows: Rows, services: Services) -> None:
    content = asha.film()
    upload = asha.begin(content)
    rows.age(upload, hours=47)
    asha.send(upload, content, only=[1])
    assert now() - rows.upload(upload).last_activity_at < timedelta(minutes=1)


def test_parts_that_storage_has_lost_end_the_upload_and_the_video_can_be_sent_anew(
    asha: Sender, rows: Rows, services: Services
) -> None:
    content = asha.film()
    upload = asha.begin(content)
    asha.send(upload, content, only=[1])
    services.storage.abort_parts(rows.upload(upload).key, rows.upload(upload).storage_upload)
    assert asha.one(upload).status_code == 410
    asha.send(asha.begin(content), content)


def test_what_no_row_speaks_of_is_swept_once_it_is_old(
    asha: Sender, rows: Rows, kept: Kept, services: Services
) -> None:
    storage, whole, begun = services.storage, asha.whole(film(1000)), asha.begin(film(1000, seed=2))
    old, young = "01900000-0000-7000-8000-000000000000", new_id()
    for upload in (old, young):
        storage.begin_parts(f"uploads/{upload}/original", "video/mp4")
        storage.put(f"uploads/{upload}/original", Path(__file__), "video/mp4")
    assert upkeep.sweep(services) == 2
    objects, opened = kept()
    assert set(objects) == {f"uploads/{whole}/original", f"uploads/{young}/original"}
    assert set(opened) == {f"uploads/{begun}/original", f"uploads/{young}/original"}


# ---- Quota overrun: the signed length holds it; checked again at complete (above).


@pytest.mark.parametrize("more", [-1, 1, None])
def test_quota_overrun_a_part_of_another_length_than_signed_is_refused(asha: Sender, more: int | None) -> None:
    upload = asha.begin(asha.film())
    body = b"" if more is None else film(asha.part + more)
    assert asha.put(asha.address(upload, 1, asha.part), body).status_code in {400, 403}
    assert asha.one(upload).json["parts"] == []


# ---- An address that ran out: 403, sign again.


def test_an_address_works_for_its_own_part_only(asha: Sender) -> None:
    upload = asha.begin(asha.film())
    address = asha.address(upload, 1, asha.part)
    forged = address.replace("/1?", "/2?").replace("partNumber=1&", "partNumber=2&")
    assert forged != address
    assert asha.put(forged, asha.piece()).status_code == 403
    assert asha.put(address, asha.piece()).status_code == 200


def test_an_address_that_ran_out_is_refused_and_a_new_one_works(asha: Sender, rows: Rows, services: Services) -> None:
    upload = asha.begin(asha.film())
    row = rows.upload(upload)
    late = services.storage.sign_part(row.key, row.storage_upload, 1, asha.part, None, 1).url
    until = time.monotonic() + 60
    while (answer := asha.put(late, asha.piece())).status_code != 403:
        assert time.monotonic() < until, "It should have run out after a second."
        time.sleep(0.2)
    if services.settings.storage == "disk":
        assert answer.json["retryable"] is True
    assert asha.put(asha.address(upload, 1, asha.part), asha.piece()).status_code == 200


def _complete_in_storage_only(rows: Rows, upload: str, services: Services) -> None:
    """What a process leaves that dies between the store's completing and its own commit."""
    row = rows.upload(upload)
    rows.change(upload, state=UploadState.COMPLETING, last_activity_at=now())
    parts = services.storage.list_parts(row.key, row.storage_upload)
    services.storage.join_parts(row.key, row.storage_upload, parts)
