"""What goes wrong on the way, row by row of the failure table."""

import shutil
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.clips.uploads.conftest import Kept, Rows
from tests.clips.uploads.sending import PART, Answer, Sender, film
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipState, Upload, UploadState
from veo_workflow.clips.uploads import upkeep
from veo_workflow.database import new_id, now
from veo_workflow.people.models import Person
from veo_workflow.services import Services


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
        thread.join(30)
    return answers


def test_of_the_same_part_sent_twice_the_last_one_wins(asha: Sender, kept: Kept) -> None:
    content, wrong = film(), film(PART, seed=2)
    upload = asha.begin(content)
    asha.put(asha.address(upload, 1, PART), wrong)
    asha.send(upload, content)
    asha.complete(upload)
    assert kept.content(f"uploads/{upload}/original") == content


def test_missing_parts_are_listed_and_only_those_are_sent_again(asha: Sender, rows: Rows, kept: Kept) -> None:
    content = film()
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


@pytest.mark.parametrize("body", [film(PART - 1), film(PART + 1), b""])
def test_a_part_of_another_length_than_signed_is_refused(asha: Sender, body: bytes) -> None:
    upload = asha.begin(film())
    assert asha.put(asha.address(upload, 1, PART), body).status_code == 400
    assert asha.one(upload).json["parts"] == []


def test_an_address_works_for_its_own_part_only_and_not_for_ever(asha: Sender, rows: Rows, services: Services) -> None:
    upload = asha.begin(film())
    row = rows.upload(upload)
    address = asha.address(upload, 1, PART)
    forged = address.replace("/1?", "/2?")
    assert asha.put(forged, film(PART)).status_code == 403
    late = services.storage.sign_part(row.key, row.storage_upload, 1, PART, None, -1).url
    answer = asha.put(late, film(PART))
    assert (answer.status_code, answer.json["retryable"]) == (403, True)
    assert asha.put(address, film(PART)).status_code == 200


def test_after_a_reload_the_open_upload_is_found_by_its_fingerprint(asha: Sender) -> None:
    content = film()
    upload = asha.begin(content, purpose="baseline")
    (listed,) = asha.open_uploads()
    assert (listed["id"], listed["size"], listed["cycle"]) == (upload, len(content), str(asha.cycle_id))
    assert listed["fingerprint"].startswith(f"{len(content)}-")
    assert (listed["purpose"], listed["state"], listed["part_size"]) == ("baseline", "open", PART)
    asha.send(upload, content)
    asha.complete(upload)
    assert asha.open_uploads() == []


def test_the_same_video_in_the_same_cycle_is_a_duplicate(asha: Sender, rows: Rows, kept: Kept) -> None:
    first = asha.whole(film())
    refused = asha.ask(film())
    assert (refused.status_code, refused.json["error"]) == (409, "duplicate")
    assert refused.json["clip"] == {"id": first, "title": "Coming in after lunch", "state": "queued"}
    assert refused.json["upload"] is None
    assert "Coming in after lunch" in refused.json["message"]
    assert len(rows.clips()) == 1
    assert kept()[1] == []


def test_while_it_is_still_arriving_the_duplicate_says_which_upload_to_go_on_with(asha: Sender) -> None:
    upload = asha.begin(film())
    assert asha.ask(film()).json["upload"] == upload


def test_a_video_whose_clip_failed_may_be_sent_again(asha: Sender, services: Services, rows: Rows) -> None:
    upload = asha.whole(film())
    with services.database.transaction() as session:
        session.get_one(Clip, rows.upload(upload).id).state = ClipState.FAILED
    asha.begin(film())


def test_completing_twice_is_once(asha: Sender, rows: Rows) -> None:
    upload = asha.whole(film())
    again = asha.complete(upload)
    assert (again.status_code, again.json["clip"]) == (200, upload)
    assert len(rows.jobs()) == 1


def test_while_somebody_completes_it_others_are_told_so(asha: Sender, rows: Rows) -> None:
    upload = asha.begin(film())
    rows.change(upload, state=UploadState.COMPLETING)
    answer = asha.complete(upload)
    assert (answer.status_code, answer.json) == (202, {"clip": upload, "state": "completing"})
    assert asha.sign(upload, {"n": 1, "size": PART}).json["error"] == "completing"
    assert asha.one(upload).json["state"] == "completing"


def test_two_who_complete_at_once_make_one_job(asha: Sender, rows: Rows, kept: Kept) -> None:
    content = film()
    for seed in range(5):
        content = film(seed=seed)
        upload = asha.begin(content)
        asha.send(upload, content)
        answers = at_once(lambda: asha.complete(upload), lambda: asha.complete(upload))  # noqa: B023
        assert {answer.status_code for answer in answers} <= {200, 202}
        assert {answer.json["clip"] for answer in answers} == {upload}
        assert rows.upload(upload).state is UploadState.COMPLETED
        assert kept.content(f"uploads/{upload}/original") == content
    assert len(rows.jobs()) == 5


def test_completing_against_cancelling_ends_one_way_or_the_other(asha: Sender, rows: Rows, kept: Kept) -> None:
    for seed in range(8):
        content = film(seed=seed)
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


def test_a_crash_after_storage_has_joined_the_parts_is_finished_by_upkeep(
    asha: Sender, rows: Rows, kept: Kept, services: Services
) -> None:
    content = film()
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


def test_a_crash_before_storage_has_joined_them_leads_back_to_the_parts(
    asha: Sender, rows: Rows, services: Services
) -> None:
    content = film()
    upload = asha.begin(content)
    asha.send(upload, content)
    rows.change(upload, state=UploadState.COMPLETING, last_activity_at=now() - timedelta(minutes=2))
    upkeep.recover(services)
    assert rows.upload(upload).state is UploadState.OPEN
    assert len(asha.one(upload).json["parts"]) == 4
    assert asha.complete(upload).status_code == 202


def test_what_storage_had_joined_unseen_is_completed_when_asked_again(
    asha: Sender, rows: Rows, services: Services
) -> None:
    content = film()
    upload = asha.begin(content)
    asha.send(upload, content)
    _complete_in_storage_only(rows, upload, services)
    rows.change(upload, state=UploadState.OPEN)
    assert [part["size"] for part in asha.one(upload).json["parts"]] == [PART, PART, PART, 1000]
    assert asha.complete(upload).status_code == 202
    assert rows.upload(upload).state is UploadState.COMPLETED


def test_an_object_of_another_size_is_never_a_clip(asha: Sender, rows: Rows, kept: Kept, services: Services) -> None:
    content = film()
    upload = asha.begin(content)
    asha.send(upload, content)
    _complete_in_storage_only(rows, upload, services)
    path = services.settings.data / "objects" / f"uploads/{upload}/original"
    path.unlink()
    path.write_bytes(content[:-1])
    rows.age(upload, hours=0.02)
    upkeep.recover(services)
    assert rows.upload(upload).state is UploadState.OPEN
    assert asha.complete(upload).status_code == 410
    assert (rows.clip(upload), rows.jobs(), kept()) == (None, [], ([], []))


def test_when_storage_fails_the_upload_is_open_again(asha: Sender, rows: Rows, services: Services) -> None:
    content = film()
    upload = asha.begin(content)
    asha.send(upload, content)
    in_the_way = services.settings.data / "objects" / "uploads"
    in_the_way.write_bytes(b"a file where a folder has to be")
    assert asha.complete(upload).status_code >= 500
    assert rows.upload(upload).state is UploadState.OPEN
    in_the_way.unlink()
    assert asha.complete(upload).status_code == 202


def test_cancelling_frees_everything_and_twice_is_once(asha: Sender, rows: Rows, kept: Kept) -> None:
    content = film()
    upload = asha.begin(content)
    asha.send(upload, content, only=[1, 2])
    assert [asha.cancel(upload).status_code for _ in range(2)] == [204, 204]
    assert (rows.clip(upload), kept()) == (None, ([], []))
    for answer in (asha.one(upload), asha.complete(upload), asha.sign(upload, {"n": 1, "size": PART})):
        assert answer.status_code == 404
    asha.begin(content)


def test_a_part_after_a_cancel_finds_nothing(asha: Sender, kept: Kept) -> None:
    upload = asha.begin(film())
    address = asha.address(upload, 1, PART)
    asha.cancel(upload)
    assert asha.put(address, film(PART)).status_code == 404
    assert kept() == ([], [])


def test_a_part_after_completion_finds_nothing(asha: Sender, kept: Kept) -> None:
    content = film()
    upload = asha.begin(content)
    address = asha.address(upload, 1, PART)
    asha.send(upload, content)
    asha.complete(upload)
    assert asha.put(address, film(PART, seed=3)).status_code == 404
    assert kept.content(f"uploads/{upload}/original") == content


def test_cancelling_after_completion_withdraws_the_clip(asha: Sender, rows: Rows) -> None:
    upload = asha.whole(film())
    assert [asha.cancel(upload).status_code for _ in range(2)] == [204, 204]
    clip = rows.clip(upload)
    assert clip is not None
    assert clip.state is ClipState.WITHDRAWN


def test_a_clip_withdrawn_under_way_is_never_queued(asha: Sender, rows: Rows, kept: Kept, services: Services) -> None:
    content = film()
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
    upload = asha.begin(film())
    with services.database.transaction() as session:
        row = session.get_one(Upload, rows.upload(upload).id)
        clips.withdraw(session, session.get_one(Clip, row.id), by=session.get_one(Person, row.person_id))
    assert upkeep.expire(services) == 1
    assert rows.upload(upload).state is UploadState.ABORTED
    assert rows.clip(upload) is not None, "the tombstone stays"
    assert kept() == ([], [])


def test_an_upload_nobody_came_back_for_expires(asha: Sender, rows: Rows, kept: Kept, services: Services) -> None:
    content = film()
    upload = asha.begin(content)
    asha.send(upload, content, only=[1])
    rows.age(upload, hours=47)
    assert upkeep.expire(services) == 0
    rows.age(upload, hours=49)
    assert asha.one(upload).status_code == 410, "even before upkeep comes by"
    assert upkeep.expire(services) == 1
    assert (rows.clip(upload), kept()) == (None, ([], []))
    for answer in (asha.one(upload), asha.complete(upload), asha.sign(upload, {"n": 1, "size": PART})):
        assert (answer.status_code, answer.json["error"]) == (410, "expired")
    assert asha.cancel(upload).status_code == 204
    asha.begin(content)


def test_asking_for_addresses_keeps_an_upload_alive(asha: Sender, rows: Rows, services: Services) -> None:
    content = film()
    upload = asha.begin(content)
    rows.age(upload, hours=47)
    asha.send(upload, content, only=[1])
    assert now() - rows.upload(upload).last_activity_at < timedelta(minutes=1)


def test_parts_that_storage_has_lost_end_the_upload_and_the_video_can_be_sent_anew(
    asha: Sender, rows: Rows, services: Services
) -> None:
    content = film()
    upload = asha.begin(content)
    asha.send(upload, content, only=[1])
    shutil.rmtree(services.settings.data / "parts" / rows.upload(upload).storage_upload)
    assert asha.one(upload).status_code == 410
    asha.send(asha.begin(content), content)


def test_what_no_row_speaks_of_is_swept_once_it_is_old(
    asha: Sender, rows: Rows, kept: Kept, services: Services, tmp_path: object
) -> None:
    storage, whole, begun = services.storage, asha.whole(film()), asha.begin(film(seed=2))
    old, young = "01900000-0000-7000-8000-000000000000", new_id()
    for upload in (old, young):
        storage.begin_parts(f"uploads/{upload}/original", "video/mp4")
        storage.put(f"uploads/{upload}/original", services.settings.data / "veo.sqlite3", "video/mp4")
    assert upkeep.sweep(services) == 2
    objects, opened = kept()
    assert set(objects) == {f"uploads/{whole}/original", f"uploads/{young}/original"}
    assert set(opened) == {f"uploads/{begun}/original", f"uploads/{young}/original"}


def _complete_in_storage_only(rows: Rows, upload: str, services: Services) -> None:
    """What a process leaves that dies between the store's completing and its own commit."""
    row = rows.upload(upload)
    rows.change(upload, state=UploadState.COMPLETING, last_activity_at=now())
    parts = services.storage.list_parts(row.key, row.storage_upload)
    services.storage.join_parts(row.key, row.storage_upload, parts)
