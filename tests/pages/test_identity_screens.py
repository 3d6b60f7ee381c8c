"""How somebody signs in, in a real browser with a device that makes passkeys (SAFEGUARDING D2, D4, D5)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect
from sqlalchemy import select

from tests.pages.test_screens import SCREENS, chromium, origin, sign_in
from tests.support.screens import wrong_on
from tests.support.world import PASSWORD, World
from veo_workflow.database import now
from veo_workflow.people import signing_in
from veo_workflow.people.factors.models import Passkey
from veo_workflow.people.shared import operations as shared
from veo_workflow.schools.models import School
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in"]


@pytest.fixture
def by_name(origin: str) -> str:
    """Passkeys are for names, never for addresses."""
    return origin.replace("127.0.0.1", "localhost")


def device(page: Page, *, knows_its_owner: bool = True) -> tuple[CDPSession, str]:
    """Something in the browser that makes and keeps passkeys."""
    talk = page.context.new_cdp_session(page)
    talk.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": knows_its_owner,
        "automaticPresenceSimulation": True,
    }
    return talk, talk.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def looks_right(page: Page, where: str) -> None:
    """At a desk in the light and on a standing iPad in the dark: no violation, nothing too wide."""
    assert wrong_on(page, ("laptop", "ipad-dark")) == [], where


def type_password(page: Page, label: str, button: str) -> None:
    page.get_by_label(label).fill(PASSWORD)
    page.get_by_role("button", name=button, exact=True).click()


def test_a_passkey_is_made_given_at_sign_in_and_given_where_the_password_is_asked_again(
    services: Services,
    world: World,
    by_name: str,
    sign_in: Callable[..., Page],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = sign_in(world.asha)
    with services.database.transaction() as session:
        session.get_one(School, world.asha.school_id).second_step_from = now().date() + timedelta(days=9)

    def sign_in_by_name() -> None:
        page.goto(f"{by_name}/sign-in?next=/cycles")
        page.get_by_label("School email").fill(world.asha.email)
        type_password(page, "Password", "Sign in")

    sign_in_by_name()
    expect(page.get_by_role("link", name="Later")).to_be_visible()
    talk, ipad = device(page)
    page.get_by_label("What you will know it by").fill("My iPad")
    page.get_by_role("button", name="Make a passkey on this device").click()
    expect(page.get_by_text("The passkey is kept.")).to_be_visible()
    looks_right(page, "how she signs in")
    page.get_by_role("button", name="Make a passkey on this device").click()  # a name is needed
    page.get_by_label("What you will know it by").fill("Again")
    page.get_by_role("button", name="Make a passkey on this device").click()
    expect(page.get_by_text("This device has a passkey for you here already.")).to_be_visible()

    page.context.clear_cookies()
    sign_in_by_name()
    expect(page.get_by_role("heading", name="And the second step")).to_be_visible()
    looks_right(page, "the second step")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{by_name}/cycles")
    assert counted(services, world) > 0

    page.context.clear_cookies()
    sign_in_by_name()
    talk.send("WebAuthn.setUserVerified", {"authenticatorId": ipad, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The device was not unlocked")
    talk.send("WebAuthn.setUserVerified", {"authenticatorId": ipad, "isUserVerified": True})
    with services.database.transaction() as session:  # as if a copy of it had been used elsewhere
        before = session.scalars(select(Passkey)).one().sign_count
        session.scalars(select(Passkey)).one().sign_count = 1_000_000
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("That passkey does not fit.")).to_be_visible()
    with services.database.transaction() as session:
        session.scalars(select(Passkey)).one().sign_count = before
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{by_name}/cycles")

    page.goto(f"{by_name}/me/sign-in")
    monkeypatch.setattr(signing_in, "CONFIRMED_FOR", -1)  # her quarter of an hour is over
    page.get_by_text("Change My iPad").click()
    page.get_by_role("button", name="Remove My iPad").click()
    expect(page.get_by_role("heading", name="Is it you, Asha?")).to_be_visible()
    looks_right(page, "is it you")
    monkeypatch.undo()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("The passkey is no longer asked for.")).to_be_visible()


def counted(services: Services, world: World) -> int:
    with services.database.reading() as session:
        return session.scalars(select(Passkey).where(Passkey.person_id == world.asha.id)).one().sign_count


def test_an_app_is_set_up_and_the_pages_of_signing_in_have_no_violation(
    services: Services, world: World, origin: str, sign_in: Callable[..., Page]
) -> None:
    page = sign_in(world.ada)
    page.goto(f"{origin}/me/devices")
    looks_right(page, "devices")
    page.goto(f"{origin}/people/second-step")
    looks_right(page, "the school's second step")
    page.goto(f"{origin}/me/sign-in")
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("img", name="A code for your app’s camera")).to_be_visible()
    looks_right(page, "an app to be")
    secret = re.sub(r"\s", "", page.locator(".copy-out code").inner_text())
    page.get_by_label("The code your app shows now").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Keep these ten codes")).to_be_visible()
    looks_right(page, "recovery codes")
    kept = page.locator(".code-list code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 of your ten are left.")).to_be_visible()
    page.goto(f"{origin}/people/second-step")
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 8 have a second step")
    page.context.clear_cookies()
    page.goto(f"{origin}/sign-in")
    page.get_by_label("School email").fill(world.ada.email)
    type_password(page, "Password", "Sign in")
    page.get_by_label("Code from your app").fill(kept)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Ada", exact=False).first).to_be_visible()


def test_a_shared_ipad_is_signed_in_by_a_code_and_says_whose_turn_it_is(
    services: Services, world: World, origin: str, sign_in: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two screens: Asha's laptop, and an iPad from the trolley whose camera is ours to play."""
    laptop, ipad, scanned = sign_in(world.asha), sign_in(None, **SCREENS["iPad standing"]), [shared.new_token()]
    monkeypatch.setattr(shared, "new_token", lambda: scanned[0])
    laptop.goto(f"{origin}/me/shared-ipad")
    looks_right(laptop, "a shared iPad")
    laptop.get_by_role("button", name="Show a code").click()
    expect(laptop.get_by_role("img", name="A code for the iPad’s camera")).to_be_visible()
    looks_right(laptop, "a code")
    ipad.goto(f"{origin}/ipad/{scanned[0]}")
    looks_right(ipad, "is it you")
    ipad.get_by_role("button", name="Yes, sign me in").click()
    expect(ipad.get_by_text("Shared iPad. You are Asha Khan.")).to_be_visible()
    expect(laptop.get_by_role("status")).to_contain_text("This code is used up.")
    for address in ("/", "/playbook", f"/cycles/{world.cycle.id}", "/me/devices"):
        ipad.goto(f"{origin}{address}")
        expect(ipad.get_by_text("Shared iPad. You are Asha Khan.")).to_be_visible()
    looks_right(ipad, "on a shared iPad")
    strip = ipad.locator("form[data-idle]")
    assert strip.get_attribute("data-idle") == str(services.settings.shared_idle)
    strip.evaluate("form => { form.dataset.idle = '1'; }")  # she has walked away
    expect(ipad.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    ipad.goto(f"{origin}/cycles")
    expect(ipad.get_by_label("School email")).to_be_visible()
