from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.schools.models import School
from veo_workflow.schools.rules import local_day
from veo_workflow.schools.year.operations import add_year
from veo_workflow.schools.year.rules import usual_year


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
    add_year(session, school.id, usual_year(local_day(now(), school.timezone)), by=None)
    record(session, "school_added", by=None, school=school.id, subject=("school", school.id))
    return school
