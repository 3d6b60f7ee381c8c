from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.people.models import Person
from veo_workflow.schools.year.operations import check_standing, figures_of
from veo_workflow.schools.year.rules import read_figures


def agree_with(session: Session, person: Person, sent: dict[str, str], *, by: Person) -> None:
    """What this colleague gets; an empty figure is the school's again.

    Raises InvalidInput, or Conflict carrying the figures that stand now when somebody else changed them meanwhile.
    """
    figures = read_figures(sent, may_be_empty=True)
    session.refresh(person, with_for_update={"key_share": True})
    check_standing(figures_of(person), sent.get("standing", ""))
    for name, figure in figures.items():
        setattr(person, name, figure)
    record(session, "rhythm_agreed", by=by.id, school=person.school_id, subject=("person", person.id))
