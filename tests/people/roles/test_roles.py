"""An administrator decides what somebody does for the whole school, and nobody is left without a lead."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.confirming import carried_on, confirmed
from tests.support.world import World
from veo_workflow.audit.models import AuditEntry
from veo_workflow.errors import InvalidInput
from veo_workflow.notices.models import Notice, NoticeKind
from veo_workflow.people.models import Person, PersonRole, Role
from veo_workflow.people.roles import rules
from veo_workflow.services import Services

SignedIn = Callable[[Person | None], FlaskClient]


def roles_of(services: Services, person: Person) -> set[str]:
    with services.database.reading() as session:
        held = session.scalars(select(PersonRole.role).where(PersonRole.person_id == person.id))
        return {role.value for role in held}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_role_is_given_after_the_password_its_person_told_and_it_is_written_down(
    services: Services, world: World, client_for: SignedIn
) -> None:
    ada, address = client_for(world.ada), f"/people/{world.sam.id}/roles"
    page = ada.get(address).text
    assert [said.never in page for said in rules.ROLES.values()] == [True] * len(Role)
    asked = ada.post(address, data={"roles": ["lead", "safeguarding_lead"]})
    assert (asked.status_code, roles_of(services, world.sam)) == (403, set())
    assert [each for each in carried_on(asked.text) if each[0] == "roles"] == [
        ("roles", "lead"),
        ("roles", "safeguarding_lead"),
    ]
    assert confirmed(ada).post(address, data={"roles": ["lead", "safeguarding_lead"]}).status_code == 302
    assert roles_of(services, world.sam) == {"lead", "safeguarding_lead"}
    assert client_for(world.sam).get("/overview").status_code == 200
    with services.database.reading() as session:
        told = select(Notice.kind).where(Notice.person_id == world.sam.id)
        assert NoticeKind.ROLES_CHANGED in session.scalars(told).all()
        written = select(AuditEntry.person_id, AuditEntry.subject_id).where(AuditEntry.action == "roles_changed")
        assert session.execute(written).one() == (world.ada.id, world.sam.id)


def test_the_last_lead_and_the_last_administrator_stay_until_a_colleague_has_the_role(
    services: Services, world: World, client_for: SignedIn
) -> None:
    ada = confirmed(client_for(world.ada))
    for person, role in ((world.lena, "lead"), (world.ada, "administrator")):
        address = f"/people/{person.id}/roles"
        refused = ada.post(address, data={"seen": role})
        assert (refused.status_code, "Give the role to a colleague first." in refused.text) == (422, True)
        assert roles_of(services, person) == {role}
    ada.post(f"/people/{world.sam.id}/roles", data={"roles": ["lead", "administrator"]})
    assert ada.post(f"/people/{world.lena.id}/roles", data={"seen": "lead"}).status_code == 302
    assert client_for(world.lena).get("/overview").status_code == 404
    gone = ada.post(f"/people/{world.ada.id}/roles", data={"seen": "administrator"})
    assert (gone.status_code, gone.headers["Location"], ada.get("/people").status_code) == (302, "/", 404)


def test_of_two_who_change_one_person_the_second_sees_both(
    services: Services, world: World, client_for: SignedIn
) -> None:
    ada, address = confirmed(client_for(world.ada)), f"/people/{world.sam.id}/roles"
    ada.post(address, data={"roles": "lead"})
    second = ada.post(address, data={"roles": "safeguarding_lead"})
    assert second.status_code == 409
    assert "Sam is now: Coaching lead. You chose: Safeguarding lead." in second.text
    assert roles_of(services, world.sam) == {"lead"}
    assert ada.post(address, data={"roles": "queen", "seen": "lead"}).status_code == 422


def test_a_role_nobody_needs_may_go_and_one_that_others_hold_too() -> None:
    rules.check_left({Role.SAFEGUARDING_LEAD}, set())
    rules.check_left({Role.LEAD}, {Role.LEAD})
    with pytest.raises(InvalidInput, match="Nobody else here is an administrator"):
        rules.check_left({Role.ADMINISTRATOR}, {Role.LEAD})
