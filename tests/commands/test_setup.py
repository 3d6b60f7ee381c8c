"""`make setup` on a machine that lacks something, without root: one sentence that names it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "dirname", "date", "mktemp", "rm", "cat", "grep", "sed", "sha256sum", "cut", "env")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A clone on a machine where we are not root, with the usual tools and programs that say they are there."""
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config" / "setup.sh", tmp_path / "config")
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    _add_program(tmp_path, "id", "echo 1000")
    for name in ("apt-get", "ffmpeg", "ffprobe", "redis-server", "python3"):
        _add_program(tmp_path, name)
    return tmp_path


def test_a_missing_program_is_named_with_the_command_that_installs_it(machine: Path) -> None:
    (machine / "bin" / "ffmpeg").unlink()
    (machine / "bin" / "redis-server").unlink()
    refused = _set_up(machine)
    assert refused.returncode == 1
    assert refused.stderr == (
        "Missing: ffmpeg redis-server. "
        "Install it as root with: apt-get install -y --no-install-recommends ffmpeg redis-server\n"
    )
    assert not (machine / ".venv").exists()


def test_on_another_distribution_only_the_names_are_told(machine: Path) -> None:
    (machine / "bin" / "ffmpeg").unlink()
    (machine / "bin" / "apt-get").unlink()
    refused = _set_up(machine)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Missing: ffmpeg. This is not Debian or Ubuntu")


def test_packages_that_cannot_be_installed_fail_with_what_was_said(machine: Path) -> None:
    (machine / "bin" / "ffmpeg").unlink()
    _add_program(machine, "id", "echo 0")
    for tool in ("tail", "sleep", "chmod"):
        (machine / "bin" / tool).symlink_to(str(shutil.which(tool)))
    _add_program(machine, "apt-get", "echo Temporary failure resolving the mirror; exit 100")
    refused = _set_up(machine)
    assert refused.returncode == 1
    assert "Temporary failure resolving the mirror" in refused.stderr
    assert "This did not work:" in refused.stderr


def _add_program(machine: Path, name: str, script: str = "exit 0") -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _set_up(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [machine / "config" / "setup.sh"],
        env={"PATH": str(machine / "bin")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
