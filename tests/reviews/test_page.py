"""The review as a page: what it shows to whom, how it narrows, and that plain forms do everything."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.reviews.conftest import Agree, Write
from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle, MeasureReading, Outcome
from veo_workflow.database import now
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews.models import Review
from veo_workflow.reviews.queries import record_of
from veo_workflow.reviews.rules import Action, marks
from veo_workflow.services import Services

SignIn = Callable[[Person | None], FlaskClient]


def address(world: World) -> str:
    return f"/cycles/{world.cycle.id}/review"


def moments_on(page: str) -> list[str]:
    return re.findall(r'data-moment="([^"]+)"', page)


def typed_on(services: Services, world: World, **changes: object) -> dict[str, object]:
    """What a form opened now sends, with some of its fields changed."""
    with services.database.reading() as session:
        review = session.get(Review, world.cycle.id)
        stands = record_of(review)
    fields: dict[str, object] = {
        "version": review.version if review else 0,
        "celebrate": stands.celebrate,
        "improve": stands.improve,
        "outcome": stands.outcome or "",
        "action_what": [action.what for action in stands.actions],
        "action_owner": [str(action.owner_id) for action in stands.actions],
        "action_due": [str(action.due_on or "") for action in stands.actions],
    }
    return {**fields, **{f"mark_{part}": mark for part, mark in marks(stands).items()}, **changes}


def test_both_see_the_moments_in_lesson_order_with_then_and_now(
    improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    for person in (improving.asha, improving.priya):
        page = client_for(person).get(address(improving)).text
        assert re.findall(r'data-when="(\w+)"', page) == ["then", "now"]
        assert "Four names in a row." in page
        assert improving.strategy.steps[0].prompt in page


def test_a_moment_asked_for_by_address_is_the_one_on_screen(
    improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    asha = client_for(improving.asha)
    later = moments_on(asha.get(address(improving)).text)[1]
    page = asha.get(address(improving), query_string={"moment": later}).text
    assert f"/media/{two_clips[1].id}/playback#t=8.017,12.017" in page


@pytest.mark.parametrize("who", ["theo", "tess", "sam", "lena", "sid", "ada", "olu"])
def test_nobody_outside_the_pair_finds_the_page(
    who: str, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    client = client_for(improving.everybody[who])
    assert client.get(address(improving)).status_code == 404
    assert client.post(address(improving), data={"celebrate": "x"}).status_code == 404
    assert client.post(f"{address(improving)}/confirm", data={"outcome": "continue"}).status_code == 404
    assert client.put(f"/api{address(improving)}", json={"celebrate": "x"}).status_code == 404


def test_moments_of_a_private_clip_never_reach_the_coach(
    services: Services, improving: World, client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        private = make_clip(session, improving.cycle, improving.asha, shared=False, title="CANARY-CLIP")
        make_tag(session, private, improving.asha, improving.strategy).note = "CANARY-NOTE"
    assert "CANARY" not in client_for(improving.priya).get(address(improving)).text
    assert "CANARY-NOTE" in client_for(improving.asha).get(address(improving)).text


def test_drafts_are_in_nobodys_review(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        clip = session.get_one(Clip, two_clips[1].id)
        make_tag(session, clip, improving.asha, improving.strategy, shared=False).note = "CANARY-DRAFT"
        make_tag(session, clip, improving.priya, improving.strategy, shared=False).note = "CANARY-DRAFT"
    for person in (improving.asha, improving.priya):
        assert "CANARY-DRAFT" not in client_for(person).get(address(improving)).text


def test_moments_narrow_by_step_and_clip_and_order_by_step(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    steps = improving.strategy.steps
    with services.database.transaction() as session:
        for clip, at_ms, step in ((two_clips[0], 30_017, 3), (two_clips[1], 5_017, 2), (two_clips[1], 40_017, None)):
            tag = make_tag(session, session.get_one(Clip, clip.id), improving.priya, improving.strategy, at_ms=at_ms)
            tag.step_id = None if step is None else steps[step].id
    asha = client_for(improving.asha)

    def shown(**asked: object) -> list[str]:
        page = asha.get(address(improving), query_string=asked).text
        return re.findall(r'data-start="(\d+)"', page)

    assert shown() == ["18017", "28017", "3017", "8017", "38017"]
    assert shown(sort="step") == ["18017", "8017", "3017", "28017", "38017"]
    assert shown(clip=two_clips[0].id) == ["18017", "28017"]
    assert shown(step=steps[0].id) == ["18017", "8017"]
    assert shown(step=steps[0].id, clip=two_clips[1].id) == ["8017"]
    assert shown(step="nonsense") == shown()
    assert shown(step=steps[4].id) == []


def test_many_moments_come_in_pages(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        clip = session.get_one(Clip, two_clips[1].id)
        for second in range(70):
            make_tag(session, clip, improving.priya, improving.strategy, at_ms=11_017 + second * 500)
    asha = client_for(improving.asha)
    first, later = (asha.get(address(improving), query_string={"page": page}).text for page in (1, 2))
    assert (len(moments_on(first)), len(moments_on(later))) == (60, 12)
    assert not set(moments_on(first)) & set(moments_on(later))
    assert "Page 1 of 2" in first


def test_the_page_asks_as_much_with_fifty_times_the_moments(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn, write: Write
) -> None:
    write(improving.asha, actions=(Action("Two queues", improving.asha.id),))
    asha = client_for(improving.asha)

    def statements() -> int:
        with counted(services.database.engine) as asked:
            assert asha.get(address(improving)).status_code == 200
        return len(asked)

    def add(count: int, clips: int) -> None:
        with services.database.transaction() as session:
            for number in range(clips):
                clip = make_clip(session, improving.cycle, improving.asha, title=f"Clip {number}")
                for moment in range(count // clips):
                    tag = make_tag(session, clip, improving.priya, improving.strategy, at_ms=3_017 + moment * 500)
                    tag.step_id = improving.strategy.steps[moment % 5].id

    add(3, 1)
    few = statements()
    add(245, 7)
    write(improving.asha, version=1, actions=tuple(Action(f"Action {n}", improving.asha.id) for n in range(10)))
    assert statements() == few
    assert few <= 20


def test_a_plain_form_saves_everything(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    sent = typed_on(
        services,
        improving,
        celebrate="Calm doors.",
        improve="Two queues.",
        outcome="refine",
        action_what=["Board ready", ""],
        action_owner=[str(improving.priya.id), str(improving.asha.id)],
        action_due=["2026-11-30", ""],
    )
    answer = client_for(improving.asha).post(address(improving), data=sent)
    assert answer.status_code == 303
    page = client_for(improving.priya).get(address(improving)).text
    assert all(words in page for words in ("Calm doors.", "Two queues.", "Board ready", 'value="2026-11-30"'))
    assert re.search(r'value="refine" checked', page)
    assert "Saved at" in page


def test_a_plain_form_shows_both_texts_and_each_way_out_of_it_works(
    services: Services, improving: World, client_for: SignIn, write: Write
) -> None:
    priya, sent = client_for(improving.priya), typed_on(services, improving, celebrate="Mine.")
    write(improving.asha, celebrate="Hers.")
    page = priya.post(address(improving), data=sent)
    assert page.status_code == 409
    assert "You and Asha both changed “Celebrate”" in page.text
    assert "<ins>Mine.</ins>" in page.text
    assert "<ins>Hers.</ins>" in page.text
    over = re.findall(r'name="over_celebrate" value="(\w+)"', page.text)[0]
    kept = priya.post(address(improving), data={**sent, "over_celebrate": over, "keep_celebrate": "both"})
    assert kept.status_code == 303
    with services.database.reading() as session:
        assert session.get_one(Review, improving.cycle.id).celebrate == "Hers.\n\nMine."


def test_saving_again_without_choosing_keeps_asking(
    services: Services, improving: World, client_for: SignIn, write: Write
) -> None:
    priya, sent = client_for(improving.priya), typed_on(services, improving, celebrate="Mine.")
    write(improving.asha, celebrate="Hers.")
    page = priya.post(address(improving), data=sent).text
    again = dict(re.findall(r'name="((?:mark_\w+|version))" value="(\w+)"', page))
    assert priya.post(address(improving), data={**sent, **again}).status_code == 409


def test_what_cannot_be_saved_is_said_and_stays_in_the_form(
    services: Services, improving: World, client_for: SignIn
) -> None:
    sent = typed_on(services, improving, celebrate="Calm doors. " + "x" * 8000)
    page = client_for(improving.asha).post(address(improving), data=sent)
    assert page.status_code == 422
    assert "longer than 8,000 characters" in page.text
    assert "Calm doors. xxx" in page.text


def test_agreeing_saves_what_stands_on_the_page_first(services: Services, improving: World, client_for: SignIn) -> None:
    sent = typed_on(services, improving, celebrate="Last words.", outcome="continue")
    answer = client_for(improving.asha).post(f"{address(improving)}/confirm", data=sent)
    assert answer.status_code == 303
    page = client_for(improving.priya).get(address(improving)).text
    assert "Last words." in page
    assert "<strong>Asha agreed</strong>" in page
    assert "I agree, Priya" in page


def test_agreeing_before_improve_saves_the_words_and_says_what_is_missing(
    services: Services, world: World, client_for: SignIn
) -> None:
    sent = typed_on(services, world, celebrate="Early words.", outcome="continue")
    answer = client_for(world.asha).post(f"{address(world)}/confirm", data=sent)
    assert answer.status_code == 422
    assert "still in Identify" in answer.text
    with services.database.reading() as session:
        assert session.get_one(Review, world.cycle.id).celebrate == "Early words."


def test_when_both_have_agreed_the_page_is_for_reading_and_leads_on(
    services: Services, improving: World, client_for: SignIn, write: Write, agree: Agree
) -> None:
    write(improving.asha, celebrate="Calm doors.", outcome=Outcome.REFINE)
    agree(improving.asha, Outcome.REFINE)
    agree(improving.priya, Outcome.REFINE)
    page = client_for(improving.asha).get(address(improving)).text
    assert "this review is closed" in page
    assert "Reword the goal in the next cycle" in page
    assert "Calm doors." in page
    assert "<textarea" not in page
    late = client_for(improving.priya).put(f"/api{address(improving)}", json={"celebrate": "Too late."})
    assert late.status_code == 403
    assert "this review is closed" in late.get_json()["message"]


def test_a_former_pair_leaves_the_review_to_the_coachee(
    services: Services, improving: World, two_clips: tuple[Clip, Clip], client_for: SignIn
) -> None:
    with services.database.transaction() as session:
        session.get_one(Pair, improving.pair.id).ended_at = now()
    assert client_for(improving.priya).get(address(improving)).status_code == 404
    page = client_for(improving.asha).get(address(improving))
    assert page.status_code == 200
    assert "This pair has ended" in page.text


def test_a_pair_that_ends_while_somebody_types_gives_the_words_back(
    services: Services, improving: World, client_for: SignIn, write: Write
) -> None:
    write(improving.asha, celebrate="Kept.")
    sent = typed_on(services, improving, celebrate="Typed too late.", action_what=["Two queues"])
    sent |= {"action_owner": [str(improving.asha.id)], "action_due": [""]}
    with services.database.transaction() as session:
        session.get_one(Pair, improving.pair.id).ended_at = now()
    page = client_for(improving.asha).post(address(improving), data=sent)
    assert page.status_code == 403
    assert "This pair has ended" in page.text
    for words in ("Typed too late.", "Two queues (Asha)", "Kept."):
        assert words in page.text
    gone = client_for(improving.priya).get(f"/api{address(improving)}/queue")
    assert gone.status_code == 404


def test_autosave_answers_with_the_record_as_it_stands(
    services: Services, improving: World, client_for: SignIn, write: Write
) -> None:
    sent = typed_on(services, improving, celebrate="By Priya.")
    write(improving.asha, improve="By Asha.")
    answer = client_for(improving.priya).put(f"/api{address(improving)}", json=sent).get_json()
    assert answer["record"] == {"celebrate": "By Priya.", "improve": "By Asha.", "outcome": ""}
    assert answer["taken_over"] == ["improve"]
    assert answer["version"] == 2


def test_autosave_in_a_conflict_answers_with_both_texts(
    services: Services, improving: World, client_for: SignIn, write: Write
) -> None:
    sent = typed_on(services, improving, celebrate="Mine.")
    write(improving.asha, celebrate="Hers.")
    answer = client_for(improving.priya).put(f"/api{address(improving)}", json=sent)
    assert answer.status_code == 409
    assert answer.get_json()["parts"][0]["mine"] == "Mine."
    assert answer.get_json()["parts"][0]["theirs"] == "Hers."
    assert "Keep Asha’s" in answer.get_json()["html"]


def test_a_new_reading_becomes_now_and_the_new_starting_point(
    services: Services, improving: World, client_for: SignIn
) -> None:
    asha = client_for(improving.asha)
    answer = asha.post(f"/cycles/{improving.cycle.id}/readings", data={"value": "2:50", "taken_on": "2026-11-19"})
    assert answer.status_code == 302
    page = asha.get(address(improving)).text
    assert "2:50 becomes the new starting point." in page
    with services.database.reading() as session:
        assert session.query(MeasureReading).count() == 1
        assert session.get_one(Cycle, improving.cycle.id).closed_at is None


def test_without_moments_the_page_says_where_they_come_from(improving: World, client_for: SignIn) -> None:
    asha = client_for(improving.asha)
    assert "No shared moments yet" in asha.get(address(improving)).text
    assert "No moment fits" in asha.get(address(improving), query_string={"step": improving.strategy.steps[0].id}).text
