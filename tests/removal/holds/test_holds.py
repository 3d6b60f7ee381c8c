"""A safeguarding hold keeps and hides a clip; to watch it, and to lift the hold, takes two (SAFEGUARDING B3, D5)."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.removal.conftest import TITLE
from tests.support.confirming import confirmed
from tests.support.statements import counted
from tests.support.world import World, make_clip
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipState
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.invariants.checks import check_invariants
from veo_workflow.people.models import Person
from veo_workflow.removal import operations as removal
from veo_workflow.removal.holds.models import Hold, HoldRequest
from veo_workflow.services import Services
from workers.upkeep import one_round

SignedIn = Callable[[Person | None], FlaskClient]
REASON = "A parent has asked about the end of this lesson."


@pytest.fixture
def held(client_for: SignedIn, world: World, clip_id: uuid.UUID) -> str:
    """Where Sid's hold on it is."""
    sid = confirmed(client_for(world.sid))
    placed = sid.post(f"/safeguarding/clips/{clip_id}", data={"reason": REASON})
    assert placed.status_code == 302
    return str(placed.headers["Location"])


def agree(client_for: SignedIn, services: Services, world: World, held: str, wish: str, answer: str = "agree") -> None:
    """Sid asks Tess, who finds it among her notices, and answers."""
    asked = {"wish": wish, "second": world.tess.email, "reason": REASON}
    assert confirmed(client_for(world.sid)).post(f"{held}/ask", data=asked).status_code == 302
    with services.database.reading() as session:
        request = session.scalars(select(HoldRequest.id).order_by(HoldRequest.asked_at.desc())).first()
    tess = confirmed(client_for(world.tess))
    assert "asks you to be the second person" in tess.get("/notices").get_data(as_text=True)
    page = tess.get(f"/safeguarding/asked/{request}").get_data(as_text=True)
    assert REASON in page
    assert TITLE not in page
    assert tess.post(f"/safeguarding/asked/{request}", data={"answer": answer}).status_code == 302
    assert tess.post(f"/safeguarding/asked/{request}", data={"answer": answer}).status_code == 409


def actions(services: Services, clip_id: uuid.UUID) -> list[str]:
    with services.database.reading() as session:
        asked = select(AuditEntry.action).where(AuditEntry.subject_id == clip_id).order_by(AuditEntry.at)
        return [action for action in session.scalars(asked) if "hold" in action or "held" in action]


def keys(services: Services) -> list[str]:
    return [stored.key for stored in services.storage.list("clips/")]


def test_a_hold_hides_the_clip_from_all_but_its_owner_who_is_told(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID, held: str
) -> None:
    asha, priya, sam = (client_for(person) for person in (world.asha, world.priya, world.sam))
    assert priya.get(f"/clips/{clip_id}").status_code == 404
    assert TITLE not in priya.get(f"/cycles/{world.cycle.id}").get_data(as_text=True)
    assert TITLE not in sam.get("/shared").get_data(as_text=True)
    studio = asha.get(f"/clips/{clip_id}").get_data(as_text=True)
    assert "Only you can see this" in studio
    assert "cannot be shared or trimmed" in studio
    assert "Sid Vale put a clip of yours on hold" in asha.get("/notices").get_data(as_text=True)
    told = asha.get(f"/clips/{clip_id}/hold").get_data(as_text=True)
    assert "It is not deleted while the hold lasts" in told
    assert REASON not in told
    assert actions(services, clip_id) == ["clip_held"]


def test_the_coachee_is_not_told_where_the_law_forbids_it(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    quietly = {"reason": REASON, "quietly": "1"}
    held = confirmed(client_for(world.sid)).post(f"/safeguarding/clips/{clip_id}", data=quietly).headers["Location"]
    agree(client_for, services, world, held, "view")
    asha = client_for(world.asha)
    assert "hold" not in asha.get("/notices").get_data(as_text=True)
    assert asha.get(f"/clips/{clip_id}/hold").status_code == 404


def test_withdrawal_and_retention_hide_it_and_keep_its_bytes_until_two_have_lifted_the_hold(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID, held: str
) -> None:
    before = keys(services)
    asha = confirmed(client_for(world.asha))
    assert "Where the law asks your school" in asha.get(f"/clips/{clip_id}/withdraw").get_data(as_text=True)
    assert asha.post(f"/clips/{clip_id}/withdraw").status_code == 302
    one_round(services)
    assert asha.get(f"/media/{clip_id}/playback").status_code == 404
    assert keys(services) == before
    assert [str(each) for each in check_invariants(services)] == []
    agree(client_for, services, world, held, "lift", "decline")
    one_round(services)
    assert keys(services) == before
    agree(client_for, services, world, held, "lift")
    one_round(services)
    assert keys(services) == []
    assert actions(services, clip_id) == [
        "clip_held",
        "hold_lift_asked",
        "hold_lift_declined",
        "hold_lift_asked",
        "hold_lift_agreed",
        "clip_hold_lifted",
    ]


def test_a_held_clip_whose_day_has_come_goes_once_the_hold_is_lifted(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID, held: str
) -> None:
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).delete_by = now().date() - timedelta(days=1)
    one_round(services)
    with services.database.reading() as session:
        clip = session.get_one(Clip, clip_id)
        assert (clip.state, clip.erased_at) == (ClipState.EXPIRED, None)
    assert keys(services)
    agree(client_for, services, world, held, "lift")
    one_round(services)
    assert keys(services) == []


def test_a_lifted_hold_gives_the_clip_back_to_those_who_saw_it(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID, held: str
) -> None:
    agree(client_for, services, world, held, "lift")
    assert client_for(world.priya).get(f"/clips/{clip_id}").status_code == 200
    assert "is lifted" in client_for(world.asha).get(f"/clips/{clip_id}/hold").get_data(as_text=True)
    again = confirmed(client_for(world.sid)).post(f"/safeguarding/clips/{clip_id}", data={"reason": REASON})
    assert again.status_code == 302


def test_watching_takes_a_second_person_lasts_a_day_and_is_written_down(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID, held: str
) -> None:
    sid, film = confirmed(client_for(world.sid)), f"/media/held/{held.rsplit('/', 1)[1]}"
    assert sid.get(film).status_code == 403
    assert TITLE not in sid.get(held).get_data(as_text=True)
    agree(client_for, services, world, held, "view", "decline")
    assert sid.get(film).status_code == 403
    agree(client_for, services, world, held, "view")
    assert sid.get(f"{held}/watch").status_code == 200
    assert sid.get(film, headers={"Range": "bytes=0-99"}).status_code == 206
    assert client_for(world.tess).get(film).status_code == 404
    assert actions(services, clip_id)[-2:] == ["hold_view_agreed", "held_clip_watched"]
    assert "Sid Vale, with Tess Moor" in client_for(world.asha).get(f"/clips/{clip_id}/hold").get_data(as_text=True)
    with services.database.transaction() as session:
        for request in session.scalars(select(HoldRequest).where(HoldRequest.ends_at.is_not(None))):
            request.ends_at = now() - timedelta(seconds=1)
    assert sid.get(film, headers={"Range": "bytes=100-199"}).status_code == 403


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("sid@example.org", "somebody besides yourself"),
        ("asha@example.org", "neither the coachee nor the coach"),
        ("priya@example.org", "neither the coachee nor the coach"),
        ("olu@example.org", "Nobody at your school"),
    ],
)
def test_the_second_person_is_a_colleague_whom_it_does_not_concern(
    second: str, said: str, client_for: SignedIn, world: World, held: str
) -> None:
    asked = {"wish": "view", "second": second, "reason": REASON}
    answer = confirmed(client_for(world.sid)).post(f"{held}/ask", data=asked)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert said in page
    assert REASON in page, "what was typed is still there"


def test_who_holds_asks_or_agrees_gives_their_password_once_more(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    sid, address = client_for(world.sid), f"/safeguarding/clips/{clip_id}"
    assert sid.get(address).headers["Location"] == f"/confirm?next={address}"
    assert sid.post(address, data={"reason": REASON}).status_code == 403
    with services.database.reading() as session:
        assert session.scalars(select(Hold)).all() == []


def test_nothing_is_held_without_a_reason_twice_or_once_it_is_gone(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID
) -> None:
    sid, address = confirmed(client_for(world.sid)), f"/safeguarding/clips/{clip_id}"
    assert sid.post(address, data={"reason": " "}).status_code == 422
    assert sid.post(address, data={"reason": REASON}).status_code == 302
    assert sid.post(address, data={"reason": REASON}).status_code == 409
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).held_at = None
        session.get_one(Clip, clip_id).state = ClipState.WITHDRAWN
    assert sid.post(address, data={"reason": REASON}).status_code == 404


def test_a_hold_placed_while_its_owner_withdraws_finds_it_gone_or_keeps_it(
    services: Services, world: World, clip_id: uuid.UUID, held: str
) -> None:
    """The list of what is to go was read before; what is held is not in it."""
    with services.database.transaction() as session:
        session.get_one(Clip, clip_id).state = ClipState.WITHDRAWN
    with services.database.reading() as session:
        assert removal.to_erase(session) == []


def test_the_list_takes_the_same_statements_for_one_hold_and_for_many(
    client_for: SignedIn, services: Services, world: World, clip_id: uuid.UUID, held: str
) -> None:
    sid = client_for(world.sid)

    def asked() -> int:
        with counted(services.database.engine) as statements:
            for address in ("/safeguarding", "/safeguarding?name=asha", held):
                assert sid.get(address).status_code == 200
        return len(statements)

    def more(clips: int) -> None:
        with services.database.transaction() as session:
            for number in range(clips):
                clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
                if number % 2:
                    values = {"school_id": clip.school_id, "clip_id": clip.id, "placed_by_id": world.sid.id}
                    session.add(Hold(**values, reason=REASON, is_told=True))
                    clip.held_at = now()

    more(2)
    few = asked()
    more(6)
    assert asked() == few
