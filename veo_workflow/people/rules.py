"""Pure decisions about passwords, links and pairs."""

import re
from datetime import date, datetime, timedelta

from veo_workflow.errors import InvalidInput

PASSWORD_MIN = 12
PASSWORD_MAX = 128
LINK_LIFETIME = {
    "invitation": timedelta(days=14),
    "password_reset": timedelta(hours=2),
    "first_administrator": timedelta(days=2),
}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
COMMON = re.compile(r"(pass ?word|qwert|letmein|welcome|12345|abcdef|iloveyou|football|teacher)", re.IGNORECASE)


def normal_email(typed: str) -> str:
    """The one spelling of an e-mail address we keep. Raises InvalidInput."""
    email = typed.strip().casefold()
    if not EMAIL.fullmatch(email) or len(email) > 254:
        raise InvalidInput(
            "That does not look like an e-mail address. Check it and try again.",
            fields={"email": "Write it as name@school.example."},
        )
    return email


def check_password(password: str, email: str) -> None:
    """Length first, as NIST SP 800-63B asks; no rules about kinds of characters. Raises InvalidInput."""
    problem = None
    if len(password) < PASSWORD_MIN:
        problem = f"Use at least {PASSWORD_MIN} characters; four ordinary words do well."
    elif len(password) > PASSWORD_MAX:
        problem = f"Use at most {PASSWORD_MAX} characters."
    elif len(set(password)) < 5 or (COMMON.search(password) and len(COMMON.sub("", password)) < 8):
        problem = "That password is one of the first anybody would try. Choose another."
    elif password.casefold() in {email, email.partition("@")[0]}:
        problem = "Your e-mail address is not a password. Choose another."
    if problem:
        raise InvalidInput(problem, fields={"password": problem})


def sign_in_is_live(
    *, created_at: datetime, last_seen_at: datetime, ended_at: datetime | None, at: datetime, idle: int, lifetime: int
) -> bool:
    """A sign-in ends when told to, when idle too long, and in any case after its lifetime (both in seconds)."""
    if ended_at is not None:
        return False
    return at - last_seen_at < timedelta(seconds=idle) and at - created_at < timedelta(seconds=lifetime)


def check_pair(coach: object, coachee: object, starts_on: date, ends_on: date | None) -> None:
    """Raises InvalidInput."""
    if coach == coachee:
        raise InvalidInput("A pair is two people. Choose a coach and a coachee.")
    if ends_on is not None and ends_on < starts_on:
        raise InvalidInput("The pair would end before it starts. Check the two dates.")
