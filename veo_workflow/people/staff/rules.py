"""What a list of staff says, line by line, and what it would change: pure decisions on plain values."""

import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from veo_workflow import sheets
from veo_workflow.errors import InvalidInput
from veo_workflow.people.models import Role
from veo_workflow.people.roster.rules import MOST, USUAL, CoachFacts, read_capacity
from veo_workflow.people.rules import normal_email

HEADING = ("Name", "E-mail", "Roles", "Trained on", "Capacity")
COLUMNS = ("name", "e-mail", "email", "roles", "trained_on", "capacity")  # as `sheets.read` knows them
LARGEST = 600_000  # bytes: it goes to the page and back before it is applied
NAME_LENGTH = 120
ROLE_WORDS = {Role.LEAD: "lead", Role.ADMINISTRATOR: "administrator", Role.SAFEGUARDING_LEAD: "safeguarding lead"}
ROLES = {word: role for role, word in ROLE_WORDS.items()} | {"coaching lead": Role.LEAD}


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line of the file, and what to do about it."""

    line: int
    sentence: str


@dataclass(frozen=True)
class Wanted:
    """A line of the file; None stands for a column that is not there, or a cell that leaves things as they are."""

    line: int
    email: str
    name: str
    roles: frozenset[Role] | None
    trained_on: date | None
    capacity: int | None


@dataclass(frozen=True)
class Known:
    """Who has an address already; `coach` is what the roster says of them. Of strangers only that they are there."""

    id: uuid.UUID
    email: str
    name: str
    roles: frozenset[Role]
    coach: CoachFacts | None
    is_stranger: bool
    has_left: bool


@dataclass(frozen=True)
class Change:
    """Somebody whose entry would change: (what, how it is said) of each column, before and after."""

    id: uuid.UUID
    wanted: Wanted
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Import:
    """What a list would do. With any fault it does nothing."""

    added: tuple[Wanted, ...]
    changed: tuple[Change, ...]
    same: tuple[Wanted, ...]
    faults: tuple[Fault, ...]

    @property
    def mark(self) -> str:
        """Tells this import from any other, so that what is applied is what was looked at."""
        said = (self.added, [(each.id.hex, each.before, each.after) for each in self.changed], self.same, self.faults)
        return hashlib.sha256(repr(_in_order(said)).encode()).hexdigest()[:16]

    @property
    def does_something(self) -> bool:
        return bool(self.added or self.changed)


def _in_order(said: object) -> object:
    """Without the accidents of a set's order."""
    if isinstance(said, frozenset):
        return sorted(said)
    if isinstance(said, list | tuple):
        return [_in_order(each) for each in said]
    return _in_order(list(vars(said).values())) if isinstance(said, Wanted | Fault) else said


def read(content: bytes) -> tuple[list[Wanted], list[Fault]]:
    """The lines of a list that can be read, and what is wrong with the others.

    Raises InvalidInput for a file that cannot be read as a whole.
    """
    if len(content) > LARGEST:
        raise InvalidInput("This file is larger than 600 kB. Split it and bring the parts one by one.")
    lines = sheets.read(content, columns=COLUMNS, required=("name",))
    if not lines:
        raise InvalidInput("Nobody is in this file: below the line that names the columns there is nothing.")
    if not any("e-mail" in line.cells or "email" in line.cells for line in lines):
        raise InvalidInput(f"The first line has to name the columns. Missing: e-mail. Known: {', '.join(HEADING)}.")
    wanted, faults, seen = [], [], dict[str, int]()
    for line in lines:
        try:
            read_line = _read_line(line)
            if read_line.email in seen:
                raise InvalidInput(f"This e-mail address stands on line {seen[read_line.email]} already.")
        except InvalidInput as wrong:
            faults.append(Fault(line.number, wrong.message))
        else:
            seen[read_line.email] = line.number
            wanted.append(read_line)
    return wanted, faults


def _read_line(line: sheets.Line) -> Wanted:
    cells = {column: sheets.plain(cell) for column, cell in line.cells.items()}
    name = " ".join(cells.get("name", "").split())
    if not name:
        raise InvalidInput("The name is missing.")
    if len(name) > NAME_LENGTH:
        raise InvalidInput(f"The name has more than {NAME_LENGTH} characters.")
    return Wanted(
        line.number,
        _email(cells.get("e-mail") or cells.get("email", "")),
        name,
        _roles(cells["roles"]) if "roles" in cells else None,
        _day(cells.get("trained_on", "")),
        _capacity(cells.get("capacity", "")),
    )


def _email(cell: str) -> str:
    try:
        return normal_email(cell)
    except InvalidInput:
        said = f"“{cell[:80]}” is not an e-mail address" if cell else "The e-mail address is missing"
        raise InvalidInput(f"{said}. Write it as name@school.example.") from None


def _roles(cell: str) -> frozenset[Role]:
    """Roles are parted by a semicolon or a comma."""
    words = [" ".join(word.replace("_", " ").split()).casefold() for word in re.split("[;,]", cell)]
    unknown = next((word for word in words if word and word not in ROLES), None)
    if unknown:
        raise InvalidInput(f"There is no role called “{unknown[:40]}”. Known: {', '.join(ROLE_WORDS.values())}.")
    return frozenset(ROLES[word] for word in words if word)


def _day(cell: str) -> date | None:
    if not cell:
        return None
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"):
        try:
            found = datetime.strptime(cell, pattern).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
        if 1980 <= found.year <= 2099:
            return found
    raise InvalidInput(f"“{cell[:40]}” is not a day. Write it as 2026-09-01 or 01/09/2026.")


def _capacity(cell: str) -> int | None:
    found = read_capacity(cell)
    if cell and found is None:
        raise InvalidInput(f"The capacity “{cell[:40]}” is not a whole number from 0 to {MOST}.")
    return found


def compare(
    wanted: Iterable[Wanted], faults: Iterable[Fault], known: Mapping[str, Known], *, asker: uuid.UUID
) -> Import:
    """What the lines would do to those who are known, by their e-mail address."""
    added, changed, same, found = [], [], [], list(faults)
    for line in wanted:
        person = known.get(line.email)
        if person is None:
            added.append(line)
        elif refusal := _refusal(line, person, asker):
            found.append(Fault(line.line, refusal))
        elif change := _change(line, person):
            changed.append(change)
        else:
            same.append(line)
    return Import(tuple(added), tuple(changed), tuple(same), tuple(sorted(found, key=lambda fault: fault.line)))


def _refusal(line: Wanted, person: Known, asker: uuid.UUID) -> str:
    if person.is_stranger:
        return "This e-mail address cannot be used here: it has an account already. Ask the person for another one."
    if person.has_left:
        return "This person has left. Let them come back on the page of people first."
    if person.id == asker and line.roles is not None and Role.ADMINISTRATOR not in line.roles:
        return "You would stop being an administrator yourself. Leave your own role in the list."
    return ""


def _change(line: Wanted, person: Known) -> Change | None:
    before = entries(person.name, person.roles, person.coach)
    roles = person.roles if line.roles is None else line.roles
    after = entries(line.name, roles, coach_after(line, person.coach))
    if before == after:
        return None
    apart = [place for place, entry in enumerate(before) if entry != after[place]]
    return Change(person.id, line, tuple(before[place] for place in apart), tuple(after[place] for place in apart))


def coach_after(line: Wanted, coach: CoachFacts | None, today: date = date.max) -> CoachFacts | None:
    """The roster's entry once the line is applied: empty cells leave it as it is, and nobody is taken off it."""
    if line.trained_on is None and line.capacity is None:
        return coach
    before = coach or CoachFacts(today, None, USUAL)
    capacity = before.capacity if line.capacity is None else line.capacity
    return CoachFacts(before.since, line.trained_on or before.trained_on, capacity)


def entries(name: str, roles: frozenset[Role], coach: CoachFacts | None) -> list[tuple[str, str]]:
    """Somebody as the list says it: (what, how it is written), in the order of the columns."""
    return [
        ("name", " ".join(name.split())),
        ("roles", "; ".join(ROLE_WORDS[role] for role in sorted(roles))),
        ("trained on", coach.trained_on.isoformat() if coach and coach.trained_on else ""),
        ("capacity", str(coach.capacity) if coach else ""),
    ]


def row(person: Known) -> list[str]:
    """Somebody as a line of the list, under `HEADING`."""
    name, *others = (said for _, said in entries(person.name, person.roles, person.coach))
    return [name, person.email, *others]
