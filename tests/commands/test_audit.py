"""The dependency audit has to see before it is believed, and a lock holds names and hashes only."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / "config" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.chdir(ROOT)
    spec.loader.exec_module(module)
    return module


def auditor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """A program in the place of Python that answers as pip-audit would."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


BAD = '{"dependencies": [{"name": "pyyaml", "version": "5.3", "vulns": [{"id": "CVE-1", "fix_versions": ["5.4"]}]}]}'
CLEAN = '{"dependencies": [{"name": "flask", "version": "3", "vulns": []}]}'
SKIPPED = '{"dependencies": [{"name": "pyyaml", "skip_reason": "not found"}]}'
SEES = f"case $* in *requirements.lock*) echo '{{lock}}' ;; *) echo '{BAD}' ;; esac"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'cannot reach the service' >&2; exit 1", "cannot reach the service"),
        (f"echo '{SKIPPED}'", "1 of 1 packages were skipped, pyyaml first"),
        (f"echo '{CLEAN}'", "it did not report pyyaml==5.3"),
    ],
)
def test_an_auditor_that_cannot_see_has_not_run(
    audit: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    script: str,
    why: str,
) -> None:
    auditor(monkeypatch, tmp_path, script)
    assert audit.main() == 0
    assert f"dependency audit: not run ({why}" in capsys.readouterr().out


def test_a_vulnerable_package_fails(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    auditor(monkeypatch, tmp_path, SEES.replace("{lock}", BAD))
    assert audit.main() == 1
    assert "pyyaml 5.3 is vulnerable: CVE-1, mended in 5.4" in capsys.readouterr().err


def test_a_clean_lock_passes(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    auditor(monkeypatch, tmp_path, SEES.replace("{lock}", CLEAN))
    assert audit.main() == 0
    assert "no known vulnerabilities" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line",
    [
        "--index-url somewhere",
        "-i somewhere",
        "--find-links wheels",
        "flask @ git+ssh://a/b",
        "https://a.example/b.whl",
    ],
)
def test_an_address_in_a_lock_is_found(audit: ModuleType, line: str) -> None:
    assert audit.ADDRESS.search(f"flask==3 \\\n    --hash=sha256:ab\n{line}\n")


def test_the_locks_hold_names_and_hashes_only(audit: ModuleType) -> None:
    assert audit._addresses() == []
