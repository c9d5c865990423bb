"""An API on a real database of its own, without an engine behind it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from temporalio.client import Client

from api.services import Services
from domain.decision import Principal, PrincipalKind
from domain.fact import Reading
from domain.master_data import Person
from domain.policy import PolicyTable
from domain.ports import SystemUnavailable
from domain.roles import Role
from runtime.policies import FOLDER, read_policy
from storage.credentials import Credential, Credentials
from storage.database import Database
from storage.facts import FactStore
from storage.migration import upgrade
from tests.storage.plant import keep_the_plant
from web.app import create_app

PUBLIC_URL = "http://plant.example:8000"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def tomorrow(**said: Any) -> PolicyTable:
    """A table for the north from tomorrow on: the one that comes with the program, but for what is *said*."""
    changed = {"site": "north", "effective_from": NOON + timedelta(days=1)} | said
    return read_policy(FOLDER / "order_change.yaml").model_copy(update=changed)


async def out_of_reach() -> Client:
    """No engine."""
    raise SystemUnavailable("Temporal cannot be reached.")


@pytest.fixture(scope="session")
async def plant_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the small plant's people and orders, and the policy in force."""
    file = tmp_path_factory.mktemp("api") / "plant.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    database = Database(f"sqlite+aiosqlite:///{file}")
    await keep_the_plant(database)
    await database.close()
    return file


@pytest.fixture
async def services(plant_file: Path, tmp_path: Path) -> AsyncIterator[Services]:
    """Everything the API needs, on a plant of this test's own."""
    shutil.copy(plant_file, tmp_path / "lockstep.db")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/lockstep.db")
    yield Services(
        database=database,
        temporal=out_of_reach,
        public_url=PUBLIC_URL,
        temporal_ui_url="http://ui.example",
        now=lambda: NOON,
    )
    await database.close()


@pytest.fixture
async def api(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """The API as a caller without a token reaches it."""
    transport = httpx2.ASGITransport(create_app(services))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        yield client


@dataclass(frozen=True)
class Tokens:
    """Gives out tokens."""

    services: Services

    async def of_machine(
        self, *scopes: str, name: str = "erp", sites: tuple[str, ...] = ("north",), **bounds: Any
    ) -> dict[str, str]:
        """The headers of a machine with *scopes* at *sites*, whose key has further *bounds*."""
        return await self._keep(Principal(kind=PrincipalKind.MACHINE, id=name), "lsk", sites, scopes, **bounds)

    async def of_person(self, name: str, *roles: Role, site: str = "north") -> dict[str, str]:
        """The headers of a person with *roles* at *site*."""
        person = Person(site=site, person=name, name=name.title(), roles=roles)
        await FactStore(self.services.database).keep([Reading(fact=person, source="test", version="1", as_of=NOON)])
        return await self._keep(Principal(kind=PrincipalKind.PERSON, id=name, name=name.title()), "lst", (), ())

    async def _keep(
        self, principal: Principal, prefix: str, sites: tuple[str, ...], scopes: tuple[str, ...], **bounds: Any
    ) -> dict[str, str]:
        credential = principal.id.replace("_", "-")
        token = f"{prefix}_{credential}_{'x' * 40}"
        kept = Credential(credential, hashlib.sha256(token.encode()).hexdigest(), principal, sites, scopes, **bounds)
        await Credentials(self.services.database).keep(kept, NOON)
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def tokens(services: Services) -> Tokens:
    """Tokens that the API accepts."""
    return Tokens(services)
