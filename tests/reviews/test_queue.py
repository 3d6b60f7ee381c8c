"""The queue of moments: what either of the pair does with it holds for both, and nothing is lost between them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from tests.support.statements import counted
from tests.support.world import World, make_clip, make_tag
from veo_workflow.access.policy import Thing, Verb
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle, Outcome
from veo_workflow.cycles.queries import CycleSeen, cycle_for
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput, NotAllowed, NotFound
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews.models import ReviewMoment
from veo_workflow.reviews.queries import Wanted, review_moments, review_of
from veo_workflow.reviews.queue import rules
from veo_workflow.reviews.queue.operations import change_moment
from veo_workflow.reviews.queue.rules import Change, Do, Words, read_change
from veo_workflow.reviews.rules import Keep, mark
from veo_workflow.services import Services
from veo_workflow.tags.models import Tag

SignIn = Callable[[Person | None], FlaskClient]
ONCE = pytest.mark.parametrize("database", ["sqlite"])


class Queue:
    """Five moments of one lesson, called 0 to 4 in lesson order, and what is done with them."""

    def __init__(self, services: Services, world: World) -> None:
        self.services, self.world = services, world
        with services.database.transaction() as session:
            clip = make_clip(session, world.cycle, world.asha)
            times = range(5_017, 30_017, 5_000)
            self.tags = [make_tag(session, clip, world.priya, world.strategy, at_ms=ms).id for ms in times]
            self.clip_id = clip.id

    def do(self, person: Person, moment: int, what: Do, wanted: Wanted | None = None, **more: Any) -> None:
        with self.services.database.transaction() as session:
            change = Change(what, **more)
            change_moment(session, person, self.seen(session, person), self.tags[moment], change, wanted or Wanted())

    def beside(self, person: Person, moment: int, what: Do, other: int) -> None:
        self.do(person, moment, what, beside_id=self.tags[other])

    def shown(self, person: Person, **wanted: Any) -> list[int]:
        with self.services.database.reading() as session:
            moments, total = review_moments(session, person, self.world.cycle.id, Wanted(**wanted))
        assert total == len(moments)
        return [self.tags.index(moment.tag.id) for moment in moments]

    def kept(self, moment: int) -> ReviewMoment:
        with self.services.database.reading() as session:
            return session.get_one(ReviewMoment, (self.world.cycle.id, self.tags[moment]))

    def seen(self, session: Session, person: Person) -> CycleSeen:
        return cycle_for(session, person, self.world.cycle.id, Verb.SEE, Thing.REVIEW)


@pytest.fixture
def queue(services: Services, improving: World) -> Queue:
    return Queue(services, improving)


def test_until_somebody_moves_a_moment_the_order_is_the_lessons(queue: Queue, improving: World) -> None:
    queue.do(improving.asha, 3, Do.STAR)
    assert queue.shown(improving.asha) == queue.shown(improving.priya) == [0, 1, 2, 3, 4]


def test_either_moves_a_moment_and_both_see_it_there(queue: Queue, improving: World) -> None:
    asha, priya = improving.asha, improving.priya
    queue.do(asha, 3, Do.EARLIER)
    assert queue.shown(priya) == [0, 1, 3, 2, 4]
    queue.do(priya, 0, Do.LATER)
    assert queue.shown(asha) == [1, 0, 3, 2, 4]
    queue.do(asha, 4, Do.FIRST)
    assert queue.shown(priya) == [4, 1, 0, 3, 2]
    queue.beside(priya, 4, Do.AFTER, 3)
    assert queue.shown(asha) == [1, 0, 3, 4, 2]
    queue.beside(asha, 2, Do.BEFORE, 0)
    assert queue.shown(priya) == [1, 2, 0, 3, 4]
    queue.do(asha, 1, Do.EARLIER)
    queue.do(asha, 4, Do.LATER)
    assert queue.shown(priya) == [1, 2, 0, 3, 4]
    assert queue.shown(priya, in_lesson_order=True) == [0, 1, 2, 3, 4]


def test_two_moves_from_one_old_page_both_happen(queue: Queue, improving: World) -> None:
    """Each says what it wants beside which moment, so the second is carried out on what the first has left."""
    queue.beside(improving.asha, 4, Do.BEFORE, 1)
    queue.beside(improving.priya, 0, Do.AFTER, 3)
    assert queue.shown(improving.asha) == [4, 1, 2, 3, 0]


def test_a_move_among_starred_moments_goes_past_those_that_are_not_shown(queue: Queue, improving: World) -> None:
    for moment in (0, 4):
        queue.do(improving.asha, moment, Do.STAR)
    queue.do(improving.asha, 4, Do.EARLIER, Wanted(starred=True))
    assert queue.shown(improving.asha, starred=True) == [4, 0]
    assert queue.shown(improving.asha) == [4, 0, 1, 2, 3]


def test_a_moment_shared_later_comes_last_and_can_be_moved(services: Services, queue: Queue, improving: World) -> None:
    queue.do(improving.asha, 1, Do.EARLIER)
    with services.database.transaction() as session:
        clip = session.get_one(Clip, queue.clip_id)
        queue.tags.append(make_tag(session, clip, improving.asha, improving.strategy, at_ms=2_017).id)
    assert queue.shown(improving.priya) == [1, 0, 2, 3, 4, 5]
    queue.do(improving.priya, 5, Do.FIRST)
    assert queue.shown(improving.asha) == [5, 1, 0, 2, 3, 4]


def test_what_is_left_out_can_be_found_and_comes_back_to_its_place(
    services: Services, queue: Queue, improving: World
) -> None:
    queue.do(improving.asha, 2, Do.STAR)
    queue.do(improving.asha, 2, Do.LEAVE_OUT)
    queue.do(improving.priya, 3, Do.EARLIER)
    assert queue.shown(improving.priya) == [0, 3, 1, 4]
    assert queue.shown(improving.priya, left_out=True) == [2]
    with services.database.reading() as session:
        assert review_of(session, improving.priya, improving.cycle.id)[1:] == (0, 1)
    queue.do(improving.priya, 2, Do.BRING_BACK)
    assert queue.shown(improving.asha) == [0, 3, 1, 2, 4]
    assert queue.kept(2).starred_by_id == improving.asha.id


def test_stars_and_words_of_two_people_stand_beside_each_other(queue: Queue, improving: World) -> None:
    queue.do(improving.asha, 1, Do.STAR)
    queue.do(improving.priya, 1, Do.STAR)
    queue.do(improving.priya, 1, Do.SAVE, words=Words("Task up first.", mark("")))
    queue.do(improving.asha, 1, Do.LEAVE_OUT, words=Words("", mark("")))
    kept = queue.kept(1)
    assert (kept.starred_by_id, kept.taken, kept.left_out_by_id) == (
        improving.asha.id,
        "Task up first.",
        improving.asha.id,
    )
    assert kept.talked_at is not None


def test_words_that_both_wrote_are_both_kept_until_somebody_chooses(queue: Queue, improving: World) -> None:
    queue.do(improving.asha, 0, Do.SAVE, words=Words("Hers.", mark("")))
    with pytest.raises(Conflict) as conflict:
        queue.do(improving.priya, 0, Do.STAR, words=Words("Mine.", mark("")))
    [part] = conflict.value.details["parts"]
    assert (conflict.value.details["by"], part["mine"], part["theirs"]) == ("Asha", "Mine.", "Hers.")
    assert queue.kept(0).starred_by_id is None
    queue.do(improving.priya, 0, Do.SAVE, words=Words("Mine.", mark(""), Keep.BOTH, part["over"]))
    assert queue.kept(0).taken == "Hers.\n\nMine."


def test_a_tag_that_is_taken_away_takes_its_place_along(services: Services, queue: Queue, improving: World) -> None:
    queue.do(improving.asha, 1, Do.EARLIER)
    with services.database.transaction() as session:
        session.delete(session.get_one(Tag, queue.tags[0]))
    assert queue.shown(improving.priya) == [1, 2, 3, 4]


def test_a_private_clips_moments_stay_out_of_the_coachs_queue_whatever_is_moved(
    services: Services, queue: Queue, improving: World
) -> None:
    with services.database.transaction() as session:
        private = make_clip(session, improving.cycle, improving.asha, shared=False)
        queue.tags.append(make_tag(session, private, improving.asha, improving.strategy).id)
    queue.do(improving.asha, 5, Do.FIRST)
    assert queue.shown(improving.asha) == [5, 0, 1, 2, 3, 4]
    with pytest.raises(NotFound):
        queue.do(improving.priya, 5, Do.LATER)
    queue.do(improving.priya, 1, Do.FIRST)
    assert queue.shown(improving.priya) == [1, 0, 2, 3, 4]
    assert queue.shown(improving.asha) == [5, 1, 0, 2, 3, 4]


@ONCE
def test_nobody_else_touches_the_queue_and_nobody_at_all_once_it_is_over(
    services: Services, queue: Queue, improving: World
) -> None:
    for who in ("theo", "tess", "lena", "olu"):
        with pytest.raises(NotFound):
            queue.do(improving.everybody[who], 0, Do.STAR)
    with services.database.transaction() as session:
        cycle = session.get_one(Cycle, improving.cycle.id)
        cycle.closed_at, cycle.outcome = now(), Outcome.CONTINUE
    with pytest.raises(NotAllowed, match="this review is closed"):
        queue.do(improving.priya, 0, Do.STAR)
    with services.database.transaction() as session:
        session.get_one(Pair, improving.pair.id).ended_at = now()
    with pytest.raises(NotAllowed, match="This pair has ended"):
        queue.do(improving.asha, 0, Do.STAR)
    with pytest.raises(NotFound):
        queue.do(improving.priya, 0, Do.STAR)


@ONCE
def test_plain_forms_do_it_all(queue: Queue, improving: World, client_for: SignIn) -> None:
    asha, address = client_for(improving.asha), f"/cycles/{improving.cycle.id}/review"

    def press(moment: int, what: str, **more: str) -> str:
        sent = {"do": what, "taken": "", "mark_taken": mark(""), **more}
        answer = asha.post(f"{address}/moments/{queue.tags[moment]}", data=sent)
        assert answer.status_code == 303
        assert f"moment={queue.tags[moment]}" in answer.location
        return asha.get(address).text

    assert '<span class="hidden-words">Starred by </span>Asha' in press(2, "star")
    page = press(2, "earlier", taken="Board first.")
    assert re.findall(r'data-moment="([^"]+)"', page)[1] == str(queue.tags[2])
    assert "Board first." in page
    assert "1 left out" in press(0, "leave_out")
    starred = asha.get(address, query_string={"show": "starred"}).text
    assert re.findall(r'data-moment="([^"]+)"', starred) == [str(queue.tags[2])]
    left_out = asha.get(address, query_string={"show": "left-out"}).text
    assert "Bring it back" in left_out
    assert "Earlier" not in left_out.split("queue-heading")[0]
    wrong = asha.post(f"{address}/moments/{queue.tags[1]}", data={"do": "star", "taken": "x" * 2001})
    assert wrong.status_code == 422
    assert rules.TOO_LONG in wrong.text
    assert "x" * 2001 in wrong.text


@ONCE
def test_a_plain_form_shows_both_texts(queue: Queue, improving: World, client_for: SignIn) -> None:
    queue.do(improving.priya, 1, Do.SAVE, words=Words("Hers.", mark("")))
    sent = {"do": "star", "taken": "Mine.", "mark_taken": mark("")}
    address = f"/cycles/{improving.cycle.id}/review/moments/{queue.tags[1]}"
    page = client_for(improving.asha).post(address, data=sent)
    assert page.status_code == 409
    assert "You and Priya both changed “What we take from this moment”" in page.text
    assert "<ins>Mine.</ins>" in page.text
    over = re.findall(r'name="over_taken" value="(\w+)"', page.text)[0]
    client_for(improving.asha).post(address, data={**sent, "keep_taken": "both", "over_taken": over})
    assert queue.kept(1).taken == "Hers.\n\nMine."


@ONCE
def test_a_page_hears_of_the_others_changes_and_only_of_those(
    services: Services, queue: Queue, improving: World, client_for: SignIn
) -> None:
    priya, address = client_for(improving.priya), f"/api/cycles/{improving.cycle.id}/review/queue"
    assert priya.get(address, query_string={"known": "0"}).get_json() == {
        "queue_version": 0,
        "version": 0,
        "state": "open",
    }
    queue.do(improving.asha, 4, Do.FIRST)
    heard = priya.get(address, query_string={"known": "0"}).get_json()
    assert re.findall(r'data-moment="([^"]+)"', heard["queue"])[0] == str(queue.tags[4])
    with counted(services.database.engine) as asked:
        assert "queue" not in priya.get(address, query_string={"known": "1"}).get_json()
    assert len(asked) <= 6


@ONCE
def test_moving_takes_as_many_statements_in_a_long_queue(services: Services, queue: Queue, improving: World) -> None:
    def statements() -> int:
        with counted(services.database.engine) as asked:
            queue.do(improving.asha, 3, Do.EARLIER)
        return len(asked)

    queue.do(improving.asha, 0, Do.LATER)
    few = statements()
    with services.database.transaction() as session:
        clip = session.get_one(Clip, queue.clip_id)
        for number in range(400):
            make_tag(session, clip, improving.priya, improving.strategy, at_ms=2_017 + number)
    queue.do(improving.asha, 1, Do.LATER)
    assert statements() == few


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ({"do": "star"}, Change(Do.STAR)),
        ({}, Change(Do.SAVE)),
        ({"taken": " a \r\nb ", "mark_taken": "m"}, Change(Do.SAVE, Words("a \nb", "m"))),
    ],
)
def test_a_wish_is_read(sent: dict[str, str], wanted: Change) -> None:
    assert read_change(MultiDict(sent)) == wanted


@pytest.mark.parametrize("sent", [{"do": "shout"}, {"do": "before", "beside": "there"}, {"do": "after"}])
def test_a_wish_that_cannot_be_understood_is_said(sent: dict[str, str]) -> None:
    with pytest.raises(InvalidInput, match="Reload it"):
        read_change(MultiDict(sent))


@pytest.mark.parametrize("mine", range(5))
@pytest.mark.parametrize("anchor", range(5))
@pytest.mark.parametrize("after", [False, True])
def test_a_place_is_right_beside_the_moment_asked_for(mine: int, anchor: int, after: bool) -> None:
    order = list(range(5))
    if mine != anchor:
        order.remove(mine)
        order.insert(order.index(anchor) + after, mine)
    assert order.index(mine) == rules.place(mine, anchor, after=after)


def test_a_moment_that_the_review_speaks_of_is_not_deleted_and_one_it_does_not_speak_of_is(
    queue: Queue, improving: World, client_for: SignIn
) -> None:
    priya, asha = client_for(improving.priya), client_for(improving.asha)
    here = [f"/api/clips/{queue.clip_id}/tags/{tag_id}" for tag_id in queue.tags]
    queue.do(improving.asha, 0, Do.STAR, words=Words("Names first.", mark("")))
    queue.do(improving.asha, 1, Do.STAR)
    refused = priya.delete(here[0])
    assert (refused.status_code, refused.get_json()["error"]) == (409, "in_review")
    assert "Clear those words there first" in refused.get_json()["message"]
    assert asha.delete(here[0]).status_code == 403, "it is Priya’s"
    assert [priya.delete(here[1]).status_code for _ in range(2)] == [204, 204]
    assert queue.shown(improving.asha) == [0, 2, 3, 4]
    queue.do(improving.priya, 0, Do.SAVE, words=Words("", mark("Names first.")))
    assert priya.delete(here[0]).status_code == 204
    assert queue.shown(improving.asha) == [2, 3, 4]
