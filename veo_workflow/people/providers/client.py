"""Talking to the provider: two addresses, one exchange, and what has to hold of what comes back.

Nothing is kept from one sign-in to the next, so that a provider may change its keys whenever it likes.
"""

from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from veo_workflow.errors import InvalidInput, Unavailable
from veo_workflow.people.providers import rules
from veo_workflow.settings import Settings, is_safe_address

PATIENCE = 10  # seconds
SCOPE = "openid email profile"
REFUSED = "What came back could not be trusted, so nobody is signed in. Try again from here."


@dataclass(frozen=True)
class Asked:
    """What one sign-in asked, to hold the answer against it."""

    nonce: str
    verifier: str
    back: str  # the address the provider sends people back to


class Client:
    """One provider, as the settings name it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer

    def address(self, asked: Asked, state: str, *, again: bool) -> str:
        """Where to send the browser. `again`: whoever is signed in at the provider has to say who they are.

        Raises Unavailable.
        """
        more = {"prompt": "login"} if again else {}
        with self._session(asked) as session:
            address, _ = session.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
                **more,
            )
        return str(address)

    def redeem(self, code: str, asked: Asked) -> rules.Told:
        """Whom the provider means by the code it sent along. Raises InvalidInput, Unavailable."""
        try:
            with self._session(asked) as session:
                token = session.fetch_token(
                    self._endpoint("token_endpoint"),
                    code=code,
                    code_verifier=asked.verifier,
                    timeout=PATIENCE,
                    allow_redirects=False,
                )
            return rules.told(self._checked(token, asked))
        except requests.RequestException:
            raise self._silent() from None
        except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError):
            raise InvalidInput(REFUSED, code="identity_refused") from None

    def _checked(self, token: dict[str, Any], asked: Asked) -> dict[str, Any]:
        """The claims of the ID token, if this provider signed it, for us, just now, in answer to what was asked."""
        keys = KeySet.import_key_set(self._fetch(self._endpoint("jwks_uri")))
        decoded = jwt.decode(token["id_token"], keys, algorithms=rules.ALGORITHMS)
        must = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._settings.oidc_client_id},
            "nonce": {"essential": True, "value": asked.nonce},
        }
        said = {
            "nonce": asked.nonce,
            "client_id": self._settings.oidc_client_id,
            "access_token": token.get("access_token"),
        }
        CodeIDToken(decoded.claims, decoded.header, must, said).validate(leeway=rules.LEEWAY)
        return decoded.claims

    def _session(self, asked: Asked) -> OAuth2Session:
        return OAuth2Session(
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret,
            scope=SCOPE,
            redirect_uri=asked.back,
            code_challenge_method="S256",
        )

    def _endpoint(self, name: str) -> str:
        """One of the addresses in the provider's own description of itself."""
        described = self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        address = str(described.get(name, ""))
        if described.get("issuer") != self._issuer or not is_safe_address(address):
            raise InvalidInput("The provider does not call itself what VEO_OIDC_ISSUER says. Tell your administrator.")
        return address

    def _fetch(self, address: str) -> Any:
        try:
            answer = requests.get(address, timeout=PATIENCE, allow_redirects=False)
            answer.raise_for_status()
            return answer.json()
        except requests.RequestException:
            raise self._silent() from None

    def _silent(self) -> Unavailable:
        name = self._settings.oidc_name
        return Unavailable(f"Signing in with {name} does not work for the moment. Use your password, or try again.")
