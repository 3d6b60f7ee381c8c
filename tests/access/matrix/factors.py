from datetime import timedelta

from sqlalchemy.orm import Session

from tests.access.rows import COACHEE, EVERYBODY, Row
from tests.support.world import World
from veo_workflow.database import now
from veo_workflow.people.factors.models import Passkey

ADMINISTRATOR = frozenset({"ada"})

ROWS = (
    Row("factors.own", "GET", "/me/sign-in", EVERYBODY),
    Row("factors.begin_app", "POST", "/me/sign-in/app", EVERYBODY),
    Row("factors.app_to_be", "GET", "/me/sign-in/app", EVERYBODY),
    Row("factors.finish_app", "POST", "/me/sign-in/app/check", EVERYBODY),
    Row("factors.remove_app", "POST", "/me/sign-in/app/remove", EVERYBODY),
    # Only Asha has anything that recovery codes would stand in for.
    Row("factors.make_codes", "POST", "/me/sign-in/codes", EVERYBODY, ok=frozenset({200, 422})),
    Row("second.ask", "GET", "/sign-in/second", EVERYBODY, open_to_all=True),
    # Who has not just given a password has no second step to give.
    Row("second.give", "POST", "/sign-in/second", EVERYBODY, open_to_all=True, ok=frozenset({401})),
    Row("passkeys.ask_to_make", "POST", "/api/passkeys/make", EVERYBODY),
    Row("passkeys.ask_to_confirm", "POST", "/api/passkeys/confirm", EVERYBODY),
    Row("passkeys.ask_at_sign_in", "POST", "/api/sign-in/passkey", EVERYBODY, open_to_all=True, ok=frozenset({401})),
    # What is no passkey is not kept.
    Row("passkeys.add", "POST", "/me/sign-in/passkeys", EVERYBODY, ok=frozenset({422})),
    Row("passkeys.rename", "POST", "/me/sign-in/passkeys/{passkey}/name", COACHEE, form=lambda _: {"name": "My iPad"}),
    Row("passkeys.remove", "POST", "/me/sign-in/passkeys/{passkey}/remove", COACHEE),
    Row("second_step.everybody", "GET", "/people/second-step", ADMINISTRATOR),
    Row(
        "second_step.choose",
        "POST",
        "/people/second-step",
        ADMINISTRATOR,
        form=lambda _: {"day": str(now().date() + timedelta(days=30)), "standing": ""},
    ),
    Row("second_step.clear", "POST", "/people/second-step/{colleague}/clear", ADMINISTRATOR),
)


def fill(session: Session, world: World) -> dict[str, str]:
    passkey = Passkey(person_id=world.asha.id, name="My iPad", credential_id="aXBhZA", public_key="a2V5", sign_count=0)
    session.add(passkey)
    session.flush()
    return {"colleague": str(world.asha.id), "passkey": str(passkey.id)}
