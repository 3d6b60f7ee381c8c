"""What docker-compose.yml and its embedded sister say is held to the schema, to the code, and to what is secret."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands.processes import veo
from veo_workflow.cli import COMMANDS
from veo_workflow.commands.doctor import CHECKS
from veo_workflow.settings import Settings

HERE = Path(__file__).resolve().parents[2]
FILES = ["docker-compose.yml", "config/compose.embedded.yml"]
PRODUCTION = yaml.safe_load((HERE / FILES[0]).read_text())
EXAMPLE = dict(re.findall(r"(?m)^(\w+)=(.*)$", (HERE / "config" / "production.env").read_text()))
SETTINGS = {f"VEO_{name.upper()}" for name in Settings.model_fields}
WITHOUT = {"VEO_OIDC_CLIENT_SECRET"}  # a school without a provider has none
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY|AUTH")
ASKED = re.compile(r"\$\{(\w+)(:?[?-])?([^}]*)\}")

Service = dict[str, Any]


def services() -> dict[str, Service]:
    return {
        name: service
        for path in FILES
        for name, service in yaml.safe_load((HERE / path).read_text())["services"].items()
    }


def ours() -> dict[str, Service]:
    return {name: service for name, service in services().items() if "build" in service}


@pytest.mark.parametrize("path", FILES)
def test_the_file_is_as_the_specification_wants_it(path: str) -> None:
    checker = shutil.which("check-jsonschema", path=str(Path(sys.executable).parent))
    assert checker
    held = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", path],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert held.returncode == 0, held.stdout


def test_every_part_of_the_production_form_is_there() -> None:
    wanted = {"nginx", "web", "events", "worker", "upkeep", "migrate", "postgres", "redis", "garage"}
    assert set(PRODUCTION["services"]) == wanted
    assert "yes" in " ".join(PRODUCTION["services"]["redis"]["command"]).split("--appendonly ")[1]


@pytest.mark.parametrize("name", ours())
def test_every_command_of_ours_exists(name: str) -> None:
    for command in (ours()[name].get("command"), ours()[name].get("healthcheck", {}).get("test", [])[1:]):
        match command:
            case [".venv/bin/veo", "doctor", "--part", part]:
                assert part in CHECKS
            case [".venv/bin/veo", subcommand]:
                assert subcommand in COMMANDS
            case [".venv/bin/gunicorn", "-c", config, "veo_workflow.app:create_app()"]:
                assert (HERE / config).exists()
            case None | []:
                pass
            case _:
                pytest.fail(f"nobody knows {command}")


@pytest.mark.parametrize("name", ours())
def test_every_variable_of_ours_is_a_setting(name: str) -> None:
    given = {variable for variable in ours()[name]["environment"] if variable.startswith("VEO_")}
    assert given <= SETTINGS


def test_nginx_is_given_what_its_configuration_wants() -> None:
    wanted = set(re.findall(r"\$\{(VEO_\w+)\}", (HERE / "config" / "nginx.conf").read_text()))
    assert set(PRODUCTION["services"]["nginx"]["environment"]) == wanted


def test_every_image_has_an_exact_version() -> None:
    images = [service["image"] for service in services().values() if "image" in service and "build" not in service]
    images += re.findall(r"(?m)^FROM (\S+)", (HERE / "Dockerfile").read_text())
    assert len(images) == 6
    for image in images:
        numbers = 2 if image.startswith("postgres:") else 3
        assert re.search(rf":v?\d+(\.\d+){{{numbers - 1}}}(-\w+)*$", image), image


def test_no_secret_has_a_default_and_each_is_asked_for() -> None:
    for name, service in PRODUCTION["services"].items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable) or ("://" in value and "@" in value):
                asked = ASKED.findall(value)
                assert asked, f"{name}: {variable} stands in the file"
                left_out = variable in WITHOUT and all((how, word) == (":-", "") for _, how, word in asked)
                assert left_out or all(how == ":?" for _, how, _ in asked), f"{name}: {variable} has a default"


def test_the_example_names_everything_that_is_asked_for() -> None:
    asked = {name for name, how, _ in ASKED.findall((HERE / FILES[0]).read_text()) if how == ":?"}
    assert set(EXAMPLE) == asked


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *((name, value) for name, value in EXAMPLE.items() if name in SETTINGS and "change-me" in value),
        ("VEO_DATABASE_URL", f"postgresql+psycopg://veo:{EXAMPLE['POSTGRES_PASSWORD']}@postgres/veo"),
        ("VEO_REDIS_URL", f"redis://:{EXAMPLE['REDIS_PASSWORD']}@redis:6379/0"),
        ("VEO_SECRET_KEY", "short-and-weak"),
    ],
)
def test_the_examples_values_are_refused_in_one_sentence(variable: str, value: str, tmp_path: Path) -> None:
    refused = veo("migrate", VEO_DATA=str(tmp_path), **{variable: value})
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"{variable} cannot be used: is ")
    assert refused.stderr.count("\n") == 1
    assert value not in refused.stderr


def test_what_is_mounted_from_here_is_here() -> None:
    mounted = [volume.split(":")[0] for service in services().values() for volume in service.get("volumes", [])]
    assert [path for path in mounted if path.startswith("./") and not (HERE / path).exists()] == []


def test_nothing_but_nginx_is_reached_from_outside() -> None:
    for name, service in PRODUCTION["services"].items():
        assert ("ports" in service, "outside" in service["networks"]) == (name == "nginx", name == "nginx")
    assert PRODUCTION["networks"]["inside"] == {"internal": True}


def test_ours_run_on_a_root_they_cannot_write_to_and_stop_in_time() -> None:
    assert re.search(r"(?m)^USER veo$", (HERE / "Dockerfile").read_text())
    for name, service in PRODUCTION["services"].items():
        if "build" in service:
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
            assert float(service["environment"]["VEO_DRAIN"]) < float(service["stop_grace_period"].removesuffix("s"))
