from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.schools import rules
from veo_workflow.schools.models import AcademicYear, School, Term


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
    session.add_all(
        Term(
            academic_year_id=year.id,
            school_id=school.id,
            name=term.name,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
        )
        for term in terms
    )
