"""Flask-Login over sign-in rows: the cookie carries a token, the row decides whether it still counts."""

from typing import cast

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from veo_workflow.database import now
from veo_workflow.errors import ConfirmationNeeded, SignInNeeded
from veo_workflow.people import operations, queries, rules
from veo_workflow.people.devices.rules import device_of
from veo_workflow.people.models import Person, SignIn
from veo_workflow.settings import Settings
from veo_workflow.web import db, services

CONFIRMED = "confirmed"
CONFIRMED_FOR = 15 * 60  # seconds


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """The person of this request, and the token their browser holds."""

    def __init__(self, person: Person, token: str) -> None:
        self.person = person
        self.token = token

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # an iPad changes its address between two rooms; the row is what counts
    manager.user_loader(load)
    manager.unauthorized_handler(_refuse)


def load(token: str) -> SignedIn | None:
    """The live sign-in behind a token. Noting that it was seen is a transaction of its own, at most every 5 min."""
    found = live_sign_in(db(), token, services().settings)
    if found is None:
        return None
    row, person = found
    at = now()
    if at - row.last_seen_at > operations.SEEN_EVERY:
        g.seen = (row.id, at)
    return SignedIn(person, token)


def live_sign_in(session: Session, token: str, settings: Settings) -> tuple[SignIn, Person] | None:
    """The row and its person, if that token signs anybody in now: one statement."""
    found = queries.sign_in_by_token(session, token)
    if found is None:
        return None
    row = found[0]
    live = rules.sign_in_is_live(
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ended_at=row.ended_at,
        at=now(),
        idle=settings.sign_in_idle,
        lifetime=settings.sign_in_lifetime,
    )
    return found if live else None


def my_token() -> str:
    """What this browser is signed in by, for a stream that asks again while it lasts. Raises SignInNeeded."""
    me()
    return cast(SignedIn, current_user).token


def _refuse() -> None:
    raise SignInNeeded()


def me() -> Person:
    """The signed-in person. Raises SignInNeeded."""
    if not current_user.is_authenticated:
        raise SignInNeeded()
    return cast(SignedIn, current_user).person


def begin(person: Person, token: str) -> None:
    """From now on this browser is that person's.

    Whoever was signed in here before no longer is, and nothing of what the cookie carried stays in it.
    """
    end()
    login_user(SignedIn(person, token))


def end() -> None:
    """Nobody is signed in here any longer, and a copy of the cookie lets nobody in (SAFEGUARDING D3)."""
    if current_user.is_authenticated:
        operations.end_sign_in(db(), me(), current_user.token)
        logout_user()
    session.clear()


def this_device() -> str:
    """What somebody will know this browser by in the list of their devices."""
    return device_of(request.user_agent.string)


def note_confirmed(token: str) -> None:
    """The person has just given their password, in this browser and this sign-in."""
    session[CONFIRMED] = [operations.hash_token(token)[:16], int(now().timestamp())]


def require_confirmed() -> None:
    """Return if the person gave their password within the last quarter of an hour (SAFEGUARDING D5).

    What they gave in an earlier sign-in, or somebody else did on a shared iPad, does not count.  Raises
    ConfirmationNeeded, which leads a page to the form that asks for it.
    """
    mark, at = session.get(CONFIRMED, ("", 0))
    lately = 0 <= int(now().timestamp()) - at <= CONFIRMED_FOR
    if mark != operations.hash_token(cast(SignedIn, current_user).token)[:16] or not lately:
        raise ConfirmationNeeded()


def look_again() -> None:
    """After a rollback: when the database refused something, what was read of the person went with it.

    The page that says so still needs them, so whoever asks next reads the sign-in once more.
    """
    if "_login_user" in g and current_user.is_authenticated and inspect(me()).expired:
        del g._login_user


def note_seen() -> None:
    """After the request's own transaction: two writers of one request must not wait for each other."""
    noted = g.pop("seen", None)
    if noted is not None:
        with services().database.transaction() as session:
            operations.seen(session, *noted)
