"""Both sets beside each other, for the pair alone, and never a draft."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.support.statements import counted
from tests.support.world import World, make_tag
from tests.tags.tagging import SignIn
from veo_workflow.clips.models import Clip
from veo_workflow.database import now
from veo_workflow.people.models import Pair, Person
from veo_workflow.services import Services
from veo_workflow.tags.models import FinishedTagging, Tag

ONCE = pytest.mark.parametrize("database", ["sqlite"])


def address(clip: Clip) -> str:
    return f"/clips/{clip.id}/agreement"


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def tagged(services: Services, world: World, clip: Clip) -> Callable[..., None]:
    """Somebody has marked the first step at this second of the clip."""

    def tag(person: Person, second: int, *, shared: bool = True, note: str = "Seen.") -> None:
        with services.database.transaction() as session:
            _tag(session, world, clip, person, second, shared=shared).note = note

    return tag


def _tag(session: Session, world: World, clip: Clip, person: Person, second: int, *, shared: bool = True) -> Tag:
    clip = session.get_one(Clip, clip.id)
    return make_tag(session, clip, person, world.strategy, at_ms=second * 1000 + 17, shared=shared)


def test_the_percentage_stands_with_the_numbers_it_stands_for_and_follows_the_tolerance(
    world: World, clip: Clip, client_for: SignIn, tagged: Callable[..., None]
) -> None:
    for person, seconds in ((world.priya, (5, 20, 40)), (world.asha, (8, 50))):
        for second in seconds:
            tagged(person, second)
    for person in (world.asha, world.priya):
        client = client_for(person)
        page = text_of(client.get(address(clip)).text)
        assert "You both marked 1 of 4 moments (25 %)." in page
        assert "Only Priya 2 Only Asha 1" in page
        page = text_of(client.get(address(clip), query_string={"within": "10"}).text)
        assert "You both marked 2 of 3 moments (67 %)." in page
        page = text_of(client.get(address(clip), query_string={"within": "2"}).text)
        assert "You both marked 0 of 5 moments (0 %)." in page


@ONCE
def test_lines_narrow_to_both_or_one_and_each_plays_its_moment(
    world: World, clip: Clip, client_for: SignIn, tagged: Callable[..., None]
) -> None:
    for person, second in ((world.priya, 5), (world.asha, 8), (world.priya, 20), (world.asha, 50)):
        tagged(person, second)
    asha = client_for(world.asha)

    def spans(**asked: str) -> list[tuple[str, str]]:
        return re.findall(r'data-start="(\d+)" data-end="(\d+)"', asha.get(address(clip), query_string=asked).text)

    both, coach, coachee = ("3017", "10017"), ("18017", "22017"), ("48017", "52017")
    assert spans() == spans(whose="nonsense") == [both, coach, coachee]
    assert spans(whose="both") == [both]
    assert spans(whose="coach") == [coach]
    assert spans(whose="coachee") == [coachee]
    # Without scripts a line leads to a page whose film begins there.
    later = re.findall(r'data-moment="([^"]+)"', asha.get(address(clip)).text)[1]
    assert '/playback#t=18.017"' in asha.get(address(clip), query_string={"moment": later}).text


def test_no_draft_of_anybody_is_there_in_words_or_numbers(
    world: World, clip: Clip, client_for: SignIn, tagged: Callable[..., None]
) -> None:
    tagged(world.priya, 5)
    tagged(world.priya, 30, shared=False, note="CANARY-OF-PRIYA")
    tagged(world.asha, 31, shared=False, note="CANARY-OF-ASHA")
    for person in (world.asha, world.priya):
        page = client_for(person).get(address(clip)).text
        assert "CANARY" not in page
        assert "You both marked 0 of 1 moment (0 %)." in text_of(page)


def test_until_both_have_finished_self_first_gives_nothing_away(
    services: Services, world: World, clip: Clip, client_for: SignIn, tagged: Callable[..., None]
) -> None:
    """Word for word the same page, whether the other has marked, shared before, or finished."""
    with services.database.transaction() as session:
        session.get_one(Pair, world.pair.id).self_first = True
    asha = client_for(world.asha)
    before = asha.get(address(clip)).text
    assert "Each of you alone first" in before
    tagged(world.priya, 5, shared=False, note="CANARY-DRAFT")
    tagged(world.priya, 9, note="CANARY-SHARED-BEFORE")
    with services.database.transaction() as session:
        session.add(FinishedTagging(clip_id=clip.id, person_id=world.priya.id))
    assert same(asha.get(address(clip)).text) == same(before)
    with services.database.transaction() as session:
        session.add(FinishedTagging(clip_id=clip.id, person_id=world.asha.id))
    assert "CANARY-SHARED-BEFORE" in asha.get(address(clip)).text


def same(page: str) -> str:
    return re.sub(r'name="csrf[-_]token" (value|content)="[^"]*"', "", page)


@ONCE
def test_what_is_not_the_pairs_is_not_in_it(
    services: Services, world: World, clip: Clip, client_for: SignIn, tagged: Callable[..., None]
) -> None:
    tagged(world.theo, 5, note="CANARY-OF-THEO")
    tagged(world.priya, 6)
    assert "CANARY" not in client_for(world.asha).get(address(clip)).text
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).shared_with_coach_at = None
    assert client_for(world.priya).get(address(clip)).status_code == 404
    with services.database.transaction() as session:
        session.get_one(Clip, clip.id).shared_with_coach_at = now()
        session.get_one(Pair, world.pair.id).ended_at = now()
    assert client_for(world.priya).get(address(clip)).status_code == 404
    assert client_for(world.lena).get(address(clip)).status_code == 404
    assert client_for(world.asha).get(address(clip)).status_code == 200


@ONCE
def test_without_shared_moments_the_page_says_how_they_come(world: World, clip: Clip, client_for: SignIn) -> None:
    assert "No shared moments on this clip yet" in client_for(world.asha).get(address(clip)).text


def test_five_hundred_moments_come_in_pages_and_ask_no_more(
    services: Services, world: World, clip: Clip, client_for: SignIn, tagged: Callable[..., None]
) -> None:
    tagged(world.priya, 5)
    asha = client_for(world.asha)

    def asked(page: int = 1) -> tuple[int, str]:
        with counted(services.database.engine) as statements:
            answer = asha.get(address(clip), query_string={"page": page, "within": "2"})
        return len(statements), answer.text

    few, _ = asked()
    with services.database.transaction() as session:
        for second in range(250):
            _tag(session, world, clip, world.priya, 10 + 5 * second)
            _tag(session, world, clip, world.asha, 11 + 5 * second)
    many, page = asked()
    assert many == few
    assert few <= 13
    assert "250 of 251" in page
    assert page.count("data-moment=") == 40
    assert asked(7)[1].count("data-moment=") == 11
