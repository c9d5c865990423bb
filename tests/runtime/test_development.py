"""Keys and tokens of a development system: made once, told only to their owner."""

from __future__ import annotations

import hashlib
import json
import stat
from typing import TYPE_CHECKING

import pytest

from domain.decision import PrincipalKind
from domain.master_data import Person
from domain.roles import Role
from runtime.development import DevelopmentFileWrong, development_credentials, read_development_file

if TYPE_CHECKING:
    from pathlib import Path

API = "http://127.0.0.1:8000"
PEOPLE = (
    Person(site="HAL", person="anna", name="Anna Planner", roles=(Role.PLANNER,)),
    Person(site="LEJ", person="anna", name="Anna Planner", roles=(Role.PLANNER, Role.BUYER)),
    Person(site="HAL", person="sven", name="Sven Sales", roles=(Role.SALES,)),
)


def test_only_the_owner_of_the_file_can_read_it(tmp_path: Path) -> None:
    path = development_credentials(PEOPLE, tmp_path / "home", API).path

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_restart_changes_no_key_and_no_token(tmp_path: Path) -> None:
    before = development_credentials(PEOPLE, tmp_path, API)
    written = before.path.read_bytes()

    after = development_credentials(PEOPLE, tmp_path, API)

    assert after == before
    assert after.path.read_bytes() == written


def test_somebody_new_gets_a_token_and_the_others_keep_theirs(tmp_path: Path) -> None:
    development_credentials(PEOPLE[:1], tmp_path, API)
    before = read_development_file(tmp_path)

    development_credentials(PEOPLE, tmp_path, API)

    after = read_development_file(tmp_path)
    assert before is not None
    assert after is not None
    assert after.people["anna"].token == before.people["anna"].token
    assert after.people["sven"].token != after.people["anna"].token


def test_a_person_who_works_at_two_plants_has_one_token(tmp_path: Path) -> None:
    path = development_credentials(PEOPLE, tmp_path, API).path

    written = json.loads(path.read_text())
    assert written["api_url"] == API
    assert written["people"]["anna"]["roles"] == {"HAL": ["planner"], "LEJ": ["planner", "buyer"]}


def test_what_is_accepted_is_known_by_its_hash_only(tmp_path: Path) -> None:
    accepted = {known.principal.id: known for known in development_credentials(PEOPLE, tmp_path, API).credentials}

    shown = read_development_file(tmp_path)
    assert shown is not None
    key, erp = shown.erp_key, accepted["erp"]
    assert key.startswith(f"lsk_{erp.id}_")
    assert erp.sha256 == hashlib.sha256(key.encode()).hexdigest()
    assert (erp.principal.kind, erp.sites, erp.scopes) == (
        PrincipalKind.MACHINE,
        ("HAL", "LEJ"),
        ("events", "cases"),
    )
    token, anna = shown.people["anna"].token, accepted["anna"]
    assert anna.sha256 == hashlib.sha256(token.encode()).hexdigest()
    assert (anna.principal.kind, anna.sites) == (PrincipalKind.PERSON, ("HAL", "LEJ"))


def test_a_file_that_was_damaged_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text("{")

    with pytest.raises(DevelopmentFileWrong, match="Delete it"):
        development_credentials(PEOPLE, tmp_path, API)

    assert (tmp_path / "dev.json").read_text() == "{"


def test_a_system_that_never_ran_has_no_file(tmp_path: Path) -> None:
    assert read_development_file(tmp_path) is None
