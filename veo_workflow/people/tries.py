"""How often a password may be guessed (SAFEGUARDING D1), so that nobody can lock a colleague out by guessing.

A browser in which somebody has signed in before carries a token that says so, and is counted by itself; whoever
guesses from elsewhere uses up the tries of strangers only (OWASP, "Device Cookies").  A school is one address, so an
address has room for a whole staff that begins a term with forgotten passwords.
"""

import contextlib
from collections.abc import Iterator

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from veo_workflow.errors import InvalidInput, TooManyTries
from veo_workflow.people.models import Person
from veo_workflow.people.operations import hash_token
from veo_workflow.throttle import Limit
from veo_workflow.web import services

KNOWN = Limit("known-browser", "10 per 15 minutes")  # of one person, in one browser
STRANGER = Limit("stranger", "10 per 15 minutes")  # of one person, from one address
STRANGERS = Limit("strangers", "50 per 1 hour")  # of one person, from everywhere
ADDRESS = Limit("address", "300 per 10 minutes")  # wrong ones, of anybody, from one address
REMEMBERED = 180 * 24 * 3600  # seconds


@contextlib.contextmanager
def counted(email: str, what: str = "password") -> Iterator[None]:
    """One try to sign in with this address; inside the block the password, or whatever else it is, is looked at.

    Each is counted by itself, so that who knows the password does not clear the count of guesses at the second step.

    Raises TooManyTries before that.  A wrong password (InvalidInput) goes on to be counted for the address it came
    from, so that nobody tries one password on everybody either; a right one forgets the typing errors before.
    """
    throttle, account, address = services().throttle, _account(email), request.remote_addr or ""
    browser = _browser_of(account)
    account += what
    limit, who = (KNOWN, browser) if browser else (STRANGER, address)
    wait = 0 if browser else throttle.wait(ADDRESS, address)
    wait = wait or throttle.count(limit, account, who)
    if not browser:
        wait = wait or throttle.count(STRANGERS, account)
    if wait:
        raise TooManyTries(wait)
    try:
        yield
    except InvalidInput:
        throttle.count(ADDRESS, address)
        raise
    throttle.forget(limit, account, who)


def remember(response: Response, person: Person, token: str) -> None:
    """This browser is known as the person's from now on; on a shared iPad the last one's."""
    response.set_cookie(
        _cookie(),
        _signer().dumps([_account(person.email), hash_token(token)[:16]]),
        max_age=REMEMBERED,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _browser_of(account: str) -> str:
    """The browser's own name if this person has signed in here before, else nothing."""
    try:
        known, browser = _signer().loads(request.cookies.get(_cookie(), ""), max_age=REMEMBERED)
    except (BadSignature, ValueError):
        return ""
    return str(browser) if known == account else ""


def _account(email: str) -> str:
    """The same for an address nobody has: whether there is an account is not given away."""
    return hash_token(email.strip().casefold())


def _cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-known"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="known browser")
