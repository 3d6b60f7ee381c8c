"""How often a password may be guessed (SAFEGUARDING D1), so that nobody can lock a colleague out by guessing.

A browser in which somebody has signed in before carries a token that says so, and is counted by itself; whoever
guesses from elsewhere uses up the tries of strangers only (OWASP, "Device Cookies").  A school is one address, so an
address has room for a whole staff that begins a term with forgotten passwords.
"""

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from veo_workflow.errors import TooManyTries
from veo_workflow.people.models import Person
from veo_workflow.people.operations import hash_token
from veo_workflow.throttle import Limit
from veo_workflow.web import services

KNOWN = Limit("known-browser", "10 per 15 minutes")  # of one person, in one browser
STRANGER = Limit("stranger", "10 per 15 minutes")  # of one person, from one address
STRANGERS = Limit("strangers", "50 per 1 hour")  # of one person, from everywhere
ADDRESS = Limit("address", "300 per 10 minutes")  # wrong ones, of anybody, from one address
REMEMBERED = 180 * 24 * 3600  # seconds


def count(email: str) -> None:
    """One try to sign in with this address, before the password is looked at. Raises TooManyTries."""
    throttle, account, address = services().throttle, _account(email), request.remote_addr or ""
    browser = _browser_of(account)
    if browser:
        wait = throttle.count(KNOWN, account, browser)
    else:
        wait = throttle.wait(ADDRESS, address) or throttle.count(STRANGER, account, address)
        wait = wait or throttle.count(STRANGERS, account)
    if wait:
        raise TooManyTries(wait)


def was_wrong() -> None:
    """Nobody may try one password on everybody's account either."""
    services().throttle.count(ADDRESS, request.remote_addr or "")


def was_right(email: str) -> None:
    """Forget the typing errors before."""
    throttle, account = services().throttle, _account(email)
    throttle.forget(STRANGER, account, request.remote_addr or "")
    if browser := _browser_of(account):
        throttle.forget(KNOWN, account, browser)


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
