"""Notes, kinds, edges, undo."""

from playwright.sync_api import expect

from tests.browser.conftest import shows, until
from tests.browser.studio.helping import Studio, Tags, all_sent, frame_of, playing, show


def test_typing_pauses_is_kept_and_is_discarded_only_when_asked(studio: Studio, tags: Tags) -> None:
    page = studio()
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    page.keyboard.press("4")
    page.keyboard.press("n")
    assert not playing(page)
    page.keyboard.type("1 3 both queues, kept quiet")
    assert len(page.query_selector_all(".moment")) == 1, "digits in a note are digits"
    page.keyboard.press("Enter")
    until(page, "!document.querySelector('video').paused")
    page.keyboard.press("k")
    all_sent(page)
    assert notes(tags) == ["1 3 both queues, kept quiet"]

    page.keyboard.press("1")
    page.keyboard.press("n")
    page.keyboard.type("Not what I mean")
    page.wait_for_timeout(1500)  # long enough to have been kept by itself
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep writing").click()
    expect(page.get_by_label("Note on this moment")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Note on this moment")).to_have_value("")
    expect(page.get_by_role("dialog")).to_have_count(0)
    all_sent(page)
    assert notes(tags) == ["", "1 3 both queues, kept quiet"]

    page.keyboard.press("n")
    page.keyboard.type("Half a senten")
    page.reload()
    page.locator("main[data-ready]").wait_for()
    all_sent(page)
    assert notes(tags) == ["1 3 both queues, kept quiet", "Half a senten"]
    expect(page.locator(".moment .note").filter(has_text="both queues")).to_be_visible()

    page.keyboard.press("5")
    page.keyboard.press("q")
    expect(page.get_by_role("radio", name="Question")).to_be_checked()
    page.get_by_role("radio", name="Suggest").check()
    expect(page.locator(".moment.chosen .about")).to_contain_text("Suggestion")
    all_sent(page)
    assert sorted(tag.kind for tag in tags()) == ["note", "note", "suggestion"]


def test_changes_are_made_moved_and_undone(studio: Studio, tags: Tags) -> None:
    page = studio()
    show(page, 600)
    page.keyboard.press("1")
    page.keyboard.press("s")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".moment")).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    undo.click()
    expect(page.locator(".moment .about")).to_contain_text("Strength")
    undo.click()
    expect(page.locator(".moment .about")).to_contain_text("Note")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(".moment .about")).to_contain_text("Strength")
    all_sent(page)
    assert [tag.kind for tag in tags()] == ["strength"]
    page.keyboard.press("Meta+z")
    page.keyboard.press("Meta+z")
    expect(page.locator(".moment")).to_have_count(0)
    expect(undo).to_be_disabled()
    all_sent(page)
    assert tags() == []

    show(page, 600)
    page.keyboard.press("1")
    page.get_by_role("button", name="+1 fr in").click()
    shows(page, 421)
    page.get_by_role("button", name="−1 s out").click()
    shows(page, 690)
    show(page, 500)
    page.keyboard.press("i")
    all_sent(page)
    assert [(frame_of(tag.start_ms), frame_of(tag.end_ms)) for tag in tags()] == [(500, 690)]
    box = page.locator("[data-edge=end_ms].grip").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 104, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    all_sent(page)
    assert frame_of(tags()[0].end_ms) > 800
    page.keyboard.press("Control+z")
    all_sent(page)
    assert frame_of(tags()[0].end_ms) == 690, "one drag is one thing to undo"

    page.keyboard.press("Escape")
    expect(page.locator(".moment.chosen")).to_have_count(0)
    show(page, 300)
    page.keyboard.press("i")
    show(page, 420)
    page.keyboard.press("o")
    expect(page.locator(".lane .step").filter(has_text="No step")).to_be_visible()
    all_sent(page)
    made, _ = tags()
    assert (frame_of(made.start_ms), frame_of(made.end_ms), made.step_id) == (300, 420, None)
    page.get_by_label("Step of this moment").select_option(label="2 Greet")
    all_sent(page)
    assert all(tag.step_id for tag in tags())


def notes(tags: Tags) -> list[str]:
    return sorted(tag.note for tag in tags())
