import uuid
from collections import defaultdict
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from veo_workflow.database import now
from veo_workflow.errors import InvalidInput, NotFound
from veo_workflow.schools.models import Closure, HalfTerm, School, Term
from veo_workflow.schools.rules import SchoolDays, delete_by, local_day, term_around
from veo_workflow.schools.year.queries import closure_dates, span_of
from veo_workflow.schools.year.rules import Span

DATES = 500  # of half-terms or closures: ten years hold fewer


def terms(session: Session, school_id: uuid.UUID) -> list[Term]:
    """The school's terms from last year's on, in order."""
    return list(
        session.scalars(select(Term).where(Term.school_id == school_id).order_by(Term.starts_on.desc()).limit(12))
    )[::-1]


def term_on(session: Session, school_id: uuid.UUID, day: date) -> Term | None:
    """The term of a day; in the holidays, the one that comes next, or else the last one."""
    return term_around(terms(session, school_id), day)


def today_at(session: Session, school_id: uuid.UUID) -> date:
    """The day it is now where the school is: one statement, which the page's letterhead need not ask again."""
    school = session.get_one(School, school_id)
    session.info["school"] = school  # a session forgets rows that nobody holds
    return local_day(now(), school.timezone)


def before_today(
    session: Session,
    day: InstrumentedAttribute[date] | InstrumentedAttribute[date | None],
    school_id: InstrumentedAttribute[uuid.UUID],
    at: datetime,
    *,
    ahead: timedelta = timedelta(0),
) -> ColumnElement[bool]:
    """Of rows of any school: `day` is over there at that moment, or will be `ahead` of it. One statement is asked."""
    schools: defaultdict[date, list[uuid.UUID]] = defaultdict(list)
    for school, timezone in session.execute(select(School.id, School.timezone)):
        schools[local_day(at, timezone)].append(school)
    return or_(false(), *(and_(day < today + ahead, school_id.in_(ids)) for today, ids in schools.items()))


def kept_until(session: Session, school_id: uuid.UUID, made_at: datetime) -> date:
    """The last day of something made at that moment, by the school's policy: two statements."""
    school = session.get_one(School, school_id)
    ends = [term.ends_on for term in terms(session, school_id)]
    return delete_by(local_day(made_at, school.timezone), ends, school.keep_clips_days)


def school_days(session: Session, school_id: uuid.UUID, during: Span) -> SchoolDays:
    """When the school is open from the first to the last of these days: two statements."""
    halves = session.scalars(
        select(HalfTerm)
        .where(
            HalfTerm.school_id == school_id,
            HalfTerm.starts_on <= during.ends_on,
            HalfTerm.ends_on >= during.starts_on,
        )
        .order_by(HalfTerm.starts_on)
        .limit(DATES)
    )
    closures = session.scalars(
        select(Closure)
        .where(
            Closure.school_id == school_id,
            Closure.starts_on <= during.ends_on,
            Closure.ends_on >= during.starts_on,
        )
        .order_by(Closure.starts_on)
        .limit(DATES)
    )
    return SchoolDays(tuple(span_of(half) for half in halves), tuple(closure_dates(each) for each in closures))


def school_named(session: Session, name: str | None) -> School:
    """The school of that name; without one, the only school there is. Raises NotFound, InvalidInput."""
    query = select(School).order_by(School.name).limit(2)
    found = session.scalars(query.where(School.name == name) if name else query).all()
    if not found:
        raise NotFound("There is no such school yet. Add it first with: veo school add NAME")
    if len(found) > 1:
        raise InvalidInput("There is more than one school here. Say which one with --school NAME.")
    return found[0]
