"""Setting up, giving and taking away what is asked beside the password. `key` is what secrets are sealed with."""

import uuid
from datetime import date

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from veo_workflow.audit.operations import record
from veo_workflow.database import now
from veo_workflow.errors import Conflict, InvalidInput
from veo_workflow.notices.models import NoticeKind
from veo_workflow.notices.operations import tell
from veo_workflow.people.factors import rules
from veo_workflow.people.factors.models import Authenticator, Passkey, RecoveryCode
from veo_workflow.people.factors.queries import has_second_step
from veo_workflow.people.factors.sealing import Unreadable, seal, unseal
from veo_workflow.people.models import Person
from veo_workflow.people.operations import hash_token
from veo_workflow.schools.models import School

WRONG_CODE = "That code does not fit. Wait for the next one in your app, and type it before it changes."
NO_KEY = "Codes from an app cannot be checked here at present. Use a recovery code, and tell your administrator."


def begin_app(session: Session, person: Person, key: str) -> None:
    """A new secret for an app to read; nothing is asked of the person for it before they have given a code from it.

    Raises Conflict while another app counts.
    """
    app = session.get(Authenticator, person.id)
    if app is not None and app.confirmed_at is not None:
        raise Conflict("You have an app already. Take it away first, then set up the new one.", code="has_app")
    sealed = seal(key, rules.new_secret(), person.id)
    if app is None:
        session.add(Authenticator(person_id=person.id, sealed_secret=sealed))
    else:
        app.sealed_secret, app.made_at = sealed, now()


def secret_of(app: Authenticator, key: str) -> str:
    """Raises InvalidInput where the key is not the one it was sealed with."""
    try:
        return unseal(key, app.sealed_secret, app.person_id)
    except Unreadable:
        raise InvalidInput(NO_KEY, code="no_sealing_key") from None


def finish_app(session: Session, person: Person, typed: str, key: str) -> list[str]:
    """From its first code on the app counts. Returns the recovery codes that come with it.

    Raises InvalidInput for a code that does not fit.
    """
    give_app_code(session, person, typed, key)
    app = session.get_one(Authenticator, person.id)
    app.confirmed_at = app.confirmed_at or now()
    record(session, "authenticator_added", by=person.id, school=person.school_id, subject=("person", person.id))
    return make_recovery_codes(session, person)


def make_recovery_codes(session: Session, person: Person) -> list[str]:
    """Ten new ones, to be shown this once; those before no longer work."""
    codes = rules.new_recovery_codes()
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    session.add_all(
        RecoveryCode(person_id=person.id, code_hash=hash_token(rules.plain_recovery_code(code))) for code in codes
    )
    record(session, "recovery_codes_made", by=person.id, school=person.school_id, subject=("person", person.id))
    return codes


def give_code(session: Session, person: Person, typed: str, key: str) -> None:
    """Take a code from the app, or one of the recovery codes, each once. Raises InvalidInput."""
    plain = rules.plain_recovery_code(typed)
    if not plain:
        give_app_code(session, person, typed, key)
        return
    used = session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person.id,
            RecoveryCode.code_hash == hash_token(plain),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now())
        .returning(RecoveryCode.id)
    )
    if used is None:
        raise InvalidInput("That recovery code does not fit, or was used before. Try another.", code="wrong_code")
    record(session, "recovery_code_used", by=person.id, school=person.school_id, subject=("person", person.id))


def give_app_code(session: Session, person: Person, typed: str, key: str) -> None:
    """Take a code from the app. Of two who give the same one at once, one wins. Raises InvalidInput."""
    app = session.get(Authenticator, person.id)
    step = rules.step_of(secret_of(app, key), typed, now(), app.last_step) if app else None
    taken = step is not None and session.scalar(
        update(Authenticator)
        .where(
            Authenticator.person_id == person.id,
            or_(Authenticator.last_step.is_(None), Authenticator.last_step < step),
        )
        .values(last_step=step)
        .returning(Authenticator.person_id)
    )
    if not taken:
        raise InvalidInput(WRONG_CODE, code="wrong_code")


def remove_app(session: Session, person: Person) -> None:
    """The app counts no longer; with the last thing that was asked the recovery codes go too."""
    gone = session.scalar(
        delete(Authenticator).where(Authenticator.person_id == person.id).returning(Authenticator.person_id)
    )
    if gone is not None:
        record(session, "authenticator_removed", by=person.id, school=person.school_id, subject=("person", person.id))
    forget_codes_without_use(session, person.id)


def forget_codes_without_use(session: Session, person_id: uuid.UUID) -> None:
    """Recovery codes stand in for something: when there is nothing left, they go."""
    if not has_second_step(session, person_id):
        session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


def ask_everybody(session: Session, school: School, day: str, *, standing: str, today: date, by: uuid.UUID) -> None:
    """From `day` on nobody at the school goes without a second step; an empty one leaves it to each person.

    Raises InvalidInput for a day that is none or over, and Conflict when what holds is no longer `standing`.
    """
    wanted = rules.read_day(day, today)
    session.refresh(school, with_for_update={"key_share": True})
    if str(school.second_step_from or "") != standing:
        raise Conflict(
            "Somebody else changed this while you were choosing. What holds now is said below.",
            code="second_step_changed",
            theirs=str(school.second_step_from or ""),
        )
    school.second_step_from = wanted
    record(session, "second_step_asked", by=by, school=school.id, subject=("school", school.id))


def clear(session: Session, person: Person, *, by: uuid.UUID | None) -> None:
    """For somebody who has lost it all: only the password is asked next time. `by` is None on the command line.

    It lets nobody in: the password is still the person's own, and they are told.
    """
    forget_all(session, person)
    tell(session, [person.id], NoticeKind.SECOND_STEP_CLEARED, person.id, by=by)
    record(session, "second_step_cleared", by=by, school=person.school_id, subject=("person", person.id))


def forget_all(session: Session, person: Person) -> None:
    """Whatever was asked for beside the password is asked for no longer."""
    for kept in (Authenticator, Passkey, RecoveryCode):
        session.execute(delete(kept).where(kept.person_id == person.id))
