from sqlalchemy import select
from sqlalchemy.orm import Session

from veo_workflow.errors import Conflict
from veo_workflow.people.models import Person, PersonRole, Role
from veo_workflow.people.roles import rules
from veo_workflow.people.staff.operations import change_roles


def give(session: Session, person: Person, wanted: frozenset[Role], *, seen: frozenset[Role], by: Person) -> None:
    """From now on these are what somebody does for the whole school; `seen` is what the form was filled from.

    Raises InvalidInput where nobody else would be left to do it, Conflict where somebody else was quicker.
    """
    held_by_others = _held_here(session, person)
    session.refresh(person, ["roles"])
    present = frozenset(held.role for held in person.roles)
    if present != seen:
        raise Conflict(
            f"Somebody else has changed this meanwhile. {person.given_name} is now: {rules.named(present)}. "
            f"You chose: {rules.named(wanted)}. Nothing is changed yet; save once more if yours is right.",
            code="roles_overtaken",
        )
    rules.check_left(present - wanted, held_by_others)
    change_roles(session, person, wanted, by=by)


def _held_here(session: Session, person: Person) -> frozenset[Role]:
    """What others with a live account do for the school; of two changes at once, one comes first."""
    here = (Person.school_id == person.school_id, Person.disabled_at.is_(None))
    ours = select(PersonRole).join(Person, Person.id == PersonRole.person_id).where(*here)
    held = session.scalars(ours.order_by(PersonRole.person_id, PersonRole.role).with_for_update(of=PersonRole)).all()
    return frozenset(each.role for each in held if each.person_id != person.id)
