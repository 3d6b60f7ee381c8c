"""Who gets through where: every endpoint of the application, for ten relations (SAFEGUARDING A1, A2, A5)."""

import uuid
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.access.conftest import DRAFT, ELSEWHERE, GOAL, IDENTIFY, PRIVATE, SHARED, Case
from tests.access.matrix import MATRIX
from tests.access.matrix.learning import MESSAGE, PRACTICE, RESOURCE
from tests.access.rows import CLIP_SEERS, EVERYBODY, PAIR, Ids, Row
from tests.support.outcomes import note_cells
from tests.support.paper import read
from veo_workflow.access.policy import TABLE, Relation, State, Thing, Verb, allows
from veo_workflow.clips.models import Clip, ClipState, Rendition, RenditionKind
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair


def _ask(client: FlaskClient, row: Row, ids: Ids) -> TestResponse:
    response = client.open(
        row.path.format(**ids.named),
        method=row.method,
        data=row.form(ids) if row.form else None,
        json=row.json(ids) if row.json else None,
        headers=row.headers,
    )
    response.close()
    return response


def _words_of(answer: TestResponse) -> str:
    """What somebody can read in an answer, on paper too."""
    return read(answer.data).text if answer.mimetype == "application/pdf" else answer.get_data(as_text=True)


def test_every_endpoint_is_in_the_matrix_once(fresh: Callable[[], Case]) -> None:
    app = fresh().client(None).application
    born = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    listed = [(row.endpoint, row.method) for row in MATRIX]
    assert sorted(listed) == sorted(born)


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.endpoint)
def test_only_those_in_the_row_get_through(
    row: Row, fresh: Callable[[], Case], record_property: Callable[[str, object], None]
) -> None:
    case = fresh()
    note_cells(record_property, len(EVERYBODY), len(EVERYBODY - row.through))
    for name in sorted(EVERYBODY - row.through):
        expected = 403 if name in row.seen_but_refused else 404
        assert _ask(case.client(name), row, case.ids).status_code == expected, name
    for name in sorted(row.through):
        case = fresh() if row.method != "GET" else case
        assert _ask(case.client(name), row, case.ids).status_code in row.ok, name


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.endpoint)
def test_nobody_signed_out_gets_through_unless_it_is_open_to_all(row: Row, fresh: Callable[[], Case]) -> None:
    case = fresh()
    answer = _ask(case.client(None), row, case.ids)
    if row.open_to_all:
        assert answer.status_code in row.ok
    elif row.method == "GET" and not row.path.startswith(("/api/", "/media/")):
        assert answer.status_code == 302
        assert "/sign-in" in answer.headers["Location"]
    else:
        assert answer.status_code == 401


KNOWN_BY = {
    PRIVATE: frozenset({"asha"}),
    DRAFT: frozenset({"priya"}),
    SHARED: PAIR,
    GOAL: PAIR,
    IDENTIFY: PAIR,
    PRACTICE: PAIR,
    RESOURCE: PAIR,
    MESSAGE: PAIR,
    ELSEWHERE: frozenset({"olu"}),
}


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_lists_and_pages_show_nothing_to_those_it_is_not_for(name: str, fresh: Callable[[], Case]) -> None:
    case = fresh()
    for row in MATRIX:
        if row.method != "GET" or row.endpoint in {"static", "clips.stream", "review_room.listen"}:
            continue
        body = _words_of(case.client(name).get(row.path.format(**case.ids.named)))
        leaked = [canary for canary, known_by in KNOWN_BY.items() if canary in body and name not in known_by]
        assert not leaked, row.endpoint


def test_the_canaries_do_sing_for_those_they_are_for(fresh: Callable[[], Case]) -> None:
    case = fresh()
    cycle = f"/cycles/{case.ids.cycle}"
    assert PRIVATE in case.client("asha").get(cycle).get_data(as_text=True)
    assert DRAFT in case.client("priya").get(f"/api/clips/{case.ids.clip}/tags").get_data(as_text=True)
    assert SHARED in case.client("asha").get(f"/api/clips/{case.ids.clip}/tags").get_data(as_text=True)
    assert IDENTIFY in case.client("priya").get(f"{cycle}/reality").get_data(as_text=True)
    assert GOAL in case.client("priya").get(cycle).get_data(as_text=True)
    for canary, place in ((PRACTICE, "practice"), (RESOURCE, "resources"), (MESSAGE, "conversation")):
        assert canary in case.client("priya").get(f"{cycle}/{place}").get_data(as_text=True)
    assert ELSEWHERE in case.client("olu").get("/cycles").get_data(as_text=True)


def test_a_coach_loses_the_clip_between_two_byte_ranges(fresh: Callable[[], Case]) -> None:
    case = fresh()
    priya, asha = case.client("priya"), case.client("asha")
    address = f"/media/{case.ids.clip}/playback"
    first = priya.get(address, headers={"Range": "bytes=0-99"})
    assert (first.status_code, len(first.data)) == (206, 100)
    asha.post(f"/clips/{case.ids.clip}/unshare")
    assert priya.get(address, headers={"Range": "bytes=100-199"}).status_code == 404
    assert asha.get(address, headers={"Range": "bytes=100-199"}).status_code == 206


def test_a_share_holder_loses_the_film_between_two_byte_ranges(fresh: Callable[[], Case]) -> None:
    case = fresh()
    sam, asha, address = case.client("sam"), case.client("asha"), f"/media/shared/{case.ids.share}/film"
    assert sam.get(address, headers={"Range": "bytes=0-99"}).status_code == 206
    asha.post(f"/clips/{case.ids.clip}/shares/{case.ids.share}/revoke")
    assert sam.get(address, headers={"Range": "bytes=100-199"}).status_code == 404
    assert asha.get(f"/media/{case.ids.clip}/playback", headers={"Range": "bytes=100-199"}).status_code == 206


def test_a_share_holder_gets_through_to_nothing_else_of_the_clip(fresh: Callable[[], Case]) -> None:
    case = fresh()
    sam = case.client("sam")
    for row in MATRIX:
        if "{clip}" in row.path and row.method == "GET" and "?" not in row.path:
            assert _ask(sam, row, case.ids).status_code == 404, row.endpoint


@pytest.mark.parametrize("state", list(ClipState))
def test_a_preview_is_for_those_who_see_the_clip_and_only_while_it_is_converted(
    state: ClipState, fresh: Callable[[], Case]
) -> None:
    case = fresh()
    with case.services.database.transaction() as session:
        session.get_one(Clip, uuid.UUID(case.ids.clip)).state = state
        playback = select(Rendition).where(Rendition.clip_id == uuid.UUID(case.ids.clip))
        for rendition in session.scalars(playback.where(Rendition.kind == RenditionKind.PLAYBACK)):
            rendition.kind = RenditionKind.PREVIEW
    for name in sorted(EVERYBODY):
        answer = case.client(name).get(f"/media/{case.ids.clip}/preview")
        answer.close()
        seen = state is ClipState.PROCESSING and name in CLIP_SEERS
        assert answer.status_code == (200 if seen else 404), name
    assert case.client(None).get(f"/media/{case.ids.clip}/preview").status_code == 401
    assert case.client("asha").get(f"/media/{case.ids.clip}/poster").status_code == (
        200 if state is ClipState.READY else 404
    )


def test_a_coach_loses_the_preview_between_two_byte_ranges(fresh: Callable[[], Case]) -> None:
    case = fresh()
    with case.services.database.transaction() as session:
        session.get_one(Clip, uuid.UUID(case.ids.clip)).state = ClipState.PROCESSING
        for rendition in session.scalars(select(Rendition).where(Rendition.kind == RenditionKind.PLAYBACK)):
            rendition.kind = RenditionKind.PREVIEW
    priya, address = case.client("priya"), f"/media/{case.ids.clip}/preview"
    assert priya.get(address, headers={"Range": "bytes=0-99"}).status_code == 206
    case.client("asha").post(f"/clips/{case.ids.clip}/unshare")
    assert priya.get(address, headers={"Range": "bytes=100-199"}).status_code == 404


def test_progress_is_told_to_those_who_see_the_clip(fresh: Callable[[], Case]) -> None:
    case = fresh()
    for name in sorted(EVERYBODY):
        said = case.client(name).get(f"/api/clips/progress?id={case.ids.clip}").get_json()
        assert [one["id"] for one in said] == [case.ids.clip] * (name in CLIP_SEERS), name


def test_what_the_table_does_not_name_is_not_allowed() -> None:
    assert not allows({Relation.LEAD}, Verb.SEE, Thing.CLIP, State.SHARED)
    assert not allows({Relation.COACH}, Verb.SEE, Thing.CLIP, State.PRIVATE)
    assert not allows(set(Relation) - {Relation.ADMINISTRATOR}, Verb.SEE, Thing.PEOPLE)
    assert not allows(set(Relation), Verb.CONFIRM, Thing.CLIP)


def test_nobody_outside_the_school_or_signed_out_is_in_the_table() -> None:
    outside = {Relation.OTHER_SCHOOL, Relation.SIGNED_OUT, Relation.FORMER_COACH}
    assert not any(outside & who for by_state in TABLE.values() for who in by_state.values())


# Opening another cycle is left out: it answers that the pair has ended (tests/cycles).
OF_THE_PAIR = [
    row for row in MATRIX if "priya" in row.through and "tess" not in row.through and row.endpoint != "cycles.open_new"
]


@pytest.mark.parametrize("row", OF_THE_PAIR, ids=lambda row: row.endpoint)
def test_a_coach_whose_pair_has_ended_gets_through_nowhere(row: Row, fresh: Callable[[], Case]) -> None:
    case = fresh()
    priya = case.client("priya")
    with case.services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, case.ids.world.pair.id), by=None)
    assert _ask(priya, row, case.ids).status_code == 404


def test_the_coachee_keeps_the_footage_of_a_pair_that_has_ended(fresh: Callable[[], Case]) -> None:
    case = fresh()
    with case.services.database.transaction() as session:
        people.end_pair(session, session.get_one(Pair, case.ids.world.pair.id), by=None)
    asha = case.client("asha")
    for path in (f"/media/{case.ids.clip}/playback", f"/clips/{case.ids.clip}", f"/cycles/{case.ids.cycle}"):
        assert asha.get(path).status_code == 200
    assert asha.post(f"/cycles/{case.ids.cycle}/stage", data={"to": "learn"}).status_code == 403
