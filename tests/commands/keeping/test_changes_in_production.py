"""What was taken back since a backup stays so on PostgreSQL and a bucket that keeps versions, people's ways in too."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.commands.keeping.conftest import Film
from tests.support import versioned
from tests.support.swift_s3 import Store
from tests.support.world import PASSWORD, World
from veo_workflow.audit.operations import record
from veo_workflow.clips import sharing
from veo_workflow.clips.models import Clip, ClipShare
from veo_workflow.clips.shares import operations as shares
from veo_workflow.commands.keeping.bringing_back import restore
from veo_workflow.commands.keeping.taking import back_up
from veo_workflow.cycles.pairing.operations import end_pair
from veo_workflow.database import now
from veo_workflow.people import operations as people
from veo_workflow.people.factors.models import Passkey
from veo_workflow.people.factors.passkeys import remove
from veo_workflow.people.models import LinkPurpose, OneTimeLink, Pair, Person, Role, SignIn
from veo_workflow.people.roles.operations import give
from veo_workflow.removal import changes, ledger
from veo_workflow.removal.holds import operations as holds
from veo_workflow.removal.leaving.operations import leave
from veo_workflow.services import Services, open_services
from veo_workflow.settings import Settings
from workers.upkeep import NOTED_CHANGES, one_round

NEW_PASSWORD = "canary words for tuesday"
REASON = "canary: a parent has asked about the end of this lesson."


@pytest.fixture
def form() -> str:
    return "production"


@pytest.fixture
def bucket(swift: Store) -> str:
    """One of the test's own, which keeps versions."""
    name = f"veo-{uuid.uuid4()}"
    versioned.client(swift).create_bucket(Bucket=name)
    versioned.keep_versions(swift, name)
    return name


@pytest.fixture
def settings(settings: Settings, swift: Store, bucket: str) -> Settings:
    return settings.model_copy(update=swift.settings(bucket))


def passkey(person: Person) -> Passkey:
    kept = {"credential_id": uuid.uuid4().hex, "public_key": "key", "sign_count": 0}
    return Passkey(person_id=person.id, name="A lost phone", **kept)


def test_footage_roles_and_ways_in_of_before_do_not_come_back(
    services: Services,
    world: World,
    film: Film,
    swift: Store,
    bucket: str,
    lose_everything: Callable[[], None],
    tmp_path: Path,
) -> None:
    films = {name: film(title=name) for name in ("untouched", "unshared", "revoked", "held")}
    with services.database.transaction() as session:
        of = {name: session.get_one(Person, person.id) for name, person in world.everybody.items()}
        for name in ("asha", "priya", "tess", "lena"):
            people.set_password(session, of[name], PASSWORD)
            people.open_sign_in(session, of[name])
        session.add(passkey(of["tess"]))
        people.make_link(session, LinkPurpose.PASSWORD_RESET, of["asha"])
        session.add(ClipShare(clip_id=films["revoked"].id, person_id=of["sam"].id, until=films["revoked"].delete_by))
    folder, file = tmp_path / "monday", tmp_path / "erasures.jsonl"
    back_up(services.settings, services.database, services.storage, folder, lambda stage, done: None)

    with services.database.transaction() as session:
        of = {name: session.get_one(Person, person.id) for name, person in world.everybody.items()}
        sharing.stop_sharing_with_coach(session, session.get_one(Clip, films["unshared"].id), by=of["asha"])
        share = session.scalars(select(ClipShare)).one()
        shares.take_back(session, session.get_one(Clip, films["revoked"].id), share.id, by=of["asha"])
        holds.place(session, session.get_one(Clip, films["held"].id), REASON, is_told=True, by=of["sid"])
        end_pair(session, session.get_one(Pair, world.former_pair.id), by=None)
        people.set_password(session, of["priya"], NEW_PASSWORD)
        remove(session, session.scalars(select(Passkey)).one(), by=of["tess"])
        give(session, of["sam"], frozenset({Role.LEAD}), seen=frozenset(), by=of["ada"])
        give(session, of["lena"], frozenset(), seen=frozenset({Role.LEAD}), by=of["ada"])
    one_round(services)
    with services.database.transaction() as session:
        leave(session, session.get_one(Person, world.theo.id), last_day_of_footage=now().date(), by=of["ada"])
    services.redis.delete(NOTED_CHANGES)
    one_round(services)
    assert versioned.kept_in(swift, bucket).count(ledger.CHANGES) == 1, "the ledger as it is now, and nothing older"
    ledger.save(services.storage, file)
    assert "canary" not in file.read_text()
    assert "argon2" not in file.read_text()
    lose_everything()

    restore(services.settings, folder, lambda stage, done: None, ledger.read(file))
    again = open_services(services.settings)
    with again.database.reading() as session:
        rows = {name: session.get_one(Clip, clip.id) for name, clip in films.items()}
        assert {name for name, row in rows.items() if row.is_open_to_coach} == {"untouched", "revoked"}
        assert session.scalars(select(ClipShare).where(ClipShare.revoked_at.is_(None))).all() == []
        assert rows["held"].held_at is not None
        of = {name: session.get_one(Person, person.id) for name, person in world.everybody.items()}
        assert of["theo"].disabled_at is not None
        assert {name: {held.role for held in of[name].roles} for name in ("lena", "sam", "ada")} == {
            "lena": set(),
            "sam": {Role.LEAD},
            "ada": {Role.ADMINISTRATOR},
        }
        with_password = {name for name in ("asha", "priya", "tess", "lena") if of[name].password_hash}
        assert with_password == {"asha", "lena"}, "who changed how they sign in does so anew, by a fresh link"
        assert session.scalars(select(Passkey)).all() == []
        assert session.scalars(select(SignIn).where(SignIn.ended_at.is_(None))).all() == []
        assert session.scalars(select(OneTimeLink).where(OneTimeLink.used_at.is_(None))).all() == []
    with again.database.transaction() as session:
        people.set_password(session, session.get_one(Person, world.priya.id), NEW_PASSWORD)
        assert ledger.replay_all(session, ledger.read(file), again.storage) == 0, "twice is once, a new password stays"
        assert session.get_one(Person, world.priya.id).password_hash
    again.events.close()
    again.database.engine.dispose()


def test_a_change_that_this_copy_knows_of_or_has_gone_beyond_is_not_made_again(
    services: Services, world: World
) -> None:
    """The backup is younger than the file of the ledger."""
    with services.database.transaction() as session:
        lena, ada = (session.get_one(Person, each.id) for each in (world.lena, world.ada))
        record(session, "roles_changed", by=ada.id, school=ada.school_id, subject=("person", lena.id))
        people.set_password(session, ada, PASSWORD)
        session.add(passkey(ada))
        record(session, "passkey_added", by=ada.id, school=ada.school_id, subject=("passkey", uuid.uuid4()))
        made = changes.made(session, now().replace(year=2000))
        lena.roles = []
        assert ledger.replay_all(session, made, services.storage) == 0
        assert ada.password_hash
