"""What a passkey has to say before it counts: that its device knew its owner, and that it has signed once more."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from tests.support.passkey import Device
from tests.support.world import World
from veo_workflow.errors import InvalidInput
from veo_workflow.people.factors import passkeys
from veo_workflow.people.factors.challenges import Purpose
from veo_workflow.people.factors.passkeys import Place
from veo_workflow.people.factors.queries import passkeys_of
from veo_workflow.people.models import Person
from veo_workflow.services import Services

HERE = Place("localhost", "https://localhost")
Give = Callable[[Device, Person], None]

pytestmark = pytest.mark.parametrize("database", ["sqlite"])


def device(**said: object) -> Device:
    return Device(HERE.host, HERE.origin, **said)  # type: ignore[arg-type]


@pytest.fixture
def make(services: Services) -> Give:
    def made(with_device: Device, person: Person) -> None:
        with services.database.transaction() as session:
            asked = passkeys.options_to_make(session, services.redis, person, HERE)
            passkeys.add(session, services.redis, person, HERE, with_device.make(asked), "Laptop")

    return made


@pytest.fixture
def give(services: Services) -> Give:
    def given(with_device: Device, person: Person) -> None:
        with services.database.transaction() as session:
            asked = passkeys.options_to_give(session, services.redis, person, HERE, Purpose.CONFIRM)
            passkeys.give(session, services.redis, person, HERE, with_device.give(asked), Purpose.CONFIRM)

    return given


def count(session: Session, person: Person) -> list[int]:
    return [passkey.sign_count for passkey in passkeys_of(session, person.id)]


def refused(take: Give, with_device: Device, person: Person) -> None:
    with pytest.raises(InvalidInput) as wrong:
        take(with_device, person)
    assert wrong.value.code == "wrong_key"


def test_a_device_that_did_not_know_its_owner_makes_no_passkey_and_gives_none(
    services: Services, world: World, make: Give, give: Give
) -> None:
    hers = device(knows_its_owner=False)
    refused(make, hers, world.asha)
    hers.knows_its_owner = True
    make(hers, world.asha)
    give(hers, world.asha)
    hers.knows_its_owner = False
    refused(give, hers, world.asha)


def test_each_time_its_count_has_grown_or_it_is_a_copy(
    services: Services, world: World, make: Give, give: Give
) -> None:
    hers = device(signed=5)
    make(hers, world.asha)
    for signed in (6, 9):
        hers.signed = signed
        give(hers, world.asha)
    for signed in (9, 8, 0):
        hers.signed = signed
        refused(give, hers, world.asha)
    with services.database.reading() as session:
        assert count(session, world.asha) == [9]


def test_one_that_never_counts_is_taken_each_time(world: World, make: Give, give: Give) -> None:
    hers = device()
    make(hers, world.asha)
    give(hers, world.asha)
    give(hers, world.asha)


def test_it_counts_for_its_person_here_by_its_own_key_and_for_what_was_asked(
    services: Services, world: World, make: Give, give: Give
) -> None:
    hers = device()
    make(hers, world.asha)
    refused(give, hers, world.priya)
    for other in (Device("elsewhere.example", HERE.origin, id=hers.id, _key=hers._key), device(id=hers.id)):
        refused(give, other, world.asha)
    refused(give, Device(HERE.host, "https://elsewhere.example", id=hers.id, _key=hers._key), world.asha)
    with services.database.transaction() as session:
        asked = passkeys.options_to_give(session, services.redis, world.asha, HERE, Purpose.SECOND_STEP)
        answer = hers.give(asked)
        with pytest.raises(InvalidInput):
            passkeys.give(session, services.redis, world.asha, HERE, answer, Purpose.CONFIRM)
