"""Keys and tokens for trying Lockstep out: made once, kept in one file only its owner can read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.decision import Principal, PrincipalKind
from runtime.credentials import MACHINE, PERSON, credential, new_secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from domain.master_data import Person
    from storage.credentials import Credential

ERP_SCOPES = ("events", "cases")
"""What the sample ERP system may do: send events, open cases."""


class KnownPerson(BaseModel):
    """Somebody in the sample plant."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    name: str
    roles: dict[str, tuple[str, ...]]
    """By site."""
    token: str
    """What he shows when he calls."""


class DevelopmentFile(BaseModel):
    """What ``dev.json`` holds."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    api_url: str
    erp_key: str
    """What the sample ERP system shows when it calls."""
    people: dict[str, KnownPerson]
    """By person."""


@dataclass(frozen=True)
class DevCredentials:
    """The callers of a development system."""

    path: Path
    """Where what they show can be read."""
    credentials: tuple[Credential, ...]


class DevelopmentFileWrong(Exception):
    """``dev.json`` is not what it was written as."""


def development_file(home: Path) -> Path:
    """Where the keys and tokens of the development system in *home* are."""
    return home / "dev.json"


def read_development_file(home: Path) -> DevelopmentFile | None:
    """What the file in *home* holds; nothing if there is none. Raises DevelopmentFileWrong."""
    path = development_file(home)
    try:
        return DevelopmentFile.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise DevelopmentFileWrong(f"{path} cannot be read any more. Delete it; new tokens will be made.") from None


def development_credentials(people: Sequence[Person], home: Path, api_url: str) -> DevCredentials:
    """
    What the sample ERP system and each of *people* are known by; what they show is in the file in *home*.

    Whoever has a key or token already keeps it. Raises DevelopmentFileWrong.
    """
    before = read_development_file(home)
    tokens = {person: known.token for person, known in before.people.items()} if before else {}
    names = {person.person: person.name for person in people}
    file = DevelopmentFile(
        api_url=api_url,
        erp_key=before.erp_key if before else new_secret(MACHINE),
        people={
            person: KnownPerson(
                name=name,
                roles={row.site: row.roles for row in people if row.person == person},
                token=tokens.get(person) or new_secret(PERSON),
            )
            for person, name in names.items()
        },
    )
    path = development_file(home)
    if file != before:
        _write_private(path, json.dumps(file.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n")
    erp = Principal(kind=PrincipalKind.MACHINE, id="erp", name="Sample ERP")
    sites = tuple(sorted({person.site for person in people}))
    return DevCredentials(
        path=path,
        credentials=(
            credential(file.erp_key, erp, sites, ERP_SCOPES),
            *(
                credential(
                    known.token,
                    Principal(kind=PrincipalKind.PERSON, id=person, name=known.name),
                    tuple(sorted(known.roles)),
                    (),
                )
                for person, known in file.people.items()
            ),
        ),
    )


def login_link(api_url: str, ticket: str) -> str:
    """Where *ticket* lets somebody in."""
    return f"{api_url}/login/link?ticket={ticket}"


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    # Private from the first byte on, and never half-written under its name.
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
