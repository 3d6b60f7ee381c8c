"""What each room gives to the archive of a person: plain values, tables of them, and files it keeps in storage."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from veo_workflow.audit import takeout as audit
from veo_workflow.clips import takeout as clips
from veo_workflow.cycles import takeout as cycles
from veo_workflow.cycles.evidence import takeout as evidence
from veo_workflow.cycles.learning import takeout as learning
from veo_workflow.cycles.sessions import takeout as sessions
from veo_workflow.notices import takeout as notices
from veo_workflow.oversight import takeout as oversight
from veo_workflow.people import takeout as people
from veo_workflow.people.models import Person
from veo_workflow.reviews import takeout as reviews
from veo_workflow.tags import takeout as tags
from veo_workflow.takeout.person.rules import Stored

Part = Callable[[Session, Person], dict[str, Any]]
# (id of the thing, key, bytes, when it was made, what it is called)
Files = Callable[[Session, Person], list[tuple[uuid.UUID, str, int, datetime, str]]]

PARTS: tuple[Part, ...] = (
    people.of_person,
    cycles.of_person,
    sessions.of_person,
    clips.of_person,
    tags.of_person,
    reviews.of_person,
    oversight.of_person,
    lambda session, person: notices.of_person(session, person.id),
    lambda session, person: audit.of_person(session, person.id),
)
# Which lists people may want to open as a table, and the columns of each; what is not named is in the JSON alone.
SHEETS: dict[str, tuple[str, ...]] = {
    **people.SHEETS,
    **cycles.SHEETS,
    **sessions.SHEETS,
    **clips.SHEETS,
    **tags.SHEETS,
    **oversight.SHEETS,
    **audit.SHEETS,
}
FILES: dict[str, Files] = {
    "films": clips.files_of_person,
    "evidence": evidence.files_of_person,
    "resources": learning.files_of_person,
}


def everything_of(session: Session, person: Person) -> dict[str, Any]:
    """Every room's values, in a fixed number of statements."""
    held: dict[str, Any] = {}
    for part in PARTS:
        held |= part(session, person)
    return held


def files_of(session: Session, person: Person) -> Iterator[Stored]:
    """What is in storage and the person's own today: one statement a kind."""
    for folder, files in FILES.items():
        for thing, key, size, made_at, words in files(session, person):
            yield Stored(thing, folder, key, size, made_at, words)
