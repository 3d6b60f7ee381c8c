"""Pure decisions about codes: which half-minute one is of, and how a recovery code is written."""

import re
import secrets
from datetime import date, datetime

import pyotp

from veo_workflow.errors import InvalidInput

STEP = 30  # seconds
ISSUER = "Coaching"
RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look like others
GROUPS, GROUP = 3, 5  # 74 bits: a plain hash of it is not worth searching


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, email: str, school: str) -> str:
    """What the app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"{school} {ISSUER}")


def step_of(secret: str, typed: str, at: datetime, last_step: int | None) -> int | None:
    """The half-minute whose code was typed: the present one, or for clocks that differ the one before or after.

    None for a wrong code, and for one of a half-minute up to `last_step`, which has been taken already.
    """
    code = re.sub(r"\s", "", typed)
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    shown, present = pyotp.TOTP(secret), int(at.timestamp()) // STEP
    fitting = [
        step for step in (present - 1, present, present + 1) if secrets.compare_digest(shown.generate_otp(step), code)
    ]
    fresh = [step for step in fitting if last_step is None or step > last_step]
    return max(fresh, default=None)


def new_recovery_codes() -> list[str]:
    return [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def plain_recovery_code(typed: str) -> str:
    """The one spelling whose hash is kept; empty if it cannot be one."""
    plain = re.sub(r"[^a-z0-9]", "", typed.casefold())
    return plain if len(plain) == GROUPS * GROUP else ""


def read_day(typed: str, today: date) -> date | None:
    """Raises InvalidInput for what is no day, or one that is over: people need some days to set it up."""
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise InvalidInput("That is not a day.", fields={"day": "Choose a day, or leave it empty."}) from None
    if day < today:
        raise InvalidInput("That day is over.", fields={"day": "Choose today or a day to come."})
    return day


def is_due(needed_from: date | None, today: date, *, held: bool) -> bool:
    """Whether somebody has to set up a second step before anything else."""
    return needed_from is not None and today >= needed_from and not held
