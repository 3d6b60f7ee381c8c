"""Signing in on a shared iPad by a code that is shown on one's own screen (SAFEGUARDING D4)."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.support.confirming import confirmed
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.database import now
from veo_workflow.errors import Gone
from veo_workflow.people.factors.views import qr_code
from veo_workflow.people.models import Person, SignIn
from veo_workflow.people.shared import operations
from veo_workflow.people.shared.models import ShownCode
from veo_workflow.services import Services

ONCE = pytest.mark.parametrize("database", ["sqlite"])
SignedIn = Callable[[Person | None], FlaskClient]


@pytest.fixture
def shown(world: World, client_for: SignedIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Asha shows a code on her own screen; returns where it leads."""

    def show() -> str:
        tokens: list[str] = []
        made = operations.new_token()
        monkeypatch.setattr(operations, "new_token", lambda: tokens.append(made) or made)
        page = client_for(world.asha).post("/me/shared-ipad").text
        assert tokens == [made]
        assert qr_code(f"http://localhost/ipad/{made}") in page
        assert made not in page  # only a camera reads it
        monkeypatch.undo()
        return f"/ipad/{made}"

    return show


@ONCE
def test_a_code_signs_its_person_in_once_and_looking_at_it_uses_nothing_up(
    shown: Callable[[], str], world: World, services: Services, client_for: SignedIn
) -> None:
    code, ipad = shown(), client_for(None)
    for _ in range(2):
        assert "Are you Asha Khan?" in ipad.get(code).text
    assert ipad.get("/").status_code == 302
    assert ipad.post(code).status_code == 303
    for screen in ("/", "/cycles", "/playbook", "/me/devices", f"/cycles/{world.cycle.id}"):
        assert "Shared iPad. You are <strong>Asha Khan</strong>." in ipad.get(screen).text, screen
    other = client_for(None)
    assert [other.get(code).status_code, other.post(code).status_code] == [410, 410]
    assert other.get("/").status_code == 302
    with services.database.reading() as session:
        assert session.scalars(select(ShownCode)).one().token_hash not in code
        done = session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == world.asha.id)).all()
    assert {"code_shown", "code_used"} <= set(done)


@ONCE
def test_a_code_counts_for_two_minutes_and_until_another_is_shown(
    shown: Callable[[], str], services: Services, client_for: SignedIn
) -> None:
    older = shown()
    newer = shown()
    assert client_for(None).post(older).status_code == 410
    with services.database.transaction() as session:
        kept = session.scalars(select(ShownCode)).one()
        assert kept.expires_at - kept.shown_at == timedelta(minutes=2)
        kept.expires_at = now() - timedelta(seconds=1)
    assert client_for(None).get(newer).status_code == 410
    assert client_for(None).post(newer).status_code == 410


def test_of_two_ipads_at_once_one_is_signed_in(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        _, token = operations.show_code(session, session.get_one(Person, world.asha.id))
    ready, won = threading.Barrier(2), []

    def take() -> None:
        ready.wait()
        try:
            with services.database.transaction() as session:
                operations.use_code(session, token, "iPad, Safari")
                won.append(True)
        except Gone:
            won.append(False)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, True]


@ONCE
def test_a_shared_ipad_is_free_again_after_ten_idle_minutes_and_asking_by_itself_is_not_use(
    shown: Callable[[], str], services: Services, client_for: SignedIn
) -> None:
    ipad = client_for(None)
    ipad.post(shown())

    def idle(minutes: int) -> None:
        with services.database.transaction() as session:
            session.execute(update(SignIn).where(SignIn.shared).values(last_seen_at=now() - timedelta(minutes=minutes)))

    idle(9)
    assert ipad.get("/api/clips/progress?id=1").status_code != 302
    with services.database.reading() as session:
        left = session.scalars(select(SignIn.last_seen_at).where(SignIn.shared)).one()
    assert now() - left > timedelta(minutes=8)
    assert ipad.get("/").status_code == 200  # and that is
    idle(9)
    assert ipad.get("/").status_code == 200
    idle(10)
    assert ipad.get("/").status_code == 302


@ONCE
def test_a_shared_ipad_passes_nobody_on_and_has_given_no_password(
    shown: Callable[[], str], services: Services, world: World, client_for: SignedIn
) -> None:
    ipad = client_for(None)
    ipad.post(shown())
    assert ipad.get("/me/shared-ipad").status_code == ipad.post("/me/shared-ipad").status_code == 403
    assert ipad.post("/me/sign-in/app").status_code == 403
    assert '<span class="mark">Shared</span>' in confirmed(ipad).get("/me/devices").text
    assert ipad.get_cookie("veo-known") is None
    with services.database.reading() as session:
        code = session.scalars(select(ShownCode)).one()
    assert client_for(world.asha).get(f"/api/shared-ipad/{code.id}").get_json()["used"] is True
    assert client_for(world.priya).get(f"/api/shared-ipad/{code.id}").status_code == 404
