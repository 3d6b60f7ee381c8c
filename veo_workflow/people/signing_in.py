"""Flask-Login over sign-in rows: the cookie carries a token, the row decides whether it still counts."""

from datetime import datetime
from typing import Protocol, cast

from flask import Flask, g, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from veo_workflow.database import now
from veo_workflow.errors import ConfirmationNeeded, SignInNeeded
from veo_workflow.people import operations, queries, rules
from veo_workflow.people.devices.rules import device_of
from veo_workflow.people.factors.rules import is_due
from veo_workflow.people.models import Person
from veo_workflow.schools.rules import local_day
from veo_workflow.settings import Settings
from veo_workflow.web import db, services

CONFIRMED = "confirmed"
CONFIRMED_FOR = 15 * 60  # seconds
# What pages ask for by themselves, whether or not anybody is there.
BY_THEMSELVES = {"clips.progress", "clips.stream", "review_room.listen", "shared_ipad.state"}


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """The person of this request, and the token their browser holds.

    `has_to_set_up`: their school goes on only with those who have a second step, and they have none yet.  `on_shared`:
    others use this device too.
    """

    def __init__(self, person: Person, token: str, *, has_to_set_up: bool = False, on_shared: bool = False) -> None:
        self.person = person
        self.token = token
        self.has_to_set_up = has_to_set_up
        self.on_shared = on_shared

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # an iPad changes its address between two rooms; the row is what counts
    manager.user_loader(load)
    manager.unauthorized_handler(_refuse)


def load(token: str) -> SignedIn | None:
    """The live sign-in behind a token. Noting that it was seen is a transaction of its own, now and again."""
    found = live_sign_in(db(), token, services().settings)
    if found is None:
        return None
    row, at = found.row, now()
    if is_worth_noting(row, at) and request.endpoint not in BY_THEMSELVES:
        g.seen = (row.id, at)
    today = local_day(at, found.timezone)
    due = is_due(found.second_step_from, today, held=found.has_second_step)
    return SignedIn(found.person, token, has_to_set_up=due, on_shared=row.shared)


def live_sign_in(session: Session, token: str, settings: Settings) -> queries.FoundSignIn | None:
    """The row and its person, if that token signs anybody in now: one statement."""
    found = queries.sign_in_by_token(session, token)
    if found is None:
        return None
    return found if lasts(found.row, settings, now()) else None


class Kept(Protocol):
    """What is kept of a sign-in that says whether it still counts."""

    @property
    def created_at(self) -> datetime: ...
    @property
    def last_seen_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def shared(self) -> bool: ...


def lasts(row: Kept, settings: Settings, at: datetime) -> bool:
    """Whether a sign-in counts at that moment."""
    return rules.sign_in_is_live(
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ended_at=row.ended_at,
        at=at,
        idle=settings.shared_idle if row.shared else settings.sign_in_idle,
        lifetime=settings.sign_in_lifetime,
    )


def is_worth_noting(row: Kept, at: datetime) -> bool:
    """Whether it is so long since somebody was last noted as seen that it is time to do it again."""
    return at - row.last_seen_at > (operations.SEEN_ON_SHARED_EVERY if row.shared else operations.SEEN_EVERY)


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


def is_signed_in() -> bool:
    """Also while the database cannot be asked: nobody is, then."""
    try:
        return bool(me())
    except (SignInNeeded, SQLAlchemyError):
        return False


def has_to_set_up() -> bool:
    """Whether the signed-in person has to set up a second step before they go on."""
    return cast(SignedIn, current_user).has_to_set_up


def is_on_shared() -> bool:
    """Whether the signed-in person is on a device that others use too."""
    return cast(SignedIn, current_user).on_shared


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
