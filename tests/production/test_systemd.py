"""The units for a school without containers: systemd takes them, they start what there is, and bubblewrap works."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from veo_workflow.cli import COMMANDS
from veo_workflow.settings import Settings

HERE = Path(__file__).resolve().parents[2]
UNITS = sorted((HERE / "config" / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
SETTINGS = {f"VEO_{name.upper()}" for name in Settings.model_fields}

HARDENED = {
    "User=veo",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
}
# Each of them keeps bubblewrap from making its box: its namespaces, its mounts, or a fresh /proc in it.
IN_THE_WAY = re.compile(
    r"(?m)^(RestrictNamespaces|SystemCallFilter|ProtectKernelTunables|ProtectKernelLogs|ProtectProc|ProcSubset|PrivateUsers)="
)


def test_there_is_one_for_each_part() -> None:
    parts = {"veo-web", "veo-events", "veo-worker@", "veo-upkeep", "veo-migrate"}
    assert {unit.stem for unit in SERVICES} == parts
    asked = (HERE / "config" / "systemd" / "veo.target").read_text()
    assert [part for part in parts if part.removesuffix("@") not in asked] == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
def test_systemd_has_nothing_to_say_against_them(tmp_path: Path) -> None:
    """With this checkout in the place of /opt/veo, so that the programs are there."""
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/veo", str(HERE)))
    units = [tmp_path / unit.name.replace("@", "@1") for unit in UNITS]
    (tmp_path / "veo-worker@1.service").symlink_to(tmp_path / "veo-worker@.service")
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_each_starts_what_there_is_under_its_own_account(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    assert set(lines) >= HARDENED
    program, *arguments = next(line for line in lines if line.startswith("ExecStart=")).split("=", 1)[1].split()
    if Path(program).name == "veo":
        assert arguments[0] in COMMANDS
    else:
        assert (HERE / arguments[1]).exists()
    given = re.findall(r"(VEO_\w+)=", unit.read_text())
    assert given
    assert set(given) <= SETTINGS


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_none_stands_in_bubblewraps_way(unit: Path) -> None:
    assert IN_THE_WAY.findall(unit.read_text()) == []
