"""Pure decisions about roles: what each lets somebody see, and which the school cannot do without."""

from collections.abc import Iterable, Set
from dataclasses import dataclass

from veo_workflow.errors import InvalidInput
from veo_workflow.people.models import Role


@dataclass(frozen=True)
class Said:
    """A role in plain words: what it is called, what it opens and what it does not."""

    name: str
    sees: str
    never: str


ROLES = {
    Role.LEAD: Said(
        "Coaching lead",
        "Sees who coaches whom, each cycle’s stage, the coaching logs that are handed in, and counts over five people "
        "or more. Sets up pairs, dates and the playbook.",
        "Sees no clip, no still, no note on a moment and no note between a pair.",
    ),
    Role.ADMINISTRATOR: Said(
        "Administrator",
        "Sees everybody’s name, address and roles. Invites people, closes accounts, decides about signing in and how "
        "long footage is kept.",
        "Sees no footage and nothing of the coaching. A new password goes to the person alone.",
    ),
    Role.SAFEGUARDING_LEAD: Said(
        "Safeguarding lead",
        "Sees whose clips there are and when they were made, and who had access to them. Puts a clip on hold, and "
        "watches it only with a second, named person and a written reason.",
        "Sees no footage by this alone. The coachee is told, unless the law forbids it.",
    ),
}
# Somebody has to be left who can give the role back.
NEEDED = frozenset({Role.LEAD, Role.ADMINISTRATOR})


def read_roles(sent: Iterable[str]) -> frozenset[Role]:
    """What a form has ticked. Raises InvalidInput."""
    try:
        return frozenset(Role(each) for each in sent)
    except ValueError:
        raise InvalidInput("That role does not exist. Reload the page and choose again.") from None


def named(roles: Set[Role]) -> str:
    """Roles in words, in one order."""
    return ", ".join(ROLES[role].name for role in Role if role in roles) or "nothing for the whole school"


def check_left(taken: Set[Role], left: Set[Role]) -> None:
    """Return if each role that is taken away and needed is still held by somebody else, `left`. Raises InvalidInput."""
    for role in sorted(taken & NEEDED - left):
        name = ROLES[role].name.lower()
        raise InvalidInput(
            f"Nobody else here is {'an' if name[0] == 'a' else 'a'} {name}. Give the role to a colleague first.",
            code="last_of_role",
            fields={role.value: "Somebody has to have this role."},
        )
