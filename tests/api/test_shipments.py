"""Shipments at the door."""

from __future__ import annotations

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import tell
from tests.support.ready_shipment import ready_shipment

HOLDS = "/v1/sites/north/shipments/SH-9/holds"
BECAUSE = {"reason": "The customer has not paid."}


@pytest.fixture(autouse=True)
async def ready(services: Services) -> None:
    """A shipment that lacks nothing."""
    await tell(services.database, *ready_shipment(NOON), at=NOON)


async def test_a_shipment_is_stopped_at_once_and_once(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    fay = await tokens.of_person("fay", Role.FINANCE)

    stopped = [await api.post(HOLDS, json=BECAUSE, headers=fay | {"Idempotency-Key": "k-1"}) for _ in range(2)]
    judged = (await api.get("/v1/readiness/shipments/north/SH-9", headers=fay)).json()["judgements"]
    cases = (await api.get("/v1/cases", headers=fay)).json()["items"]
    again = await api.post(HOLDS, json=BECAUSE, headers=fay)

    assert [(told.status_code, told.json()["role"]) for told in stopped] == [(201, "finance")] * 2
    (ready,) = [one for one in judged if one["predicate"] == "ready_for_release"]
    assert {"fay stopped SH-9 as finance: The customer has not paid."} <= {each["text"] for each in ready["reasons"]}
    assert [(case["process"], case["subject"]) for case in cases] == [("dispatch_release", "SH-9")]
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)


async def test_it_is_for_those_who_may(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    willa, emma = await tokens.of_person("willa", Role.WAREHOUSE), await tokens.of_person("emma", Role.DISPATCH)

    refused = await api.post(HOLDS, json=BECAUSE, headers=willa)
    unknown = await api.post(HOLDS.replace("SH-9", "SH-404"), json=BECAUSE, headers=emma)
    silent = await api.post(HOLDS, json={"reason": ""}, headers=emma)

    assert (refused.status_code, "It is for dispatch, finance" in refused.json()["detail"]) == (403, True)
    assert (unknown.status_code, silent.status_code) == (404, 422)
