"""Passkeys: making one, giving it, naming it and taking it away. The device has to know its owner each time."""

import json
from dataclasses import dataclass

from redis import Redis
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.people.factors import challenges
from veo_workflow.people.factors.challenges import Purpose
from veo_workflow.people.factors.models import Passkey
from veo_workflow.people.factors.operations import forget_codes_without_use
from veo_workflow.people.factors.queries import passkeys_of
from veo_workflow.people.models import Person

MOST_PASSKEYS = 10
WRONG = "That passkey does not fit. Try another, or use another way."
VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True)
class Place:
    """Where the browser is: a passkey works under the name it was made for, and nowhere else."""

    host: str
    origin: str


def options_to_make(session: Session, redis: Redis, person: Person, place: Place) -> str:
    """What the browser is asked for a new passkey, as JSON. Raises Unavailable."""
    return options_to_json(
        generate_registration_options(
            rp_id=place.host,
            rp_name="Coaching",
            user_id=person.id.bytes,
            user_name=person.email,
            user_display_name=person.name,
            challenge=challenges.issue(redis, Purpose.MAKE, person.id),
            exclude_credentials=_known(session, person),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=VERIFIED
            ),
        )
    )


def options_to_give(session: Session, redis: Redis, person: Person, place: Place, purpose: Purpose) -> str:
    """What the browser is asked for one of the person's passkeys, as JSON. Raises Unavailable."""
    return options_to_json(
        generate_authentication_options(
            rp_id=place.host,
            challenge=challenges.issue(redis, purpose, person.id),
            allow_credentials=_known(session, person),
            user_verification=VERIFIED,
        )
    )


def add(session: Session, redis: Redis, person: Person, place: Place, sent: str, name: str) -> None:
    """Keep the public half of what the device has made. Raises InvalidInput, Conflict, Unavailable."""
    credential = _read(sent)
    challenge = _challenge(redis, credential, Purpose.MAKE, person)
    if len(passkeys_of(session, person.id)) >= MOST_PASSKEYS:
        raise InvalidInput(f"{MOST_PASSKEYS} passkeys are enough. Remove one first.")
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise InvalidInput("No passkey was made for this address. Try again.", code="wrong_key") from None
    passkey = Passkey(
        person_id=person.id,
        name=plain_name(name),
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
    )
    try:
        with session.begin_nested():
            session.add(passkey)
    except IntegrityError:
        raise Conflict("This passkey is known already.", code="duplicate_passkey") from None
    record(session, "passkey_added", by=person.id, school=person.school_id, subject=("passkey", passkey.id))


def give(session: Session, redis: Redis, person: Person, place: Place, sent: str, purpose: Purpose) -> None:
    """Take what one of the person's passkeys has signed. Raises InvalidInput, Unavailable.

    One whose count does not grow is refused: somebody may have made a copy of it.
    """
    credential = _read(sent)
    challenge = _challenge(redis, credential, purpose, person)
    passkey = session.scalar(
        select(Passkey)
        .where(Passkey.person_id == person.id, Passkey.credential_id == str(credential.get("id", "")))
        .with_for_update()
    )
    if passkey is None:
        raise InvalidInput(WRONG, code="wrong_key")
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        raise InvalidInput(WRONG, code="wrong_key") from None
    passkey.sign_count, passkey.used_at = verified.new_sign_count, now()


def rename(session: Session, passkey: Passkey, name: str) -> None:
    passkey.name = plain_name(name)


def remove(session: Session, passkey: Passkey, *, by: Person) -> None:
    session.delete(passkey)
    session.flush()
    record(session, "passkey_removed", by=by.id, school=by.school_id, subject=("passkey", passkey.id))
    forget_codes_without_use(session, by.id)


def plain_name(typed: str) -> str:
    return " ".join(typed.split())[:60] or "A passkey"


def _known(session: Session, person: Person) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id))
        for passkey in passkeys_of(session, person.id)
    ]


def _read(sent: str) -> dict[str, object]:
    try:
        credential = json.loads(sent)
    except ValueError:
        credential = None
    if not isinstance(credential, dict):
        raise InvalidInput(WRONG, code="wrong_key")
    return credential


def _challenge(redis: Redis, credential: dict[str, object], purpose: Purpose, person: Person) -> bytes:
    """The challenge that was answered, if it was ours. It is checked once more with the signature over it."""
    response = credential.get("response")
    told = response.get("clientDataJSON") if isinstance(response, dict) else None
    try:
        challenge = parse_client_data_json(base64url_to_bytes(str(told))).challenge
    except (WebAuthnException, ValueError):
        raise InvalidInput(WRONG, code="wrong_key") from None
    challenges.take(redis, challenge, purpose, person.id)
    return challenge
