from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.schools import rules
from veo_workflow.schools.models import AcademicYear, HalfTerm, School, Term


def add_school(session: Session, name: str) -> School:
    """A new school with the usual terms of the present academic year.

    Raises InvalidInput, or Conflict when the name is taken.
    """
    name = name.strip()
    if not name or len(name) > 200:
        raise InvalidInput(
            "Give the school's name, in at most 200 characters.", fields={"school": "Write the school's name."}
        )
    school = School(name=name)
    try:
        with session.begin_nested():
            session.add(school)
    except IntegrityError:
        raise Conflict(f"There is a school called {name} already.", code="duplicate_school") from None
    add_usual_year(session, school)
    record(session, "school_added", by=None, school=school.id, subject=("school", school.id))
    return school


def add_usual_year(session: Session, school: School) -> None:
    name, terms = rules.usual_year(rules.local_day(now(), school.timezone))
    year = AcademicYear(school_id=school.id, name=name, starts_on=terms[0].starts_on, ends_on=terms[-1].ends_on)
    session.add(year)
    session.flush()
    for dates in terms:
        term = Term(
            academic_year_id=year.id,
            school_id=school.id,
            name=dates.name,
            starts_on=dates.starts_on,
            ends_on=dates.ends_on,
        )
        session.add(term)
        session.flush()
        session.add_all(
            HalfTerm(school_id=school.id, term_id=term.id, number=number, starts_on=starts_on, ends_on=ends_on)
            for number, (starts_on, ends_on) in enumerate(rules.halves(dates), start=1)
        )
