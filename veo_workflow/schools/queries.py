import uuid
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.errors import InvalidInput, NotFound
from veo_workflow.schools.models import School, Term


def terms(session: Session, school_id: uuid.UUID) -> list[Term]:
    """The school's terms from last year's on, in order."""
    return list(
        session.scalars(select(Term).where(Term.school_id == school_id).order_by(Term.starts_on.desc()).limit(12))
    )[::-1]


def term_on(session: Session, school_id: uuid.UUID, day: date) -> Term | None:
    """The term of a day; in the holidays, the one that comes next, or else the last one."""
    known = terms(session, school_id)
    return next((term for term in known if term.ends_on >= day), known[-1] if known else None)


def school_named(session: Session, name: str | None) -> School:
    """The school of that name; without one, the only school there is. Raises NotFound, InvalidInput."""
    query = select(School).order_by(School.name).limit(2)
    found = session.scalars(query.where(School.name == name) if name else query).all()
    if not found:
        raise NotFound("There is no such school yet. Add it first with: veo school add NAME")
    if len(found) > 1:
        raise InvalidInput("There is more than one school here. Say which one with --school NAME.")
    return found[0]
