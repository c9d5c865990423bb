"""Waivers at the door."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from runtime.passwords import hashed
from storage.accounts import Account
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import person, sign_waivers, tell
from tests.support.small_plant import small_plant

WAIVERS = "/v1/sites/north/waivers"
ASKED = {
    "predicate": "materials_ready", "subject": "J-2", "reason": "They come in an hour.",
    "expires_at": "2026-11-23T14:00:00Z",
}  # fmt: skip


@pytest.fixture
async def boris(tokens: Tokens, services: Services) -> dict[str, str]:
    """A planner, at noon in a plant that says everything anew."""
    await tell(services.database, *small_plant(NOON), at=NOON)
    return await tokens.of_person("boris", Role.PLANNER)


async def test_it_is_asked_for_agreed_to_and_taken_back(
    api: httpx2.AsyncClient, boris: dict[str, str], tokens: Tokens
) -> None:
    carla = await tokens.of_person("carla", Role.PRODUCTION)

    asked = await api.post(WAIVERS, json=ASKED, headers=boris)
    agreed = await api.post(f"{WAIVERS}/WV-1/consents", headers=carla)
    judged = (await api.get("/v1/readiness/jobs/north/J-2", headers=carla)).json()["judgements"][0]
    listed = (await api.get(WAIVERS, headers=carla)).json()["items"]
    ended = await api.post(f"{WAIVERS}/WV-1/end", json={"reason": "They came."}, headers=boris)

    assert (asked.status_code, agreed.status_code, ended.status_code) == (201, 200, 200)
    assert asked.json()["waived_by"] == [{"person": "boris", "role": "planner"}]
    assert (judged["value"], judged["waiver"]["id"]) == ("false", "WV-1")
    assert listed == [agreed.json()]
    assert ended.json()["ended_by"] == "boris"


async def test_agreeing_is_signed_with_ones_password_where_the_policy_wants_it(
    api: httpx2.AsyncClient, boris: dict[str, str], tokens: Tokens, services: Services
) -> None:
    carla = await tokens.of_person("carla", Role.PRODUCTION)
    await services.accounts.add(Account(person("carla"), hashed("seven valves by friday", "carla")), NOON)
    await sign_waivers(services.database, "at my word", NOON)
    asked = await api.post(WAIVERS, json=ASKED, headers=boris)

    unsigned = await api.post(f"{WAIVERS}/WV-1/consents", headers=carla)
    wrong, right = [
        await api.post(f"{WAIVERS}/WV-1/reauthentications", json={"password": password}, headers=carla)
        for password in ("seven valves", "seven valves by friday")
    ]
    signing = {"reauthentication": right.json()["reauthentication"]}
    agreed = await api.post(f"{WAIVERS}/WV-1/signatures", json=signing, headers=carla)
    signatures = (await api.get(f"{WAIVERS}/WV-1/signatures", headers=boris)).json()["items"]

    assert asked.json()["waived_by"] == []
    assert (unsigned.status_code, unsigned.json()["type"]) == (401, "/problems/signature-needed")
    assert (wrong.status_code, right.status_code, agreed.status_code) == (401, 201, 200)
    assert (right.json()["meaning"], right.json()["good_until"]) == ("at my word", "2026-11-23T12:05:00Z")
    (kept,) = agreed.json()["waived_by"]
    assert kept["signature"]["digest"] == signatures[0]["digest"]
    assert (signatures[0]["signature"]["name"], signatures[0]["intact"]) == ("Carla", True)


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"expires_at": "2026-11-23T11:00:00Z"}, 422, "/expires_at"),
        ({"expires_at": "2027-11-23T11:00:00Z"}, 422, "/expires_at"),
        ({"predicate": "well_rested"}, 422, "/predicate"),
        ({"reason": ""}, 422, "/reason"),
        ({"predicate": "qa_cleared", "subject": "SH-4"}, 409, "Nobody can waive qa cleared"),
        ({"subject": "J-404"}, 404, "There is no such thing"),
    ],
)
async def test_says_why_something_is_not_waived(
    api: httpx2.AsyncClient, boris: dict[str, str], change: dict[str, Any], status: int, said: str
) -> None:
    answer = await api.post(WAIVERS, json={**ASKED, **change}, headers=boris)

    assert answer.status_code == status
    assert said in answer.text
    assert (await api.get(WAIVERS, headers=boris)).json()["items"] == []
