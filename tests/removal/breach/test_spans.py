"""When somebody could watch: what opened a clip to them, less what closed it to them, put together in the database."""

import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.support.statements import counted
from tests.support.world import World, make_clip
from veo_workflow.audit.models import AuditEntry
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.cycles.models import Cycle
from veo_workflow.database import new_id
from veo_workflow.people.models import Pair, Person
from veo_workflow.removal.breach import queries
from veo_workflow.removal.breach.asking import Asked
from veo_workflow.removal.breach.rules import Period
from veo_workflow.removal.holds.models import Hold, HoldRequest, Wish
from veo_workflow.services import Services

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Case(NamedTuple):
    """Days: what the log says of the clip, its present state, its holds, and when the coach could watch it."""

    log: str
    spans: list[tuple[int, int | None]]
    shared: int | None = None
    ended: int | None = None
    holds: tuple[tuple[int, int | None], ...] = ()
    flagged: int | None = None


CASES = (
    Case("", []),
    Case("+0", [(0, None)], shared=0),
    Case("+0 -1", [(0, 1)]),
    Case("+0 -1 +2", [(0, 1), (2, None)], shared=2),
    Case("+0 +1 -2 -3", [(0, 2)]),
    Case("+0 -1 +2", [(0, 1), (2, 3)], shared=2, ended=3),
    Case("+0", [(0, 3)], ended=3),  # with the clip it is over, and nothing says it was taken back
    Case("+0 -1 +4", [(0, 1)], ended=3),
    Case("", [(1, None)], shared=1),  # from before the log
    Case("+0", [(0, 2), (4, None)], shared=0, holds=((2, 4),)),
    Case("+0", [(0, 2)], shared=0, holds=((2, None),)),
    Case("+0 -3", [(0, 2)], holds=((2, 4),)),
    Case("+0 f1 u3", [(0, 1), (3, None)], shared=0),
    Case("+0 f1 t3", [(0, 1), (3, None)], shared=0),  # what was flagged is trimmed away
    Case("+0 f1", [(0, 1)], shared=0, flagged=1),
    Case("+0 f2 u5", [(0, 1), (5, None)], shared=0, holds=((1, 3),)),  # one within the other's time
    Case("+0", [(0, 1), (2, 3), (4, None)], shared=0, holds=((1, 2), (3, 4))),
)
SAYS = {
    "+": "clip_shared_with_coach",
    "-": "clip_unshared_with_coach",
    "f": "clip_flagged",
    "u": "clip_unflagged",
    "t": "clip_trimmed",
}

DAYS_ASKED = {(None, 1): 0, (None, 2): 1, (4, None): 1, (5, None): 0, (3, 3): 1}


def day(number: int | None) -> datetime | None:
    return None if number is None else FIRST + timedelta(days=number)


def moment(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def put(session: Session, world: World, case: Case) -> Clip:
    clip = make_clip(session, session.get_one(Cycle, world.cycle.id), session.get_one(Person, world.asha.id))
    clip.shared_with_coach_at, clip.ended_at, clip.flagged_at = day(case.shared), day(case.ended), day(case.flagged)
    subject = {"school_id": clip.school_id, "person_id": world.asha.id, "subject_kind": "clip", "subject_id": clip.id}
    session.add_all(AuditEntry(action=SAYS[said[0]], at=moment(int(said[1:])), **subject) for said in case.log.split())
    session.add_all(hold_of(clip, world, *days) for days in case.holds)
    return clip


def hold_of(clip: Clip, world: World, placed: int, lifted: int | None) -> Hold:
    of_clip = {"school_id": clip.school_id, "clip_id": clip.id, "placed_by_id": world.sid.id}
    return Hold(**of_clip, reason="canary-reason", is_told=True, placed_at=moment(placed), lifted_at=day(lifted))


def test_a_clip_was_open_to_its_coach_each_time_it_was_shared_and_neither_held_nor_flagged(
    services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        clips = [put(session, world, case).id for case in CASES]
    with services.database.reading() as session:
        every = list(queries.every_line(session, Asked(world.asha.school_id, account=world.priya.id)))
    for clip, case in zip(clips, CASES, strict=True):
        found = [(line.since, line.until) for line in every if (line.clip_id, line.what) == (clip, "coach")]
        assert found == [(day(since), day(until)) for since, until in case.spans], case


def test_the_end_of_the_pair_ends_it_and_a_share_rests_while_the_clip_is_held(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        clip = put(session, world, Case("+0", [], shared=0, holds=((2, 4),)))
        shared = {"clip_id": clip.id, "shared_at": moment(1), "until": date(2026, 3, 9)}
        session.add_all([ClipShare(person_id=world.sam.id, **shared), ClipShare(revoked_at=moment(5), **shared)])
        session.flush()
        hold = session.query(Hold).one()
        viewing = {"asked_by_id": world.sid.id, "second_id": world.ada.id, "asked_at": moment(2)}
        answer = {"answered_at": moment(3), "agreed": True, "ends_at": moment(4)}
        session.add(HoldRequest(hold_id=hold.id, wish=Wish.VIEW, reason="canary-reason", **viewing, **answer))
        refused = {**answer, "agreed": False, "ends_at": None}
        session.add(HoldRequest(hold_id=hold.id, wish=Wish.VIEW, reason="canary-reason", **viewing, **refused))
        session.get_one(Pair, world.pair.id).ended_at = moment(6)
    of_clip = Asked(world.asha.school_id, clip=clip.id, period=Period(timezone="UTC"))
    with services.database.reading() as session:
        told = [line for line in queries.every_line(session, of_clip) if line.kind == "could" and line.what != "owner"]
    over = datetime(2026, 3, 10, tzinfo=UTC)
    assert {(line.who, line.what, line.since, line.until) for line in told} == {
        ("Priya Nair", "coach", moment(0), moment(2)),
        ("Priya Nair", "coach", moment(4), moment(6)),
        ("Sam Hill", "shared by name", moment(1), moment(2)),
        ("Sam Hill", "shared by name", moment(4), over),
        ("everybody at the school", "shared with everybody", moment(1), moment(2)),
        ("everybody at the school", "shared with everybody", moment(4), moment(5)),
        ("Sid Vale", "viewing under a hold", moment(3), moment(4)),
        ("Ada West", "second person of a viewing", moment(3), moment(4)),
    }
    assert "canary" not in str(told)
    with services.database.reading() as session:
        of_ada = list(queries.every_line(session, Asked(world.asha.school_id, account=world.ada.id)))
        elsewhere = queries.count(session, Asked(world.olu.school_id, account=world.olu.id))
    assert [line.what for line in of_ada if line.who == "Ada West"] == ["second person of a viewing"]
    assert {line.who for line in of_ada} == {"Ada West", "everybody at the school"}
    assert elsewhere == 0


def test_days_that_are_asked_for_are_those_it_had_any_part_in(services: Services, world: World) -> None:
    with services.database.transaction() as session:
        put(session, world, Case("+0 -2", []))
    asked = Asked(world.asha.school_id, account=world.priya.id)
    with services.database.reading() as session:
        for (first, last), found in DAYS_ASKED.items():
            period = Period(first and date(2026, 3, first), last and date(2026, 3, last), "UTC")
            assert queries.count(session, replace(asked, period=period)) == found, (first, last)


@pytest.mark.parametrize("database", ["postgresql"])  # whose client holds every row unless it is told not to
def test_two_thousand_lines_take_one_statement_a_page_and_no_more_memory_than_few(
    services: Services, world: World
) -> None:
    with services.database.transaction() as session:
        clip = put(session, world, Case("+0", [], shared=0))
        entry = {"school_id": clip.school_id, "person_id": world.priya.id, "action": "clip_watched"}
        watched = [
            {
                "id": new_id(),
                "at": FIRST + timedelta(minutes=5 * n),
                "subject_kind": "clip",
                "subject_id": clip.id,
                **entry,
            }
            for n in range(2000)
        ]
        session.execute(insert(AuditEntry), watched)
    asked = Asked(world.asha.school_id, account=world.priya.id)
    with services.database.reading() as session:
        assert queries.count(session, asked) == 2001
        with counted(services.database.engine) as statements:
            last = queries.lines(session, asked, limit=20, offset=2000)
        assert (len(statements), [line.since for line in last]) == (1, [FIRST + timedelta(minutes=5 * 1999)])
        two_days = replace(asked, period=Period(last=date(2026, 3, 3)))
        queries.as_csv(session, two_days).close()  # what is compiled once is not a matter of length
        (few, little), (many, most) = taken(session, two_days), taken(session, asked)
    assert (few, many) == (470, 2002)
    assert most < 1.5 * little


def taken(session: Session, asked: Asked) -> tuple[int, int]:
    """How many lines the file has, and how much memory it took at most to write it, in bytes."""
    tracemalloc.start()
    with queries.as_csv(session, asked) as file:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return sum(1 for _ in file), most
