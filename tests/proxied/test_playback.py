"""Footage through nginx, from disk and from a bucket: each range is authorised anew, and there is no other way in."""

from collections.abc import Callable

import pytest

from tests.proxied.conftest import FILM, IN_BUCKET, Front, Shown
from tests.support.live import School
from tests.support.over_http import Visitor, ask
from tests.support.world import make_cycle
from veo_workflow.clips.models import Clip
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person

Somebody = Callable[[str], Visitor]

MIDDLE = {"Range": "bytes=100000-100999"}
LAST = {"Range": "bytes=-500"}


def test_a_film_comes_whole_or_by_the_range(visitor: Somebody, clip: Shown) -> None:
    asha = visitor("asha")
    whole = asha.get(clip.film)
    assert (whole.status_code, whole.data) == (200, FILM)
    middle = asha.get(clip.film, headers=MIDDLE)
    assert (middle.status_code, middle.data) == (206, FILM[100000:101000])
    assert middle.headers["Content-Range"] == f"bytes 100000-100999/{len(FILM)}"
    assert asha.get(clip.film, headers=LAST).data == FILM[-500:]
    beyond = asha.get(clip.film, headers={"Range": f"bytes={len(FILM)}-"})
    assert (beyond.status_code, len(beyond.data) < 1000) == (416, True)


def test_only_its_head_is_told_when_only_that_is_asked(visitor: Somebody, clip: Shown) -> None:
    head = visitor("asha").head(clip.film)
    assert (head.status_code, head.data) == (200, b"")
    assert (head.headers["Content-Length"], head.headers["Content-Type"]) == (str(len(FILM)), "video/mp4")


def test_what_comes_with_a_film_is_said_once_and_names_no_place(visitor: Somebody, clip: Shown) -> None:
    headers = visitor("asha").get(clip.film, headers=MIDDLE).headers
    assert headers.get_all("Content-Type") == ["video/mp4"]
    assert headers.get_all("Cache-Control") == ["private, no-cache"]
    assert headers.get_all("Accept-Ranges") == ["bytes"]
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers.get_all("Server") == ["nginx"]
    (policy,) = headers.get_all("Content-Security-Policy", [])
    assert "default-src 'none'" in policy
    told = str(headers).lower()
    assert not [word for word in ("x-accel", "x-amz", "x-trans", "openstack", "internal", "swift") if word in told]


def test_a_browser_that_has_the_film_gets_it_only_if_it_changed(visitor: Somebody, clip: Shown) -> None:
    asha = visitor("asha")
    etag = asha.head(clip.film).headers["ETag"]
    kept = asha.get(clip.film, headers={"If-None-Match": etag})
    assert (kept.status_code, kept.data) == (304, b"")
    assert asha.get(clip.film, headers={**MIDDLE, "If-Range": etag}).status_code == 206
    assert asha.get(clip.film, headers={**MIDDLE, "If-Range": '"another"'}).status_code == 200


def test_the_coach_loses_the_film_between_two_ranges(visitor: Somebody, clip: Shown) -> None:
    asha, priya = visitor("asha"), visitor("priya")
    assert priya.get(clip.film, headers=MIDDLE).status_code == 206
    assert asha.post(f"/clips/{clip.id}/unshare").status_code == 302
    assert_refused(priya, clip)
    assert asha.get(clip.film, headers=MIDDLE).status_code == 206


def test_a_share_that_is_revoked_ends_between_two_ranges(visitor: Somebody, clip: Shown, school: School) -> None:
    sam, world = visitor("sam"), school.world
    with school.services.database.transaction() as session:
        asha = session.get_one(Person, world.asha.id)
        share = shares.give(session, session.get_one(Clip, clip.id), Wanted(world.sam.id, now().date()), by=asha).id
    film = f"/media/shared/{share}/film"
    assert sam.get(film, headers=MIDDLE).data == FILM[100000:101000]
    assert_refused(sam, clip)
    assert visitor("asha").post(f"/clips/{clip.id}/shares/{share}/revoke").status_code == 302
    refused = sam.get(film, headers=MIDDLE)
    assert (refused.status_code, FILM[100000:100100] in refused.data) == (404, False)


def test_signing_out_ends_the_film_between_two_ranges(visitor: Somebody, clip: Shown) -> None:
    asha = visitor("asha")
    assert asha.get(clip.film, headers=MIDDLE).status_code == 206
    assert asha.post("/sign-out").status_code == 302
    assert_refused(asha, clip, 401)


def test_a_pair_that_ends_takes_the_film_from_the_coach_between_two_ranges(
    visitor: Somebody, clip: Shown, school: School
) -> None:
    """Tess coaches Asha as well, for the time of this test."""
    world, services, tess = school.world, school.services, visitor("tess")
    with services.database.transaction() as session:
        pair = people.make_pair(
            session, coach=world.tess, coachee=world.asha, starts_on=now().date(), ends_on=None, by=None
        )
        session.flush()
        session.get_one(Clip, clip.id).cycle_id = make_cycle(session, pair, world.asha).id
    assert tess.get(clip.film, headers=MIDDLE).status_code == 206
    with services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, pair.id), by=None)
    assert_refused(tess, clip)


@pytest.mark.parametrize("name", ["tess", "theo", "lena", "ada", "olu"])
def test_the_address_of_a_film_is_of_no_use_to_anybody_else(visitor: Somebody, clip: Shown, name: str) -> None:
    assert_refused(visitor(name), clip)


def test_nor_to_somebody_signed_out(school: School, clip: Shown) -> None:
    assert_refused(Visitor(school), clip, 401)


def test_what_nginx_keeps_to_itself_is_not_there_for_anybody(visitor: Somebody, clip: Shown, school: School) -> None:
    asha, bucket = visitor("asha"), school.services.settings.s3_bucket or "none"
    for path in (
        f"/internal/objects/{clip.key}",
        f"/internal/store/{bucket}/{clip.key}",
        f"/static/../internal/objects/{clip.key}",
        f"//internal/objects/{clip.key}",
        "/internal/gone",
        f"/objects/{clip.key}",
        f"/static/%2e%2e/%2e%2e/objects/{clip.key}",
    ):
        answer = asha.get(path)
        assert (answer.status_code in {400, 404}, FILM[:100] in answer.data) == (True, False), path
    assert asha.get("/static../settings.py").status_code == 404, "an alias is no way up"


def test_a_film_that_storage_has_lost_is_said_plainly(visitor: Somebody, clip: Shown, school: School) -> None:
    school.services.storage.delete(clip.key)
    lost = visitor("asha").get(clip.film)
    assert (lost.status_code, lost.json["message"][-16:]) == (404, "Reload the page.")


@IN_BUCKET
def test_while_the_store_does_not_answer_that_is_said_plainly(front: Front, visitor: Somebody, clip: Shown) -> None:
    asha = visitor("asha")
    assert front.line
    front.line.cut()
    try:
        answer = asha.get(clip.film)
    finally:
        front.line.mend()
    assert (answer.status_code, answer.json["retryable"]) == (503, True)
    assert asha.get(clip.film, headers=MIDDLE).status_code == 206


@IN_BUCKET
def test_nobody_reads_the_bucket(front: Front, visitor: Somebody, clip: Shown) -> None:
    storage, settings = front.school.services.storage, front.school.services.settings
    assert front.line
    asha, bucket = visitor("asha"), settings.s3_bucket
    signed = str(storage.delivery(clip.key).address).removeprefix(front.line.origin)
    for path in (f"/{bucket}", f"/{bucket}/", f"/{bucket}/?list-type=2", f"/{bucket}/{clip.key}", signed):
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
            answer = asha.open(method, path)
            assert (answer.status_code, FILM[:100] in answer.data) in {(404, False), (405, False)}, (method, path)
    for each in [clip.key, *(stored.key for stored in storage.list("uploads/"))]:
        unsigned = ask("GET", f"{settings.s3_endpoint}/{bucket}/{each}")
        assert (unsigned.status_code >= 400, FILM[:100] in unsigned.data) == (True, False), "nor from inside, unsigned"


def assert_refused(somebody: Visitor, clip: Shown, status: int = 404) -> None:
    answer = somebody.get(clip.film, headers=MIDDLE)
    assert answer.status_code == status
    assert FILM[100000:100100] not in answer.data
    assert "Content-Range" not in answer.headers
