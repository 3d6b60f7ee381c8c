from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.people.models import Person
from veo_workflow.schools.year.rules import read_figures


def agree_with(session: Session, person: Person, sent: dict[str, str], *, by: Person) -> None:
    """What this colleague gets; an empty figure is the school's again. Raises InvalidInput."""
    for name, figure in read_figures(sent, may_be_empty=True).items():
        setattr(person, name, figure)
    record(session, "rhythm_agreed", by=by.id, school=person.school_id, subject=("person", person.id))
