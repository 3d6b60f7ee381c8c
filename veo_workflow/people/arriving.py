"""From the right password to the page somebody wanted, by way of the second step where they have one."""

from urllib.parse import urlsplit

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from veo_workflow.database import now
from veo_workflow.errors import SignInNeeded
from veo_workflow.people import operations, tries
from veo_workflow.people.factors.queries import has_second_step
from veo_workflow.people.models import Person
from veo_workflow.people.queries import school_of
from veo_workflow.people.signing_in import begin, end, note_confirmed, this_device
from veo_workflow.web import db

HALF_WAY = "half_way"
LASTS = 5 * 60  # seconds between the password and the second step


def go_on(person: Person, onward: str, *, by_provider: bool = False) -> Response:
    """The password was right, or the provider means this person: sign them in, or ask for their second step first.

    A provider may let somebody through without asking anything: where a password is asked again, its word stands in
    for one only for those who have no password here.
    """
    if not has_second_step(db(), person.id):
        return arrive(person, onward, confirmed=not by_provider or person.password_hash is None)
    end()
    session[HALF_WAY] = [str(person.id), _mark(person), int(now().timestamp()), onward]
    return redirect(url_for("second.ask"))


def half_way() -> tuple[Person, str]:
    """Who gave the right password in this browser a moment ago, and where they want to go.

    Raises SignInNeeded: too long ago, or the password or the account has changed since.
    """
    person_id, mark, at, onward = session.get(HALF_WAY, ("", "", 0, ""))
    person = operations.person_with_id(db(), person_id)
    lately = 0 <= int(now().timestamp()) - at <= LASTS
    if person is None or person.disabled_at is not None or mark != _mark(person) or not lately:
        raise SignInNeeded("That took too long, or your password has changed. Sign in again.")
    return person, onward


def arrive(person: Person, onward: str, *, confirmed: bool = True) -> Response:
    """Everything that is asked was given: the person is signed in, and their browser known from now on."""
    token = operations.open_sign_in(db(), person, this_device())
    begin(person, token)
    if confirmed:
        note_confirmed(token)
    answer = redirect(_first_page(person, onward))
    tries.remember(answer, person, token)
    return answer


def _first_page(person: Person, onward: str) -> str:
    """Where a school asks for a second step those without one see first how to set it up."""
    onward = own_path(onward) or url_for("pages.home")
    asked_for = school_of(db(), person).second_step_from is not None
    if asked_for and not has_second_step(db(), person.id):
        return url_for("factors.own", next=onward)
    return onward


def own_path(onward: str) -> str | None:
    """Where to go on to, if it is one of our own pages."""
    parts = urlsplit(onward)
    safe = onward.startswith("/") and not onward.startswith(("//", "/\\")) and not parts.netloc
    return onward if safe else None


def _mark(person: Person) -> str:
    """Changes with the password."""
    return operations.hash_token(person.password_hash or "")[:16]
