"""Accounts, sign-ins, one-time links and pairs. Tokens leave here once and are kept only as hashes."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, Gone, InvalidInput, NotFound
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import forget_news, tell
from veo_workflow.people import rules
from veo_workflow.people.factors.models import Authenticator, Passkey, RecoveryCode
from veo_workflow.people.models import (
    Coach,
    Invitation,
    LinkPurpose,
    OneTimeLink,
    Pair,
    Person,
    PersonRole,
    Role,
    SignIn,
)
from veo_workflow.people.roster.operations import on_the_roster

HASHER = PasswordHasher()  # Argon2id with the parameters of RFC 9106's second choice
SEEN_EVERY = timedelta(minutes=5)
SEEN_ON_SHARED_EVERY = timedelta(seconds=30)
WRONG = "The e-mail address and the password do not fit together. Check both and try again."

# What is verified when nobody has that address, so that the answer takes as long.
NOBODY = HASHER.hash(secrets.token_hex(16))


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def add_person(
    session: Session,
    *,
    school: uuid.UUID,
    email: str,
    name: str,
    roles: frozenset[Role],
    by: uuid.UUID | None = None,
) -> Person:
    """A new account without a password; an invitation lets the person set one. `by` is None on the command line.

    Raises InvalidInput, or Conflict when the address is taken.
    """
    if not name.strip():
        raise InvalidInput("Give the person's name.", fields={"name": "Write the name colleagues know."})
    person = Person(school_id=school, email=rules.normal_email(email), name=name.strip()[:120])
    person.roles = [PersonRole(role=role) for role in sorted(roles)]
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError:
        raise Conflict("Somebody already has an account with that e-mail address.", code="duplicate_email") from None
    record(session, "person_added", by=by, school=school, subject=("person", person.id))
    return person


def change_address(session: Session, person: Person, email: str) -> None:
    """The address they sign in by from now on; links in letters to the old one end. By whoever runs the installation.

    Raises InvalidInput, or Conflict when the address is taken.
    """
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now())
    )
    try:
        with session.begin_nested():
            person.email = rules.normal_email(email)
    except IntegrityError:
        raise Conflict("Somebody already has an account with that e-mail address.", code="duplicate_email") from None
    record(session, "address_changed", by=None, school=person.school_id, subject=("person", person.id))


def make_link(session: Session, purpose: LinkPurpose, person: Person | None) -> str:
    """A one-time link's token. Making a new one for the same purpose ends the older ones."""
    owner = person.id if person else None
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.person_id == owner, OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None))
        .values(used_at=now())
    )
    token = secrets.token_urlsafe(24)
    session.add(
        OneTimeLink(
            purpose=purpose,
            person_id=owner,
            token_hash=hash_token(token),
            expires_at=now() + rules.LINK_LIFETIME[purpose],
        )
    )
    return token


def find_link(session: Session, token: str) -> OneTimeLink:
    """The link behind a token while it works. Raises Gone."""
    link = session.scalar(select(OneTimeLink).where(OneTimeLink.token_hash == hash_token(token)))
    if link is None or link.used_at is not None or link.expires_at <= now():
        raise Gone("This link has been used or is too old. Ask the person who sent it for a new one.")
    return link


def person_of_link(session: Session, link: OneTimeLink) -> Person:
    """Raises NotFound for the first administrator's link, which was made before there was anybody."""
    person = session.get(Person, link.person_id) if link.person_id else None
    if person is None:
        raise NotFound()
    return person


def use_link(session: Session, token: str, password: str) -> Person:
    """Set the password of the person a link was made for; every sign-in they had ends.

    Raises Gone, InvalidInput.
    """
    link = find_link(session, token)
    person = person_of_link(session, link)
    set_password(session, person, password)
    _spend(session, link)
    return person


def use_first_link(session: Session, token: str, person: Person, password: str) -> None:
    """The very first person takes the link that was made before there was anybody. Raises Gone, InvalidInput."""
    set_password(session, person, password)
    _spend(session, find_link(session, token))


def _spend(session: Session, link: OneTimeLink) -> None:
    """Of two people using one link at once, one wins."""
    spent = session.scalar(
        update(OneTimeLink)
        .where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now())
        .returning(OneTimeLink.id)
    )
    if spent is None:
        raise Gone("This link has just been used. Sign in with the password that was set.")


def set_password(session: Session, person: Person, password: str) -> None:
    """A new password ends every sign-in made with the old one. Raises InvalidInput."""
    rules.check_password(password, person.email)
    person.password_hash = HASHER.hash(password)
    end_sign_ins(session, person.id)
    record(session, "password_set", by=person.id, school=person.school_id, subject=("person", person.id))


@dataclass(frozen=True)
class Recognised:
    """Whose password it was, as what it is kept, and as what it should be once the hasher's parameters have grown."""

    person_id: uuid.UUID
    password_hash: str
    renewed: str | None


def recognise(session: Session, email: str, password: str) -> Recognised:
    """Check a password, which takes as long as it should take to guess one: not for a transaction that writes.

    Raises InvalidInput with one and the same sentence whatever was wrong (SAFEGUARDING D1).
    """
    person = session.scalar(select(Person).where(Person.email == email.strip().casefold()))
    known = person.password_hash if person and person.password_hash else NOBODY
    try:
        HASHER.verify(known, password[: rules.PASSWORD_MAX])
    except (VerificationError, InvalidHashError):
        raise InvalidInput(WRONG, code="wrong_password") from None
    if person is None or person.password_hash is None or person.disabled_at is not None:
        raise InvalidInput(WRONG, code="wrong_password")
    renewed = HASHER.hash(password) if HASHER.check_needs_rehash(known) else None
    return Recognised(person.id, known, renewed)


def person_with_id(session: Session, person_id: str) -> Person | None:
    """None for what is no id as well: it may come from a cookie."""
    try:
        return session.get(Person, uuid.UUID(person_id))
    except ValueError:
        return None


def settle(session: Session, recognised: Recognised) -> Person:
    """Whose password it was, kept as safely as new ones from now on.

    Raises InvalidInput when the password was changed or the account disabled since the password was checked.
    """
    person = session.get(Person, recognised.person_id, with_for_update=True)
    if person is None or person.password_hash != recognised.password_hash or person.disabled_at is not None:
        raise InvalidInput(WRONG, code="wrong_password")
    person.password_hash = recognised.renewed or recognised.password_hash
    return person


def open_sign_in(session: Session, person: Person, device: str = "", *, shared: bool = False) -> str:
    """A sign-in of its own for each time somebody signs in; returns the token for the browser."""
    token = secrets.token_urlsafe(32)
    row = SignIn(person_id=person.id, token_hash=hash_token(token), device=device, shared=shared)
    session.add(row)
    record(session, "signed_in", by=person.id, school=person.school_id, subject=("person", person.id))
    return token


def seen(session: Session, sign_in_id: uuid.UUID, at: datetime) -> None:
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(last_seen_at=at))


def end_sign_in(session: Session, person: Person, token: str) -> None:
    """The person signs out in the browser that holds the token."""
    ended = session.scalar(
        update(SignIn)
        .where(SignIn.token_hash == hash_token(token), SignIn.ended_at.is_(None))
        .values(ended_at=now())
        .returning(SignIn.id)
    )
    if ended is not None:
        record(session, "signed_out", by=person.id, school=person.school_id, subject=("sign_in", ended))


def end_sign_ins(session: Session, person_id: uuid.UUID) -> None:
    session.execute(
        update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None)).values(ended_at=now())
    )


def close_account(session: Session, person: Person) -> None:
    """Nobody signs in as this person any longer, on no device and by no link; nor are they on the roster of coaches.

    What they were asked for beside the password is forgotten.
    """
    person.disabled_at = now()
    end_ways_in(session, person)
    for kept in (Invitation, Authenticator, Passkey, RecoveryCode):
        session.execute(delete(kept).where(kept.person_id == person.id))
    session.execute(update(Coach).where(Coach.person_id == person.id, Coach.ended_at.is_(None)).values(ended_at=now()))


def end_ways_in(session: Session, person: Person) -> None:
    """No password, link or device lets them in any longer; a new link does, while their account is open."""
    person.password_hash = None
    # Links first: somebody who is just using one has a sign-in once this has waited for them.
    session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None))
        .values(used_at=now())
    )
    end_sign_ins(session, person.id)


def end_all_ways_in(session: Session) -> None:
    """On a copy of before: who had signed out since, and which link was used, it does not know; so nobody is signed in
    and no link works.
    """
    session.execute(update(OneTimeLink).where(OneTimeLink.used_at.is_(None)).values(used_at=now()))
    session.execute(update(SignIn).where(SignIn.ended_at.is_(None)).values(ended_at=now()))


def make_pair(
    session: Session, *, coach: Person, coachee: Person, starts_on: date, ends_on: date | None, by: uuid.UUID | None
) -> Pair:
    """A pair from a day on; who coaches in it is on the roster of coaches with that, if they were not.

    Raises InvalidInput, or Conflict when the two already are a pair.
    """
    rules.check_pair(coach.id, coachee.id, starts_on, ends_on)
    if coach.school_id != coachee.school_id:
        raise InvalidInput("Both people of a pair belong to the same school.")
    pair = Pair(
        school_id=coach.school_id, coach_id=coach.id, coachee_id=coachee.id, starts_on=starts_on, ends_on=ends_on
    )
    try:
        with session.begin_nested():
            session.add(pair)
    except IntegrityError:
        raise Conflict(
            f"{coach.given_name} already coaches {coachee.given_name}. End that pair first, or keep it.",
            code="duplicate_pair",
        ) from None
    on_the_roster(session, coach, starts_on)
    tell(session, [coach.id, coachee.id], NoticeKind.PAIR_MADE, pair.id, by=by)
    record(session, "pair_made", by=by, school=pair.school_id, subject=("pair", pair.id))
    return pair


def end_pair(session: Session, pair: Pair, *, by: uuid.UUID | None) -> None:
    """The coach loses the pair's footage with this commit, and what they were told of it leads nowhere any longer.

    Of two who coach each other the news stays: it may be of the pair that lasts.
    """
    if pair.ended_at is None:
        pair.ended_at = now()
        if not _coach_each_other_still(session, pair):
            forget_news(session, pair.coach_id, by=pair.coachee_id)
        tell(session, [pair.coach_id, pair.coachee_id], NoticeKind.PAIR_ENDED, pair.id, by=by)
        record(session, "pair_ended", by=by, school=pair.school_id, subject=("pair", pair.id))


def _coach_each_other_still(session: Session, ended: Pair) -> bool:
    other_way = (Pair.coach_id == ended.coachee_id, Pair.coachee_id == ended.coach_id, Pair.ended_at.is_(None))
    return session.scalar(select(Pair.id).where(*other_way)) is not None
