"""Who hears of what: every notice, told by the operation it is about, to those it concerns and nobody else."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips import jobs, sharing
from veo_workflow.clips import operations as clips
from veo_workflow.clips.models import Clip, ClipState, Job
from veo_workflow.clips.shares import operations as shares
from veo_workflow.clips.shares.rules import Wanted
from veo_workflow.cycles import operations as cycles
from veo_workflow.cycles.models import Cycle, Outcome, Stage
from veo_workflow.cycles.queries import cycle_for
from veo_workflow.cycles.rules import GoalWords
from veo_workflow.cycles.sessions import operations as sessions
from veo_workflow.cycles.sessions.rules import Plan
from veo_workflow.database import now
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.notices.operations import forget, read, tell
from veo_workflow.oversight.logs import operations as logs
from veo_workflow.people import operations as people
from veo_workflow.people.models import Pair, Person
from veo_workflow.reviews import operations as reviews
from veo_workflow.reviews.models import Review
from veo_workflow.schools.models import HalfTerm
from veo_workflow.services import Services
from veo_workflow.tags import operations as tags

Told = set[tuple[str, NoticeKind]]


def _goal(session: Session, world: World) -> None:
    cycle, priya = session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.priya.id)
    cycles.write_goal(session, cycle, GoalWords("Another."), after=1, by=priya)


def _share(session: Session, world: World) -> None:
    sharing.share_with_coach(session, make_clip(session, world.cycle, world.asha, shared=False), by=world.asha)


def _share_by_name(session: Session, world: World) -> None:
    clip = make_clip(session, world.cycle, world.asha)
    shares.give(session, clip, Wanted(world.sam.id, now().date()), by=world.asha)


def _moments(session: Session, world: World) -> None:
    clip = make_clip(session, world.cycle, world.asha)
    make_tag(session, clip, world.priya, world.strategy, shared=False)
    tags.share_tags(session, clip, by=world.priya)


def _no_moments(session: Session, world: World) -> None:
    tags.share_tags(session, make_clip(session, world.cycle, world.asha), by=world.priya)


def _pair(session: Session, world: World) -> None:
    coach, coachee = session.get_one(Person, world.tess.id), session.get_one(Person, world.sam.id)
    people.make_pair(session, coach=coach, coachee=coachee, starts_on=now().date(), ends_on=None, by=world.lena.id)


def _end_pair(session: Session, world: World) -> None:
    people.end_pair(session, session.get_one(Pair, world.pair.id), by=world.lena.id)


def _log(session: Session, world: World) -> None:
    half = session.scalars(select(HalfTerm).where(HalfTerm.school_id == world.pair.school_id)).first()
    assert half is not None
    lena = session.get_one(Person, world.lena.id)
    logs.remind(session, session.get_one(Pair, world.pair.id), half, by=lena)


def _meet(*after: str) -> Callable[[Session, World], None]:
    def meet(session: Session, world: World) -> None:
        cycle, priya = session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.priya.id)
        first = Plan(now() + timedelta(days=2), 30, "", Stage.LEARN, is_review=False)
        meeting = sessions.plan(session, cycle, first, by=priya)
        if after:
            session.query(Notice).delete()
        if "move" in after:
            second = Plan(now() + timedelta(days=3), 30, "", Stage.LEARN, is_review=False)
            sessions.move(session, meeting, second, version=0, by=priya)
        if "cancel" in after:
            sessions.cancel(session, meeting, by=priya)

    return meet


def _review(*who: str) -> Callable[[Session, World], None]:
    def agree(session: Session, world: World) -> None:
        cycle = session.get_one(Cycle, world.cycle.id)
        cycle.stage = Stage.IMPROVE
        session.add(Review(cycle_id=cycle.id, version=1, changed_at=now(), outcome=Outcome.NEW_CYCLE))
        session.flush()
        for name in who:
            person = session.get_one(Person, world.everybody[name].id)
            reviews.confirm(session, person, cycle_for(session, person, cycle.id), Outcome.NEW_CYCLE)

    return agree


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (_goal, {("asha", NoticeKind.GOAL_WRITTEN)}),
        (_share, {("priya", NoticeKind.CLIP_SHARED)}),
        (_share_by_name, {("sam", NoticeKind.CLIP_SHARED_WITH)}),
        (_moments, {("asha", NoticeKind.MOMENTS_SHARED)}),
        (_no_moments, set()),
        (_pair, {("tess", NoticeKind.PAIR_MADE), ("sam", NoticeKind.PAIR_MADE)}),
        (_end_pair, {("asha", NoticeKind.PAIR_ENDED), ("priya", NoticeKind.PAIR_ENDED)}),
        (_meet(), {("asha", NoticeKind.SESSION_PLANNED)}),
        (_meet("move"), {("asha", NoticeKind.SESSION_MOVED)}),
        (_meet("cancel"), {("asha", NoticeKind.SESSION_CANCELLED)}),
        (_log, {("priya", NoticeKind.LOG_ASKED_FOR)}),
        (_review("asha"), {("priya", NoticeKind.REVIEW_AGREED)}),
        (
            _review("asha", "priya"),
            {("priya", NoticeKind.REVIEW_AGREED), ("asha", NoticeKind.CYCLE_CLOSED)},
        ),
    ],
    ids=[
        "goal",
        "share",
        "by name",
        "moments",
        "no moments",
        "pair",
        "end of a pair",
        "plan",
        "move",
        "cancel",
        "log",
        "review",
        "both",
    ],
)
def test_those_it_concerns_are_told(
    services: Services, world: World, happens: Callable[[Session, World], None], told: Told
) -> None:
    with services.database.transaction() as session:
        session.query(Notice).delete()
        happens(session, world)
        session.flush()
        assert _told(session, world) == told


def _told(session: Session, world: World) -> Told:
    names = {person.id: name for name, person in world.everybody.items()}
    return {(names[notice.person_id], notice.kind) for notice in session.scalars(select(Notice))}


@pytest.mark.parametrize("shared", [False, True])
def test_the_coach_hears_of_a_clip_when_there_is_something_to_watch(
    services: Services, world: World, shared: bool
) -> None:
    """One that is shared at upload is announced when it is ready; its owner hears that in any case."""
    with services.database.transaction() as session:
        session.query(Notice).delete()
        clip = make_clip(session, world.cycle, world.asha, shared=False)
        clip.state = ClipState.QUEUED
        clip.original_key = "clips/x/original"
        if shared:
            sharing.share_with_coach(session, clip, by=world.asha)
        clips.queue_processing(session, clip, services.doorbell)
        session.flush()
        assert _told(session, world) == set()
        claimed = jobs.claim(session, clip.id, 60)
        assert claimed is not None
        made = jobs.Made(1000, 30, 1, 30, 640, 360, note=None, sha256=None)
        assert jobs.publish(session, claimed, made, [], keep_original=True)
        expected = {("asha", NoticeKind.CLIP_READY)} | ({("priya", NoticeKind.CLIP_SHARED)} if shared else set())
        assert _told(session, world) == expected


def test_the_owner_hears_of_a_clip_that_failed_or_was_set_aside(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.query(Notice).delete()
        for how in ("fail", "quarantine"):
            clip: Clip = make_clip(session, world.cycle, world.asha, shared=False)
            clip.state = ClipState.QUEUED
            clip.original_key = "clips/x/original"
            clips.queue_processing(session, clip, services.doorbell)
            session.flush()
            claimed = jobs.claim(session, clip.id, 60)
            assert claimed is not None
            if how == "fail":
                jobs.fail(session, claimed, "no_video_track", "There is no picture.")
            else:
                job = session.scalars(select(Job).where(Job.clip_id == clip.id)).one()
                jobs.quarantine(session, session.get_one(Clip, clip.id), job)
            notices = session.scalars(select(Notice).where(Notice.subject_id == clip.id)).all()
            assert [(n.person_id, n.kind) for n in notices] == [(world.asha.id, NoticeKind.CLIP_FAILED)]


def test_the_same_again_only_makes_it_newer_until_it_is_read(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.query(Notice).delete()
        for by in (world.priya.id, world.theo.id):
            tell(session, [world.asha.id], NoticeKind.GOAL_WRITTEN, world.cycle.id, by=by)
        notice = session.scalars(select(Notice)).one()
        session.refresh(notice)
        assert notice.by_id == world.theo.id
        read(session, world.asha.id, notice.id)
        session.flush()
        tell(session, [world.asha.id], NoticeKind.GOAL_WRITTEN, world.cycle.id, by=world.priya.id)
        assert len(session.scalars(select(Notice)).all()) == 2


def test_nobody_hears_of_what_they_did_themselves(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.query(Notice).delete()
        tell(session, [world.asha.id], NoticeKind.GOAL_WRITTEN, world.cycle.id, by=world.asha.id)
        assert session.scalars(select(Notice)).all() == []


def test_two_at_once_make_one_notice(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.query(Notice).delete()
    ready = threading.Barrier(2)

    def one() -> None:
        ready.wait(60)
        with services.database.transaction() as session:
            tell(session, [world.asha.id], NoticeKind.GOAL_WRITTEN, world.cycle.id, by=world.priya.id)

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(one) for _ in range(2)]:
            done.result(60)
    with services.database.reading() as session:
        assert len(session.scalars(select(Notice)).all()) == 1


def test_old_notices_are_forgotten(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        session.query(Notice).delete()

        def notice(happened: int, was_read: int | None) -> Notice:
            at = now()
            made = Notice(
                person_id=world.asha.id,
                kind=NoticeKind.CLIP_READY,
                subject_id=world.cycle.id if was_read is None and happened > 100 else world.pair.id,
                happened_at=at - timedelta(days=happened),
                read_at=None if was_read is None else at - timedelta(days=was_read),
            )
            session.add(made)
            session.flush()
            return made

        kept = {notice(70, 59).id, notice(90, None).id}
        notice(70, 61)
        notice(181, None)
        assert forget(session, now()) == 2
        assert set(session.scalars(select(Notice.id))) == kept
