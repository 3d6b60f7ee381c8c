"""Who is next: fair to short clips and to colleagues, the same for every bell, and told to those who wait."""

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from flask.testing import FlaskClient

from tests.support.statements import counted
from tests.support.world import World, make_clip
from veo_workflow.clips import jobs, operations, waiting
from veo_workflow.clips.models import Clip, ClipState, Job, JobState
from veo_workflow.clips.rules import Line, due_at, film_seconds, wait_before_next
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import now
from veo_workflow.media import Span
from veo_workflow.people.models import Person
from veo_workflow.services import Services

AT = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


# ---- the rules


def test_a_short_clip_overtakes_the_long_ones_that_came_shortly_before() -> None:
    long, short = due_at(AT, None, 20 * 60), due_at(AT + 30 * MINUTE, None, 60)
    assert short < long


def test_a_long_clip_is_overtaken_by_nothing_that_comes_much_later() -> None:
    assert due_at(AT, None, 20 * 60) < due_at(AT + 61 * MINUTE, None, 1)


def test_twenty_clips_of_one_person_let_a_colleagues_through() -> None:
    dues: list[datetime] = []
    for _ in range(20):
        dues.append(due_at(AT, dues[-1] if dues else None, 5 * 60))
    colleagues = due_at(AT + MINUTE, None, 5 * 60)
    assert sum(due < colleagues for due in dues) == 1


def test_what_somebody_sent_long_ago_is_not_held_against_them() -> None:
    assert due_at(AT, AT - MINUTE, 60) == due_at(AT, None, 60)


def test_the_length_of_a_film_is_told_by_what_is_known_of_it() -> None:
    assert film_seconds(60_000_000, kept=None, duration_ms=None) == 60
    assert film_seconds(60_000_000, kept=None, duration_ms=5000) == 5
    assert film_seconds(0, kept=Span(0, 59, Fraction(30)), duration_ms=60_000) == 2
    assert film_seconds(0, kept=None, duration_ms=None) == 1


def test_each_try_waits_longer_than_the_one_before() -> None:
    assert [wait_before_next(tried, 30) for tried in (1, 2)] == [30, 120]


def _line(places: Sequence[uuid.UUID], running: Sequence[tuple[int, float]], done: Sequence[tuple[int, float]]) -> Line:
    return Line([(AT + n * MINUTE, clip_id, 120) for n, clip_id in enumerate(places)], running, done)


@pytest.mark.parametrize(
    ("place", "running", "done", "said"),
    [
        (0, [(120, 0.0)], [(60, 60.0)], "Next in the queue, about 4 minutes"),
        (2, [(120, 60.0)], [(60, 60.0), (120, 120.0)], "Third in the queue, about 7 minutes"),
        (2, [(120, 60.0), (120, 60.0)], [(60, 60.0)], "Third in the queue, about 5 minutes"),
        (0, [(1, 0.0)], [(120, 1.0)], "Next in the queue, about a minute"),
        (11, [(120, 600.0)], [(60, 360.0)], "Number 12 in the queue, about 3 hours"),
        (1, [], [(60, 60.0)], "Second in the queue"),
        (1, [(120, 60.0)], [], "Second in the queue"),
    ],
)
def test_who_waits_is_told_the_place_and_a_time_where_there_is_something_to_judge_by(
    place: int, running: Sequence[tuple[int, float]], done: Sequence[tuple[int, float]], said: str
) -> None:
    clips = [uuid.uuid4() for _ in range(12)]
    assert _line(clips, running, done).said_of(clips[place]) == said


def test_of_a_clip_that_is_not_in_the_queue_nothing_is_said() -> None:
    assert _line([], [], []).said_of(uuid.uuid4()) is None


# ---- the rows


Queue = Callable[..., uuid.UUID]


@pytest.fixture
def queue(services: Services, world: World) -> Queue:
    """A clip of so many seconds is sent, and waits."""

    def sent(seconds: int, owner: Person | None = None) -> uuid.UUID:
        with services.database.transaction() as session:
            person = session.get_one(Person, (owner or world.asha).id)
            clip = make_clip(session, session.get_one(Cycle, world.cycle.id), person, title=f"{seconds} s")
            clip.state, clip.duration_ms, clip.original_key = ClipState.QUEUED, None, f"uploads/{clip.id}/original"
            clip.original_bytes = seconds * 1_000_000
            operations.queue_processing(session, clip, services.doorbell)
            return clip.id

    return sent


def _next(services: Services) -> jobs.Claim | None:
    with services.database.transaction() as session:
        return jobs.claim_next(session, 60)


def test_any_bell_is_for_whoever_is_next(services: Services, world: World, queue: Queue) -> None:
    long, short, second_of_asha = queue(1200), queue(5, world.tess), queue(5)
    order = [claimed.clip_id for claimed in iter(lambda: _next(services), None)]
    assert order == [short, long, second_of_asha]


def test_a_clip_that_was_put_off_waits_its_time_and_lets_others_by(services: Services, queue: Queue) -> None:
    first, second = queue(1), queue(60)
    claimed = _next(services)
    assert claimed is not None
    with services.database.transaction() as session:
        jobs.give_back(session, claimed, 3600)
    other = _next(services)
    assert (claimed.clip_id, other and other.clip_id, _next(services)) == (first, second, None)
    with services.database.transaction() as session:
        session.query(Job).filter_by(clip_id=first).update({"wait_until": now()})
    again = _next(services)
    assert again is not None
    assert (again.clip_id, again.attempt, again.attempts_left) == (first, 2, 1)


def test_who_was_put_off_has_no_place_until_then_and_who_was_handed_back_has_one_at_once(
    services: Services, queue: Queue
) -> None:
    handed_back, put_off = queue(1), queue(60)
    first, second = _next(services), _next(services)
    assert first is not None
    assert second is not None
    with services.database.transaction() as session:
        assert jobs.hand_back(session, first, services.doorbell)
        assert jobs.give_back(session, second, 3600)
    assert _places(services) == [handed_back]
    with services.database.transaction() as session:
        session.query(Job).filter_by(clip_id=put_off).update({"wait_until": now() - timedelta(seconds=1)})
    assert _places(services) == [handed_back, put_off]
    again = _next(services)
    assert again is not None
    assert (again.clip_id, again.attempt, again.attempts_left) == (handed_back, 2, 2)


def _places(services: Services) -> list[uuid.UUID]:
    with services.database.reading() as session:
        return [clip_id for _, clip_id, _ in waiting.line(session).waiting]


def test_the_place_is_on_the_card_and_in_the_news_for_one_more_question(
    services: Services, world: World, queue: Queue, client_for: Callable[[Person | None], FlaskClient]
) -> None:
    done, running, first, second = queue(60), queue(60), queue(60), queue(120)
    with services.database.transaction() as session:
        jobs = {job.clip_id: job for job in session.query(Job)}
        jobs[done].state, jobs[running].state = JobState.DONE, JobState.RUNNING
        jobs[done].started_at, jobs[done].finished_at = now() - timedelta(seconds=60), now()
        jobs[running].started_at = now()
        session.get_one(Clip, done).state = ClipState.READY
        session.get_one(Clip, running).state = ClipState.PROCESSING
    asha = client_for(world.asha)
    page = asha.get(f"/cycles/{world.cycle.id}").get_data(as_text=True)
    assert "Next in the queue, about 2 minutes." in page
    assert "Second in the queue, about 4 minutes." in page
    with counted(services.database.engine) as statements:
        news = asha.get(f"/api/clips/progress?id={first}&id={second}&id={running}").get_json()
    places = {each["id"]: each["place"] for each in news}
    assert places[str(first)] == "Next in the queue, about 2 minutes"
    assert places[str(running)] is None
    assert len([statement for statement in statements if "FROM jobs" in statement]) == 1


@pytest.mark.parametrize("database", ["sqlite"])  # the only one that says how it will go about it
def test_the_rows_come_by_their_indexes(services: Services, queue: Queue) -> None:
    queue(1)
    with counted(services.database.engine) as statements, services.database.transaction() as session:
        waiting.line(session)
        jobs.claim_next(session, 60)
    with services.database.engine.connect() as connection:
        for statement in statements[:2]:
            places = statement.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("x",) * places).all()
            assert not [row for row in plan if "SCAN jobs" in row[3]], plan
