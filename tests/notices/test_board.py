"""The page of notices: what is new, where it leads, and that it says nothing of what anybody wrote."""

import html
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.pages.test_home import headline, read
from tests.support.statements import counted
from tests.support.world import World, make_clip, make_cycle, make_tag
from veo_workflow.clips import sharing
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.cycles.models import Cycle, Stage
from veo_workflow.cycles.sessions import operations as sessions
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.database import new_id, now
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.pages.noticeboard.leading import GONE
from veo_workflow.pages.noticeboard.words import WORDS
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.removal.holds import operations as holds
from veo_workflow.removal.holds.models import Wish
from veo_workflow.services import Services

ClientFor = Callable[[Person | None], FlaskClient]


@pytest.fixture
def shared(services: Services, world: World) -> str:
    """A clip with a title nobody but the pair may read, shared with Priya: the notice's id."""
    with services.database.transaction() as session:
        session.query(Notice).delete()
        clip = make_clip(session, world.cycle, world.asha, shared=False, title="canary-title")
        sharing.share_with_coach(session, clip, by=world.asha)
        session.flush()
        return str(session.scalars(select(Notice.id)).one())


def test_what_happened_and_by_whom_and_nothing_of_what_it_says(
    world: World, client_for: ClientFor, shared: str
) -> None:
    page = read(client_for(world.priya), "/notices")
    assert headline(page) == "1 new thing"
    assert "Asha Khan shared a clip with you" in page
    assert "canary-title" not in page
    assert "Nothing has happened yet" in read(client_for(world.asha), "/notices")


def test_opening_one_reads_it_and_leads_to_what_it_is_about(
    services: Services, world: World, client_for: ClientFor, shared: str
) -> None:
    priya = client_for(world.priya)
    assert '<b>1</b><span class="hidden-words"> unread' in read(priya)
    opened = priya.post(f"/notices/{shared}/open")
    assert opened.status_code == 303
    with services.database.reading() as session:
        clip = session.scalars(select(Notice.subject_id)).one()
    assert opened.headers["Location"] == f"/clips/{clip}"
    assert "unread" not in read(priya)
    assert headline(read(priya, "/notices")) == "You have read everything"


def test_nobody_opens_anothers(world: World, client_for: ClientFor, shared: str) -> None:
    for person in (world.asha, world.lena, world.olu):
        assert client_for(person).post(f"/notices/{shared}/open").status_code == 404
    assert '<b>1</b><span class="hidden-words"> unread' in read(client_for(world.priya))


def test_all_can_be_read_at_once(world: World, client_for: ClientFor, shared: str) -> None:
    priya = client_for(world.priya)
    priya.post("/notices/read")
    assert "unread" not in read(priya)


def about_holds(kind: NoticeKind) -> bool:
    return WORDS[kind].endpoint.startswith("holds.")


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_has_words_and_leads_somewhere(
    services: Services, world: World, client_for: ClientFor, kind: NoticeKind
) -> None:
    with services.database.transaction() as session:
        clip = make_clip(session, world.cycle, world.asha)
        cycle, asha = session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id)
        meeting = sessions.plan(session, cycle, Plan(now(), 30, "", Stage.LEARN, is_review=False), by=asha)
        share = shares.give(session, clip, Wanted(world.priya.id, now().date()), by=asha)
        sid = session.get_one(Person, world.sid.id)
        hold = holds.place(session, clip, "A parent asks.", is_told=True, by=sid) if about_holds(kind) else None
        asked = holds.ask(session, hold, Wish.LIFT, "It is over.", second=asha, concerned=[], by=sid) if hold else None
        subjects = {
            "clip_id": clip.id,
            "hold_id": hold and hold.id,
            "request_id": asked and asked.id,
            "share_id": share.id,
            "cycle_id": world.cycle.id,
            "meeting_id": meeting.id,
            "": world.pair.id,
        }
        session.query(Notice).delete()
        reads = world.sid if kind is NoticeKind.HOLD_ANSWERED else world.asha
        tell(session, [reads.id], kind, subjects[WORDS[kind].key], by=world.priya.id)
        notice = session.scalars(select(Notice.id)).one()
    browser = client_for(reads)
    said = WORDS[kind].sentence.format(who="Priya Nair")
    assert said in html.unescape(browser.get("/notices").text)
    answer = browser.post(f"/notices/{notice}/open")
    assert browser.get(answer.headers["Location"]).status_code == 200
    if not WORDS[kind].key:
        return
    with services.database.transaction() as session:
        tell(session, [reads.id], kind, new_id(), by=world.priya.id)
        gone = session.scalars(select(Notice.id).where(Notice.read_at.is_(None))).one()
    answer = browser.post(f"/notices/{gone}/open")
    assert answer.headers["Location"] == "/notices"
    assert GONE in browser.get("/notices").text


@pytest.mark.parametrize("database", ["sqlite"])
def test_of_two_who_coach_each_other_news_of_the_pair_that_ended_says_that_it_leads_nowhere(
    services: Services, world: World, client_for: ClientFor
) -> None:
    """It cannot be told from the news of the pair that lasts, so it stays on the board; what it led to is gone."""
    with services.database.transaction() as session:
        asha, priya, lena = (session.get_one(Person, who.id) for who in (world.asha, world.priya, world.lena))
        people.make_pair(session, coach=asha, coachee=priya, starts_on=now().date(), ends_on=None, by=lena.id)
        clip = make_clip(session, world.cycle, world.asha)
        session.query(Notice).delete()
        for kind, subject in ((NoticeKind.CLIP_SHARED, clip.id), (NoticeKind.GOAL_WRITTEN, world.cycle.id)):
            tell(session, [priya.id], kind, subject, by=asha.id)
        people.end_pair(session, session.get_one(Pair, world.pair.id), by=lena.id)
        news = session.scalars(
            select(Notice.id).where(Notice.kind != NoticeKind.PAIR_ENDED, Notice.person_id == priya.id)
        )
        ids = list(news)
    browser = client_for(world.priya)
    assert len(ids) == 2
    for notice in ids:
        answer = browser.post(f"/notices/{notice}/open", follow_redirects=True)
        assert (answer.status_code, answer.request.path) == (200, "/notices")
        assert GONE in answer.text


def test_letters_are_a_choice(world: World, client_for: ClientFor) -> None:
    asha = client_for(world.asha)
    assert 'value="daily" checked' in read(asha, "/notices")
    assert "no mail server is set up" in read(asha, "/notices")
    for choice in ("never", "daily", "never"):
        asha.post("/notices/mail", data={"mail": choice})
        assert f'value="{choice}" checked' in read(asha, "/notices")
    assert asha.post("/notices/mail", data={"mail": "hourly"}).status_code == 422


def test_the_page_is_paged_and_a_fixed_number_of_statements(
    services: Services, world: World, client_for: ClientFor
) -> None:
    asha = client_for(world.asha)

    def statements() -> int:
        with counted(services.database.engine) as asked:
            read(asha, "/notices")
        return len(asked)

    with services.database.transaction() as session:
        tell(session, [world.asha.id], NoticeKind.GOAL_WRITTEN, new_id(), by=world.priya.id)
    few = statements()
    with services.database.transaction() as session:
        for _ in range(130):
            tell(session, [world.asha.id], NoticeKind.GOAL_WRITTEN, new_id(), by=world.priya.id)
    assert statements() == few
    page = read(asha, "/notices")
    assert "99+" in page
    assert 'href="/notices?page=2"' in page


def test_a_notice_of_a_draft_does_not_exist(services: Services, world: World, client_for: ClientFor) -> None:
    with services.database.transaction() as session:
        session.query(Notice).delete()
        clip = make_clip(session, make_cycle(session, world.pair, world.asha), world.asha)
        make_tag(session, clip, world.priya, world.strategy, shared=False)
    assert headline(read(client_for(world.asha), "/notices")) == "Nothing has happened yet"
