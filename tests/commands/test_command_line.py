"""The command line says what is wrong in one line, and refuses nonsense before it does anything."""

import socket
from pathlib import Path

import pytest

from tests.commands.processes import veo


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("VEO_PORT", "eighty", "VEO_PORT cannot be used (it is 'eighty'): input should be a valid integer"),
        ("VEO_PORT", "70000", "VEO_PORT cannot be used (it is '70000'): input should be less than or equal to 65535."),
        ("VEO_WORKERS", "0", "VEO_WORKERS cannot be used (it is '0'): input should be greater than or equal to 1."),
        ("VEO_STORAGE", "tape", "VEO_STORAGE cannot be used (it is 'tape'): input should be 'disk' or 's3'."),
        ("VEO_LEASE_RENEWAL", "60", "VEO_LEASE_RENEWAL cannot be used (it is '60'): has to be shorter than VEO_LEASE."),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str, sentence: str, tmp_path: Path) -> None:
    refused = veo("run", VEO_DATA=str(tmp_path / "data"), **{name: value})
    assert refused.returncode == 1
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_named_with_its_setting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = veo("run", VEO_DATA=str(tmp_path), VEO_PORT=str(port))
    assert refused.returncode == 1
    assert refused.stderr == f"Port {port} on 127.0.0.1 is taken; set VEO_PORT to another one.\n"


def test_a_missing_program_is_named_with_its_package(tmp_path: Path) -> None:
    refused = veo("run", VEO_DATA=str(tmp_path), PATH="/nowhere")
    assert refused.returncode == 1
    assert refused.stderr == "ffmpeg is missing; install it with: apt-get install ffmpeg\n"


def test_an_unknown_command_is_refused() -> None:
    assert veo("dance").returncode == 2
