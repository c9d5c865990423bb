"""The compose file: what it asks for, what it opens, and what it lets its containers do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from runtime.safety import Part, Surroundings, unsafe
from runtime.settings import PREFIX, Settings
from runtime.signatures import new_signing_key

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.prefix) / "bin"

PASSWORDS = ("POSTGRES_PASSWORD", "POSTGRES_TEMPORAL_PASSWORD", "POSTGRES_LOCKSTEP_PASSWORD")
SAID = {
    "LOCKSTEP_PUBLIC_URL": "https://lockstep.plant.example",
    "LOCKSTEP_TLS": "proxy",
    "LOCKSTEP_SIGNING_KEY": new_signing_key(),
}
"""What nobody but the operator can say."""
NEEDED = dict.fromkeys(PASSWORDS, "p@ss:w/rd") | SAID
OURS = ("migrate", "worker", "api")


def compose(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What docker-compose says, with nothing set but *environment*."""
    command = [str(PROGRAMS / "docker-compose"), "--env-file", "/dev/null", "config", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@cache
def services(**more: str) -> dict[str, Any]:
    """Every service as it would be started with what is needed and nothing else set but *more*."""
    said = compose("--format", "json", **NEEDED, **more)
    found: dict[str, Any] = json.loads(said.stdout)["services"]
    return found


def read_by_compose(settings: Path) -> dict[str, Any]:
    """Every service as it would be started with the file *settings*."""
    command = [str(PROGRAMS / "docker-compose"), "--env-file", str(settings), "config", "--format", "json"]
    said = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(said.stdout)["services"]
    return found


def test_is_understood_once_everything_needed_is_said() -> None:
    said = compose("--quiet", **NEEDED)

    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.parametrize("missing", NEEDED)
def test_starts_nothing_without_a_password_or_what_only_the_operator_knows(missing: str) -> None:
    said = compose("--quiet", **{name: value for name, value in NEEDED.items() if name != missing})

    assert said.returncode != 0
    assert missing in said.stderr


def test_keeps_to_the_compose_specification() -> None:
    checker = [
        str(PROGRAMS / "check-jsonschema"),
        "--builtin-schema",
        "vendor.compose-spec",
        "docker-compose.yml",
    ]

    said = subprocess.run(checker, cwd=ROOT, capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout


def test_can_be_reached_from_this_machine_only() -> None:
    opened = {name: service["ports"] for name, service in services().items() if "ports" in service}

    assert set(opened) == {"api", "temporal-ui"}
    assert {port["host_ip"] for ports in opened.values() for port in ports} == {"127.0.0.1"}


@pytest.mark.parametrize("name", OURS)
def test_runs_our_programs_with_nothing_they_do_not_need(name: str) -> None:
    service = services()[name]

    assert service["read_only"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert service["user"] == "10001:10001"
    assert "volumes" not in service


def test_pins_the_version_of_every_image() -> None:
    images = {name: service["image"] for name, service in services(COMPOSE_PROFILES="demo").items()}

    assert all(":" in image and not image.endswith(":latest") for image in images.values()), images


def test_sets_only_settings_that_there_are() -> None:
    named = {
        name for service in services().values() for name in service.get("environment", {}) if name.startswith(PREFIX)
    }

    assert named
    assert named <= {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize("part", Part)
def test_gives_our_programs_settings_they_can_use_and_that_are_safe(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = services()[part]
    for name, value in service["environment"].items():
        if name.startswith(PREFIX) and value is not None:
            monkeypatch.setenv(name, value)
    found = Surroundings(
        temporal_address=service["environment"]["TEMPORAL_ADDRESS"],
        temporal_store="postgres12",
        database_password=service["environment"]["PGPASSWORD"],
        tokens_of_people=1,
    )

    settings = Settings()

    assert service["command"] == ["serve", part]
    assert unsafe(settings, found, [part]) == ()
    assert settings.profile == "production"
    assert settings.log_format == "json"


def test_takes_a_key_of_several_lines_from_the_file_of_settings(tmp_path: Path) -> None:
    written = tmp_path / "settings"
    written.write_text("".join(f'{name}="{value.strip()}"\n' for name, value in NEEDED.items()))

    key = read_by_compose(written)["api"]["environment"]["LOCKSTEP_SIGNING_KEY"]

    assert key == SAID["LOCKSTEP_SIGNING_KEY"].strip()


def test_starts_each_part_when_what_it_needs_is_there() -> None:
    needs = {
        name: {
            needed: how["condition"].removeprefix("service_") for needed, how in service.get("depends_on", {}).items()
        }
        for name, service in services().items()
    }

    assert needs == {
        "postgres": {},
        "temporal-schema": {"postgres": "healthy"},
        "temporal": {"temporal-schema": "completed_successfully"},
        "temporal-namespace": {"temporal": "healthy"},
        "temporal-ui": {"temporal": "healthy"},
        "migrate": {"postgres": "healthy"},
        "worker": {"migrate": "completed_successfully", "temporal-namespace": "completed_successfully"},
        "api": {"migrate": "completed_successfully"},
    }


def test_lets_nobody_command_temporal_through_its_user_interface_unless_told_so() -> None:
    environment = services()["temporal-ui"]["environment"]

    assert environment["TEMPORAL_DISABLE_WRITE_ACTIONS"] == "true"


def test_takes_mails_for_show_only_where_that_is_asked_for_and_lets_nobody_else_see_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailpit = services(COMPOSE_PROFILES="demo")["mailpit"]
    (said,) = re.findall(r"echo 'LOCKSTEP_MAIL=(.+?)'", (ROOT / "docs/operate.md").read_text(encoding="utf-8"))
    written = tmp_path / "settings"
    written.write_text(
        "".join(f'{name}="{value.strip()}"\n' for name, value in NEEDED.items()) + f"LOCKSTEP_MAIL={said}"
    )
    monkeypatch.setenv("LOCKSTEP_MAIL", read_by_compose(written)["worker"]["environment"]["LOCKSTEP_MAIL"])

    mail = Settings().mail

    assert "mailpit" not in services()
    assert mail is not None
    assert (mail.host, mail.port) == ("mailpit", 1025)
    # The door for mails is for the other containers alone.
    assert [(port["host_ip"], port["target"]) for port in mailpit["ports"]] == [("127.0.0.1", 8025)]
    assert mailpit["read_only"]
    assert mailpit["user"] == "10001:10001"
