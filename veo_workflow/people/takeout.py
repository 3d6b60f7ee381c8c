"""What this room puts into the archive of a person: their account, how and where they sign in, roster and pairs.

Of colleagues it holds names and no address.  No token, no hash and no password is in it.
"""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from veo_workflow.people.factors.queries import held_by
from veo_workflow.people.models import Coach, Pair, Person, SignIn
from veo_workflow.people.providers.models import Identity
from veo_workflow.people.queries import school_of

SHEETS = {"pairs": ("role", "with", "starts_on", "ends_on")}


def of_person(session: Session, person: Person) -> dict[str, Any]:
    """Eight statements."""
    on_roster = session.get(Coach, person.id)
    sign_ins = session.scalars(
        select(SignIn).where(SignIn.person_id == person.id).order_by(SignIn.created_at, SignIn.id)
    )
    pairs = session.scalars(
        select(Pair)
        .options(joinedload(Pair.coach), joinedload(Pair.coachee))
        .where(or_(Pair.coach_id == person.id, Pair.coachee_id == person.id))
        .order_by(Pair.starts_on, Pair.id)
    )
    held = held_by(session, person.id)
    elsewhere = session.scalars(select(Identity).where(Identity.person_id == person.id).order_by(Identity.linked_at))
    return {
        "signing_in": {
            "app_since": held.app_since,
            "passkeys": [
                {"name": passkey.name, "made_at": passkey.made_at, "used_at": passkey.used_at}
                for passkey in held.passkeys
            ],
            "recovery_codes_left": held.recovery_codes,
            "accounts_elsewhere": [{"issuer": row.issuer, "linked_at": row.linked_at} for row in elsewhere],
        },
        "account": {
            "id": person.id,
            "school": school_of(session, person).name,
            "name": person.name,
            "email": person.email,
            "roles": sorted(held.role.value for held in person.roles),
            "created_at": person.created_at,
            "cycles_a_year": person.cycles_a_year,
            "sessions_a_half_term": person.sessions_a_half_term,
            "observations_a_half_term": person.observations_a_half_term,
        },
        "coach": on_roster
        and {
            "since": on_roster.since,
            "trained_on": on_roster.trained_on,
            "capacity": on_roster.capacity,
            "ended_at": on_roster.ended_at,
        },
        "sign_ins": [
            {
                "device": row.device,
                "created_at": row.created_at,
                "last_seen_at": row.last_seen_at,
                "ended_at": row.ended_at,
            }
            for row in sign_ins
        ],
        "pairs": [
            {
                "id": pair.id,
                "role": "coach" if pair.coach_id == person.id else "coachee",
                "with": pair.other(person.id).name,
                "starts_on": pair.starts_on,
                "ends_on": pair.ends_on,
                "ended_at": pair.ended_at,
            }
            for pair in pairs
        ],
    }
