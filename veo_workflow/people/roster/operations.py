"""A school's lead keeps the roster of coaches; `by` is that person's id."""

import uuid
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.models import Coach, Pair, Person
from veo_workflow.people.roster import rules
from veo_workflow.people.roster.rules import CoachFacts


def on_the_roster(session: Session, person: Person, since: date) -> None:
    """Whoever is given a pair coaches: a new row, or an ended one begun again; one that is there stays as it is."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = insert(Coach).values(
        person_id=person.id, school_id=person.school_id, since=since, capacity=rules.USUAL, version=0
    )
    session.execute(new.on_conflict_do_update(index_elements=["person_id"], set_={"ended_at": None}))


def join(session: Session, person: Person, facts: CoachFacts, *, by: uuid.UUID) -> None:
    """Somebody coaches from now on; somebody who did before begins with these facts.

    Raises Conflict when they are on the roster already.
    """
    coach = session.get(Coach, person.id, with_for_update=True, populate_existing=True)
    if coach is not None and coach.ended_at is None:
        raise Conflict(f"{person.given_name} is on the roster already. Change the entry instead.", code="coaches")
    if coach is None:
        session.add(Coach(person_id=person.id, school_id=person.school_id, **vars(facts)))
        session.flush()
    else:
        coach.ended_at = None
        _write(coach, facts)
    _note(session, person, NoticeKind.ROSTER_JOINED, by)


def alter(session: Session, coach: Coach, facts: CoachFacts, *, version: int, by: uuid.UUID) -> None:
    """Raises Conflict carrying the facts that stand now when somebody else changed them since `version`."""
    session.refresh(coach, with_for_update=True)
    if coach.version != version:
        raise Conflict(
            "Somebody else changed this entry while you were writing. Both are below.",
            code="coach_changed",
            theirs=CoachFacts(coach.since, coach.trained_on, coach.capacity),
            version=coach.version,
        )
    _write(coach, facts)
    record(session, "coach_changed", by=by, school=coach.school_id, subject=("person", coach.person_id))


def stop(session: Session, person: Person, *, by: uuid.UUID) -> None:
    """Somebody coaches no longer; what the roster knew of them is kept. Raises InvalidInput while they have a pair."""
    coach = session.get_one(Coach, person.id, with_for_update=True, populate_existing=True)
    rules.check_may_stop(person.given_name, pairs_now(session, person.id))
    if coach.ended_at is None:
        coach.ended_at = now()
        coach.version += 1
        _note(session, person, NoticeKind.ROSTER_LEFT, by)


def pairs_now(session: Session, person_id: uuid.UUID) -> int:
    """How many pairs somebody coaches in today."""
    query = select(func.count()).select_from(Pair).where(Pair.coach_id == person_id, Pair.ended_at.is_(None))
    return session.scalar(query) or 0


def _write(coach: Coach, facts: CoachFacts) -> None:
    for name, value in vars(facts).items():
        setattr(coach, name, value)
    coach.version += 1


def _note(session: Session, person: Person, kind: NoticeKind, by: uuid.UUID) -> None:
    tell(session, [person.id], kind, person.id, by=by)
    record(session, kind.value, by=by, school=person.school_id, subject=("person", person.id))
