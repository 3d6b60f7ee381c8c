"""Codes from an app and recovery codes as a second step (SAFEGUARDING D2)."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.people.factors.conftest import App, SignedIn, give, words
from tests.support.confirming import confirmed
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.database import new_id, now
from veo_workflow.errors import InvalidInput
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people import arriving
from veo_workflow.people.factors import operations, rules
from veo_workflow.people.factors.models import Authenticator, RecoveryCode
from veo_workflow.people.factors.sealing import Unreadable, seal, unseal
from veo_workflow.people.models import LinkPurpose, Person
from veo_workflow.people.operations import make_link
from veo_workflow.services import Services
from veo_workflow.settings import Settings

ONCE = pytest.mark.parametrize("database", ["sqlite"])
SetUp = tuple[App, list[str]]
AT = datetime(2026, 11, 30, 9, 0, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.mark.parametrize(("off", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_differ_by_one_half_minute(off: int, fits: bool) -> None:
    code = pyotp.TOTP(SECRET).generate_otp(int(AT.timestamp()) // 30 + off)
    step = rules.step_of(SECRET, f"{code[:3]} {code[3:]}", AT, None)
    assert step == (int(AT.timestamp()) // 30 + off if fits else None)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_does_not_fit(typed: str) -> None:
    assert rules.step_of(SECRET, typed, AT, None) is None


def test_recovery_codes_are_ten_and_differ_and_are_read_however_they_are_typed() -> None:
    codes = rules.new_recovery_codes()
    assert len(set(codes)) == 10
    assert rules.plain_recovery_code(codes[0].upper().replace("-", " ")) == codes[0].replace("-", "")
    assert rules.plain_recovery_code("123456") == ""


def test_a_sealed_secret_is_read_with_its_key_and_in_its_own_row_alone() -> None:
    asha, priya = new_id(), new_id()
    sealed = seal("a key of the school", SECRET, asha)
    assert SECRET not in sealed
    assert unseal("a key of the school", sealed, asha) == SECRET
    for key, owner in (("another key", asha), ("a key of the school", priya)):
        with pytest.raises(Unreadable):
            unseal(key, sealed, owner)


@ONCE
def test_whoever_has_an_app_is_asked_for_a_code_and_nothing_is_seen_before(
    set_up: SetUp, half_way: Callable[[], FlaskClient], clock: Callable[[], float], services: Services, world: World
) -> None:
    app, _ = set_up
    browser = half_way()
    assert browser.get("/").status_code == 302
    assert "And the second step" in browser.get("/sign-in/second").text
    wrong = give(browser, "000000" if app.code(clock(), 1) != "000000" else "000001")
    assert (wrong.status_code, operations.WRONG_CODE in words(wrong.text)) == (422, True)
    right = give(browser, app.code(clock(), 1))
    assert (right.status_code, right.headers["Location"]) == (302, "/cycles")
    assert browser.get("/").status_code == 200
    with services.database.reading() as session:
        kept = session.get_one(Authenticator, world.asha.id).sealed_secret
        assert app.shown.secret not in kept
        done = set(session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == world.asha.id)))
    assert {"authenticator_added", "recovery_codes_made", "signed_in"} <= done


def test_each_code_is_taken_once_and_none_before_it(
    set_up: SetUp, half_way: Callable[[], FlaskClient], clock: Callable[[], float]
) -> None:
    app, _ = set_up  # with the present code
    shoulder = half_way()
    for late in (0, -1):
        assert give(shoulder, app.code(clock(), late)).status_code == 422
    assert give(half_way(), app.code(clock(), 1)).status_code == 302
    assert give(shoulder, app.code(clock(), 1)).status_code == 422


def test_of_two_who_give_the_same_code_at_once_one_wins(
    set_up: SetUp, clock: Callable[[], float], services: Services, world: World
) -> None:
    app, _ = set_up
    ready, won = threading.Barrier(2), []

    def give_it() -> None:
        ready.wait()
        try:
            with services.database.transaction() as session:
                person = session.get_one(Person, world.asha.id)
                operations.give_code(session, person, app.code(clock(), 1), services.settings.sealing())
                won.append(True)
        except InvalidInput:
            won.append(False)

    threads = [threading.Thread(target=give_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, True]


def test_a_recovery_code_lets_in_once_and_is_kept_as_a_hash(
    set_up: SetUp, half_way: Callable[[], FlaskClient], services: Services
) -> None:
    _, codes = set_up
    assert len(codes) == 10
    assert give(half_way(), codes[3].upper()).status_code == 302
    again = give(half_way(), codes[3])
    assert (again.status_code, "was used before" in again.text) == (422, True)
    with services.database.reading() as session:
        kept = set(session.scalars(select(RecoveryCode.code_hash)))
        left = session.scalar(select(func.count()).select_from(RecoveryCode).where(RecoveryCode.used_at.is_(None)))
    assert left == 9
    assert not kept & {*codes, *(code.replace("-", "") for code in codes)}


@ONCE
def test_codes_cannot_be_guessed_at_will_nor_by_giving_the_password_between(
    set_up: SetUp, half_way: Callable[[], FlaskClient], clock: Callable[[], float]
) -> None:
    app, _ = set_up
    said = [give(half_way(), "not-a-code").status_code for _ in range(11)]
    assert said == [422] * 10 + [429]
    assert give(half_way(), app.code(clock(), 1)).status_code == 429


@ONCE
def test_the_password_counts_for_five_minutes_and_only_while_it_is_hers(
    set_up: SetUp,
    half_way: Callable[[], FlaskClient],
    clock: Callable[[], float],
    services: Services,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, _ = set_up
    late, changed = half_way(), half_way()
    with monkeypatch.context() as later:
        later.setattr(arriving, "now", lambda: now() + timedelta(minutes=6))
        assert give(late, app.code(clock(), 1)).status_code == 401
    with services.database.transaction() as session:
        session.get_one(Person, world.asha.id).password_hash = "another"
    assert give(changed, app.code(clock(), 1)).status_code == 401
    assert changed.get("/sign-in/second").headers["Location"] == "/sign-in"


@ONCE
def test_a_link_for_a_new_password_does_not_go_round_the_second_step(
    set_up: SetUp, client_for: SignedIn, services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        token = make_link(session, LinkPurpose.PASSWORD_RESET, session.get_one(Person, world.asha.id))
    browser = client_for(None)
    answer = browser.post(f"/welcome/{token}", data={"password": "four other quiet words"})
    assert answer.headers["Location"] == "/sign-in/second"
    assert browser.get("/").status_code == 302


@ONCE
def test_a_code_from_the_app_serves_where_the_password_is_asked_again(
    set_up: SetUp, client_for: SignedIn, clock: Callable[[], float], world: World
) -> None:
    app, codes = set_up
    asha = client_for(world.asha)
    assert "Or a code from your app" in asha.get("/confirm").text
    for wrong in ("111 11", codes[0]):  # a recovery code is for signing in
        assert asha.post("/confirm", data={"confirm_code": wrong}).status_code == 422
    assert asha.post("/me/sign-in/codes").status_code == 403
    right = asha.post("/confirm", data={"confirm_code": app.code(clock(), 1), "next": "/me/sign-in"})
    assert (right.status_code, right.headers["Location"]) == (303, "/me/sign-in")
    assert "Keep these ten codes" in asha.post("/me/sign-in/codes").text


@ONCE
def test_taking_the_app_away_asks_who_it_is_and_leaves_nothing_behind(
    set_up: SetUp, client_for: SignedIn, services: Services, world: World
) -> None:
    asha = client_for(world.asha)
    assert asha.post("/me/sign-in/app/remove").status_code == 403
    assert confirmed(asha).post("/me/sign-in/app/remove").status_code == 303
    with services.database.reading() as session:
        assert session.get(Authenticator, world.asha.id) is None
        assert session.scalars(select(RecoveryCode)).all() == []


@ONCE
def test_without_the_key_codes_cannot_be_checked_and_recovery_codes_can(
    set_up: SetUp, half_way: Callable[[], FlaskClient], services: Services, world: World
) -> None:
    """As after a restore on another machine: no backup has the key."""
    _, codes = set_up
    with services.database.transaction() as session:
        session.get_one(Authenticator, world.asha.id).sealed_secret = seal("lost", SECRET, world.asha.id)
    assert operations.NO_KEY in words(give(half_way(), "123456").text)
    assert give(half_way(), codes[0]).status_code == 302


@ONCE
def test_an_administrator_takes_away_what_was_lost_and_she_is_told(
    set_up: SetUp, client_for: SignedIn, services: Services, world: World
) -> None:
    ada = client_for(world.ada)
    assert "1 of 8 have a second step" in words(ada.get("/people/second-step").text)
    clear = f"/people/second-step/{world.asha.id}/clear"
    assert ada.post(clear).status_code == 403
    assert confirmed(ada).post(clear).status_code == 303
    with services.database.reading() as session:
        assert session.get(Authenticator, world.asha.id) is None
        told = session.scalars(select(Notice.kind).where(Notice.person_id == world.asha.id)).all()
    assert NoticeKind.SECOND_STEP_CLEARED in told


@ONCE
def test_the_key_is_a_setting_or_a_file_that_no_backup_takes(settings: Settings) -> None:
    assert settings.sealing() == settings.secret_key  # which came by the environment
    alone = settings.model_copy(update={"secret_key": ""})
    assert alone.sealing() == alone.sealing() != alone.secret()
    assert (alone.data / "sealing.key").stat().st_mode & 0o77 == 0
    assert settings.model_copy(update={"sealing_key": "a key of its own, long enough"}).sealing().startswith("a key")
