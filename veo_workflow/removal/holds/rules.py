"""Pure decisions about a hold: what has to be written down, who may be the second person, how long two may watch."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from veo_workflow.errors import InvalidInput
from veo_workflow.removal.holds.models import Wish

REASON_AT_MOST = 2000
VIEWING_LASTS = timedelta(hours=24)


def read_reason(sent: Mapping[str, str]) -> str:
    """Raises InvalidInput."""
    reason = sent.get("reason", "").strip()
    if not reason:
        raise InvalidInput("Write down why, in a sentence or two.", fields={"reason": "Why is this needed?"})
    if len(reason) > REASON_AT_MOST:
        at_most = f"Use {REASON_AT_MOST} characters at most."
        raise InvalidInput("That is too long. Keep the details in your own records.", fields={"reason": at_most})
    return reason


def read_wish(sent: Mapping[str, str]) -> Wish:
    """Raises InvalidInput."""
    if sent.get("wish") not in set(Wish):
        raise InvalidInput("Choose what the second person should agree to.", fields={"wish": "Choose one."})
    return Wish(sent["wish"])


def read_answer(sent: Mapping[str, str]) -> bool:
    """Whether the second person agrees. Raises InvalidInput."""
    if sent.get("answer") not in {"agree", "decline"}:
        raise InvalidInput("Say whether you agree.")
    return sent["answer"] == "agree"


def check_second(second: uuid.UUID, *, asks: uuid.UUID, concerned: Collection[uuid.UUID]) -> None:
    """Somebody other than who asks, and nobody whose lesson or coaching it is. Raises InvalidInput."""
    problem = None
    if second == asks:
        problem = "It takes somebody besides yourself."
    elif second in concerned:
        problem = "It has to be somebody who is neither the coachee nor the coach."
    if problem:
        raise InvalidInput(f"{problem} Name another colleague.", fields={"second": problem})


def may_watch(*, agreed: bool | None, ends_at: datetime | None, at: datetime) -> bool:
    """Whether a viewing that was asked for may go on."""
    return bool(agreed) and ends_at is not None and at < ends_at
