"""What a provider has to say before it is believed: pure decisions on its own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Signatures by a key that only the provider has: never a shared one, never none.
ALGORITHMS = ("RS256", "PS256", "ES256")
LEEWAY = 60  # seconds by which two clocks may differ


@dataclass(frozen=True)
class Told:
    """Whom the provider means. `email` is empty unless the provider has verified it."""

    issuer: str
    subject: str
    email: str


def told(claims: Mapping[str, Any]) -> Told:
    """From claims that were checked. Entra says `xms_edov` for what others call `email_verified`."""
    verified = claims.get("email_verified") is True or claims.get("xms_edov") in (True, 1, "1", "true")
    email = str(claims.get("email", "")).strip().casefold() if verified else ""
    return Told(str(claims["iss"]), str(claims["sub"]), email)
