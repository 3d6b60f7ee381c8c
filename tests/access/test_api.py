"""The description of the JSON addresses is that of the routes, and what is asked by it is answered as it says."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import schemathesis
import yaml
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import content_type_conformance, not_a_server_error, status_code_conformance
from schemathesis.checks import response_schema_conformance as shape_conformance

from tests.support.world import World, make_clip, make_tag
from veo_workflow.clips.models import ClipState, Upload, UploadState
from veo_workflow.people.models import Person
from veo_workflow.services import Services

DESCRIPTION = yaml.safe_load((Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text())
METHODS = {"get", "put", "post", "delete"}
EXAMPLES = 10  # of each address and person
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, shape_conformance]


def test_every_json_address_is_described_and_no_other(app: Flask) -> None:
    there = {
        (rule.rule.replace("<uuid:", "{").replace(">", "}"), method.lower(), rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {
        (path, method, operation["operationId"])
        for path, item in DESCRIPTION["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }
    assert told == there


@pytest.mark.parametrize("name", ["asha", "priya", "lena"])
def test_whatever_is_sent_to_them_nothing_breaks(
    name: str, world: World, app: Flask, services: Services, client_for: Callable[[Person | None], FlaskClient]
) -> None:
    """What is there is asked for by its id; all else, bodies most of all, is made up after the description."""
    client = client_for(getattr(world, name))
    sign_in = client.get_cookie("veo")
    assert sign_in is not None
    ids = _known(services, world)
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    schema.app = app
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.endswith("/stream"):  # tells for ever; tests/clips and tests/proxied listen to it
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Case) -> None:
            nonlocal asked
            asked += 1
            case.path_parameters.update({key: ids[key] for key in case.path_parameters if key in ids})
            case.call_and_validate(cookies={"veo": sign_in.value}, checks=CHECKS)

        ask()
    assert asked > 100


def test_half_an_emoji_and_numbers_beyond_any_clip_break_nothing(
    world: World, services: Services, client_for: Callable[[Person | None], FlaskClient]
) -> None:
    asha, ids = client_for(world.asha), _known(services, world)
    address = f"/api/clips/{ids['clip_id']}/tags/{uuid.uuid4()}"
    times = {"pressed_ms": 2**70, "start_ms": -(2**70), "end_ms": 2**90}
    kept = asha.put(address, json={**times, "note": "cut off \ud83d"})
    assert (kept.status_code, kept.json["note"]) == (201, "cut off \ufffd")
    assert asha.put(address, json={**times, "version": 2**70}).status_code == 409
    whole = asha.put(address, json={**times, "note": "whole \U0001f600 \\u", "version": 1})
    assert (whole.status_code, whole.json["note"]) == (200, "whole \U0001f600 \\u")
    begun = asha.post("/api/uploads", json={"name": "\ud800", "cycle": ids["cycle_id"], "size": 2**70})
    assert begun.status_code in {413, 422}
    review = {"version": str(2**70), "celebrate": "\udc00", "action_text": ["\ud800"], "\ud800": ""}
    assert asha.put(f"/api/cycles/{ids['cycle_id']}/review", json=review).status_code < 500


def _known(services: Services, world: World) -> dict[str, str]:
    with services.database.transaction() as session:
        clip = make_clip(session, world.cycle, world.asha)
        sent = make_clip(session, world.cycle, world.asha, title="Still to arrive")
        sent.state = ClipState.UPLOADING
        tag = make_tag(session, clip, world.priya, world.strategy)
        upload = Upload(
            id=sent.id,
            person_id=world.asha.id,
            cycle_id=world.cycle.id,
            idempotency_key="a key of ours",
            state=UploadState.OPEN,
            name="lesson.mov",
            size=100,
            fingerprint="f",
            part_size=100,
            part_count=1,
            key=f"clips/{sent.id}/original",
            storage_upload="none",
        )
        session.add(upload)
        step = world.strategy.steps[0].id
        found = {"clip_id": clip.id, "cycle_id": world.cycle.id, "tag_id": tag.id, "upload_id": sent.id}
        return {name: str(each) for name, each in {**found, "step_id": step}.items()}
