"""The doctor looks at every component, says what is wrong, and what to do about it."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.processes import veo
from tests.support.ports import free_port
from veo_workflow.commands import data_folder
from veo_workflow.media import sandbox
from veo_workflow.settings import Settings

COMPONENTS = {
    *("ffmpeg", "ffprobe", "limits", "sandbox"),
    *("Python", "Redis", "database", "storage", "disk", "worker", "upkeep", "web"),
}


def examine(data: Path, **environment: str) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code and each component's finding."""
    examined = veo("doctor", "--json", VEO_DATA=str(data), VEO_PORT=str(free_port()), **environment)
    findings = json.loads(examined.stdout)["components"]
    return examined.returncode, {finding["name"]: finding for finding in findings}


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """A data folder on which a copy seems to run."""
    settings = Settings(data=tmp_path / "data")
    data_folder.prepare(settings)
    lock = data_folder.hold(settings)
    yield settings.data
    os.close(lock)


def test_a_copy_at_rest_is_well_and_nothing_is_made_by_looking(tmp_path: Path) -> None:
    code, findings = examine(tmp_path / "data")
    assert set(findings) == COMPONENTS
    assert code == 0
    assert findings["ffmpeg"]["state"] == findings["Python"]["state"] == "works"
    assert findings["worker"] == {
        "name": "worker",
        "state": "note",
        "detail": "not running",
        "remedy": "Start it with make run.",
    }
    assert not (tmp_path / "data").exists()


def test_limits_and_sandbox_are_named_for_what_they_keep_out(tmp_path: Path) -> None:
    _, findings = examine(tmp_path / "data")
    assert findings["limits"]["state"] == "works"
    assert "8 GiB" in findings["limits"]["detail"]
    if sandbox.works():
        assert findings["sandbox"]["state"] == "works"
        assert "network cut off" in findings["sandbox"]["detail"]
    else:
        assert findings["sandbox"]["state"] == "note"
        assert "the network is not cut off" in findings["sandbox"]["detail"]
        assert "bubblewrap" in findings["sandbox"]["remedy"]


def test_without_the_sandboxs_program_it_says_so(tmp_path: Path) -> None:
    """Everything else of the machine is on the path."""
    for tool in ("ffmpeg", "ffprobe", "setpriv", "prlimit", "nice"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    code, findings = examine(tmp_path / "data", PATH=str(tmp_path))
    assert code == 0
    assert findings["sandbox"]["state"] == "note"
    assert "the network is not cut off" in findings["sandbox"]["detail"]


def test_a_sandbox_that_is_switched_off_is_named(tmp_path: Path) -> None:
    _, findings = examine(tmp_path / "data", VEO_SANDBOX="off")
    assert findings["sandbox"]["detail"] == "switched off: limits only, the network is not cut off"


def test_a_running_copy_without_its_parts_is_ill(held: Path) -> None:
    code, findings = examine(held)
    assert code == 1
    assert [name for name, finding in findings.items() if finding["state"] == "broken"] == [
        "Redis",
        "worker",
        "upkeep",
        "web",
    ]
    assert str(held / "logs" / "redis.log") in findings["Redis"]["remedy"]


def test_a_missing_program_is_broken_and_its_package_named(tmp_path: Path) -> None:
    code, findings = examine(tmp_path / "data", PATH="/nowhere")
    assert code == 1
    assert findings["ffmpeg"]["detail"] == "not found"
    assert findings["ffmpeg"]["remedy"] == "Install it with: apt-get install ffmpeg."


def test_a_redis_of_ones_own_that_does_not_answer_is_broken(tmp_path: Path) -> None:
    code, findings = examine(tmp_path / "data", VEO_REDIS_URL=f"unix://{tmp_path}/none.sock")
    assert code == 1
    assert findings["Redis"]["remedy"] == "Start it, or correct VEO_REDIS_URL."


def test_the_list_to_read_marks_what_is_broken(tmp_path: Path) -> None:
    examined = veo("doctor", VEO_DATA=str(tmp_path / "data"), PATH="/nowhere")
    assert "✗ ffmpeg" in examined.stdout
    assert "→ Install it with: apt-get install ffmpeg." in examined.stdout
