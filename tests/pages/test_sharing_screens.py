"""Sharing as the coachee and a colleague meet it in a real browser (SAFEGUARDING C2)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.test_screens import SCREENS, chromium, looked_over, origin, sign_in
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.services import Services

__all__ = ["chromium", "origin", "sign_in"]


@pytest.fixture
def clip(services: Services, world: World, tmp_path: Path) -> Clip:
    film = tmp_path / "film"
    film.write_bytes(b"x" * 5000)
    with services.database.transaction() as session:
        made = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
        make_tag(session, made, world.priya, world.strategy)
    for name in ("playback.mp4", "poster.jpg"):
        services.storage.put(f"clips/{made.id}/1/{name}", film, "video/mp4")
    return made


def test_a_coachee_lets_a_colleague_watch_sees_that_he_did_and_takes_it_back(
    world: World, clip: Clip, origin: str, sign_in: Callable[..., Page]
) -> None:
    asha = sign_in(world.asha, **SCREENS["iPad standing"])
    asha.goto(f"{origin}/clips/{clip.id}/sharing")
    asha.get_by_label("Find a colleague by name").fill("hill")
    asha.get_by_role("button", name="Find").click()
    asha.get_by_role("radio", name="Sam Hill").check()
    asha.get_by_role("button", name="Let them watch").click()
    expect(asha.get_by_role("status").first).to_contain_text("Shared until the end of")
    sam = sign_in(world.sam)
    sam.goto(origin)
    expect(sam.get_by_role("heading", level=1)).to_have_text("Asha lets you watch something")
    with sam.expect_response(lambda answer: answer.url.endswith("/film")) as film:
        sam.get_by_role("link", name="Watch it").click()
    assert film.value.status in {200, 206}
    assert sam.locator("video").evaluate("video => video.controlsList.contains('nodownload')")
    expect(sam.get_by_role("main")).not_to_contain_text(world.cycle.focus)
    asha.reload()
    expect(asha.locator("#watched .who-watched li")).to_contain_text("Sam Hill")
    expect(asha.locator("#watched .who-watched li")).to_contain_text("By your share")
    asha.get_by_role("button", name="Take back from Sam Hill").click()
    expect(asha.locator(".who-sees")).not_to_contain_text("Sam Hill")
    sam.reload()
    expect(sam.get_by_role("main")).to_contain_text("There is nothing here, or it is not shared with you.")


def test_the_pages_of_sharing_have_no_violation(
    services: Services, world: World, clip: Clip, origin: str, sign_in: Callable[..., Page]
) -> None:
    until = now().date() + timedelta(days=3)
    with services.database.transaction() as session:
        whole = ClipShare(clip_id=clip.id, person_id=world.sam.id, until=until)
        moment = ClipShare(clip_id=clip.id, person_id=world.sam.id, until=until, first_frame=9, last_frame=99, note="N")
        library = ClipShare(clip_id=clip.id, until=until, shows="Names at the door")
        session.add_all([whole, moment, library])
    for person, addresses in (
        (world.asha, [f"/clips/{clip.id}/sharing"]),
        (world.sam, ["/shared", *(f"/shared/{share.id}" for share in (whole, moment))]),
    ):
        assert looked_over(sign_in(person), origin, addresses) == []
