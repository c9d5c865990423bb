"""The live view of a case, with a real engine behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest
from temporalio.client import Client

from api.app import create_app
from api.services import Services
from domain.roles import Role
from tests.api.conftest import PUBLIC_URL, Tokens
from tests.storage.plant import ask, more_valves
from tests.support.running_plant import RunningPlant, running_plant
from tests.support.temporal import time_skipping_environment


@pytest.fixture
async def plant(services: Services) -> AsyncIterator[RunningPlant]:
    """The small plant at work on the API's database."""
    async with (
        time_skipping_environment() as environment,
        running_plant(environment, services.database) as plant,
    ):
        yield plant


@pytest.fixture
async def with_engine(services: Services, plant: RunningPlant) -> AsyncIterator[httpx2.AsyncClient]:
    """The API while the engine is there."""

    async def client() -> Client:
        return plant.environment.client

    transport = httpx2.ASGITransport(create_app(replace(services, temporal=client)))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as api:
        yield api


async def test_shows_the_case_as_the_engine_sees_it(
    with_engine: httpx2.AsyncClient, plant: RunningPlant, tokens: Tokens
) -> None:
    boris = await tokens.of_person("boris", Role.PLANNER)
    opened = await plant.change("SO-2", quantity=16)
    recorded = await plant.until(opened.case_id, "awaiting_decision")

    live = await with_engine.get(f"/v1/cases/{opened.case_id}/live", headers=boris)
    ready = await with_engine.get("/readyz")

    assert (live.status_code, live.json()["state"]) == (200, recorded.state)
    assert set(live.json()["verdicts"]) >= {"availability", "capacity"}
    assert ready.json() == {"database": "ok", "temporal": "ok"}


async def test_a_case_that_waits_for_another_has_no_live_view_of_its_own(
    with_engine: httpx2.AsyncClient, plant: RunningPlant, tokens: Tokens
) -> None:
    boris = await tokens.of_person("boris", Role.PLANNER)
    opened = await plant.change("SO-2", quantity=16)
    await plant.until(opened.case_id, "awaiting_decision")
    newer = await ask(plant.database, more_valves(17, "SO-2"), at=datetime.now(UTC))

    answer = await with_engine.get(f"/v1/cases/{newer.case_id}/live", headers=boris)

    assert (newer.result, answer.status_code) == ("superseding", 404)
    await plant.until(newer.case_id, "awaiting_decision")
