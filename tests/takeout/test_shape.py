"""The shape `veo-cycle/1` is promised by a JSON Schema that is delivered with the software."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient

import veo_workflow.takeout
from tests.support.confirming import confirmed
from tests.support.world import World
from veo_workflow.people.models import Person

SignedIn = Callable[[Person | None], FlaskClient]
SCHEMA = json.loads((Path(veo_workflow.takeout.__file__).parent / "veo-cycle-1.schema.json").read_text())

FORMATS = jsonschema.FormatChecker(["date", "uuid"])


@FORMATS.checks("date-time", ValueError)
def _is_a_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def check(held: Any) -> None:
    jsonschema.Draft202012Validator(SCHEMA, format_checker=FORMATS).validate(held)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("who", ["asha", "priya"])
def test_a_full_cycle_has_the_promised_shape(who: str, client_for: SignedIn, told: World) -> None:
    held = confirmed(client_for(told.everybody[who])).get(f"/cycles/{told.cycle.id}/takeout.json").get_json()
    check(held)
    assert all(held[part] for part in (*SCHEMA["required"], "sessions", "practice", "resources", "conversation"))


def test_a_cycle_in_which_nothing_is_written_yet_has_it_too(client_for: SignedIn, world: World) -> None:
    held = confirmed(client_for(world.asha)).get(f"/cycles/{world.cycle.id}/takeout.json").get_json()
    check(held)
    assert held["review"] is None


@pytest.mark.parametrize(
    ("part", "wrong"),
    [("format", "veo-cycle/2"), ("taken_out_at", "yesterday"), ("moments", [{"note": "alone"}]), ("cycle", {})],
)
def test_what_has_another_shape_is_told_apart(part: str, wrong: Any, client_for: SignedIn, told: World) -> None:
    held = confirmed(client_for(told.asha)).get(f"/cycles/{told.cycle.id}/takeout.json").get_json()
    with pytest.raises(jsonschema.ValidationError):
        check(held | {part: wrong})
