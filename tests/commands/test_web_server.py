"""What config/gunicorn.py promises: links stay out of the log, and nobody in front of it is believed."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config

GUNICORN = Path(__file__).parents[2] / "config" / "gunicorn.py"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("VEO_DATA", str(tmp_path))
    return runpy.run_path(str(GUNICORN))


def test_a_failed_request_is_logged_without_its_address(
    config: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    log = config["logger_class"](Config())
    try:
        raise ValueError("no")
    except ValueError:
        log.exception("Error handling request %s %s", "GET", "/welcome/a-secret-token")
    said = capfd.readouterr().err
    assert "Error handling a request" in said
    assert "ValueError: no" in said
    assert "a-secret-token" not in said


def test_every_setting_is_one_that_gunicorn_takes(config: dict[str, Any]) -> None:
    taken = Config()
    known = [name for name in config if name in taken.settings]
    for name in known:
        taken.set(name, config[name])
    assert {"bind", "worker_class", "threads", "control_socket_disable", "forwarded_allow_ips"} <= set(known)
    assert taken.forwarded_allow_ips == []
    assert taken.secure_scheme_headers == {}
    assert taken.accesslog is None
