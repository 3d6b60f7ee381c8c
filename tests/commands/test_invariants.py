"""An operator asks whether anything contradicts: one sentence and 0, or the list and 1."""

import json
from pathlib import Path

from tests.commands.processes import veo
from tests.support.world import World, make_clip
from veo_workflow.clips.models import Clip
from veo_workflow.cycles.models import Cycle
from veo_workflow.services import Services


def with_a_clip(services: Services, world: World) -> Clip:
    with services.database.transaction() as session:
        clip = make_clip(session, session.get_one(Cycle, world.cycle.id), world.asha)
    for name in ("playback.mp4", "poster.jpg"):
        path = services.settings.data / name
        path.write_bytes(b"x" * 500)
        services.storage.put(f"clips/{clip.id}/1/{name}", path, "video/mp4")
    return clip


def test_one_sentence_where_nothing_contradicts_and_the_list_where_something_does(
    services: Services, world: World
) -> None:
    clip = with_a_clip(services, world)
    environment = {"VEO_DATA": str(services.settings.data), "VEO_REDIS_URL": services.settings.redis_url}
    well = veo("doctor", "--invariants", **environment)
    assert (well.returncode, well.stdout) == (0, "Nothing contradicts: 1 clip looked at.\n")
    services.storage.delete(f"clips/{clip.id}/1/poster.jpg")
    sentence = f"The object clips/{clip.id}/1/poster.jpg is missing."
    ill = veo("doctor", "--invariants", **environment)
    assert (ill.returncode, ill.stdout) == (1, f"{sentence}\n")
    told = veo("doctor", "--invariants", "--json", **environment)
    assert json.loads(told.stdout) == {"ok": False, "clips": 1, "contradictions": [{"sentence": sentence}]}
    assert told.returncode == 1


def test_a_copy_at_rest_has_no_redis_and_may_be_well(services: Services) -> None:
    at_rest = veo("doctor", "--invariants", VEO_DATA=str(services.settings.data))
    assert at_rest.stdout == "Nothing contradicts: 0 clips looked at.\n"


def test_a_redis_that_should_answer_and_does_not_is_said(services: Services, tmp_path: Path) -> None:
    away = veo(
        "doctor",
        "--invariants",
        VEO_DATA=str(services.settings.data),
        VEO_REDIS_URL=f"unix://{tmp_path}/none.sock",
    )
    assert away.returncode == 1
    assert "Redis does not answer" in away.stdout


def test_where_nothing_has_begun_nothing_is_made_by_looking(tmp_path: Path) -> None:
    looked = veo("doctor", "--invariants", VEO_DATA=str(tmp_path / "none"))
    assert looked.returncode == 1
    assert "Start it with make run" in looked.stderr
    assert not (tmp_path / "none").exists()
