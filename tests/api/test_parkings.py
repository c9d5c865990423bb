"""Parking, resuming and snoozing at the door."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import asked_to_decide, question_of


@pytest.fixture
async def question(services: Services) -> str:
    """What planners are asked about a change that Anna asked for, just now."""
    return question_of(await asked_to_decide(services.database, at=NOON))


@pytest.fixture
async def boris(tokens: Tokens) -> dict[str, str]:
    """A planner."""
    return await tokens.of_person("boris", Role.PLANNER)


async def park(api: httpx2.AsyncClient, caller: dict[str, str], question: str, **said: Any) -> httpx2.Response:
    body = {"cause": "customer", "until": "2026-11-24T12:00:00Z", "reason": "He asks his site."} | said
    return await api.post(f"/v1/questions/{question}/parking", json=body, headers=caller)


async def test_a_parked_question_is_due_later_and_resumed_sooner(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str
) -> None:
    parked = await park(api, boris, question)
    (listed,) = (await api.get("/v1/questions", headers=boris)).json()["items"]
    again = await park(api, boris, question)
    resumed = await api.post(f"/v1/questions/{question}/resumption", headers=boris)

    assert parked.status_code == 200, parked.text
    assert listed["parked"]["cause"] == "customer"
    assert listed["due_at"] == "2026-11-24T16:00:00Z"
    assert (again.status_code, again.json()["type"]) == (409, "/problems/decision-refused")
    assert (resumed.json()["parked"], resumed.json()["due_at"]) == (None, "2026-11-23T16:00:00Z")


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"until": "2026-11-23T12:00:00Z"}, "/until"),
        ({"until": "2027-11-23T12:00:00Z"}, "/until"),
        ({"cause": "weather"}, "/cause"),
        ({"reason": ""}, "/reason"),
    ],
)
async def test_says_what_is_wrong_with_it(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str, said: dict[str, Any], place: str
) -> None:
    refused = await park(api, boris, question, **said)

    assert refused.status_code == 422, refused.text
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == [place]


async def test_what_one_snoozes_is_found_when_asked_for(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str
) -> None:
    said = {"until": "2026-11-24T12:00:00Z"}
    put_off = await api.post(f"/v1/questions/{question}/snooze", json=said, headers=boris)

    async def found(parameters: str = "") -> int:
        return len((await api.get(f"/v1/questions{parameters}", headers=boris)).json()["items"])

    assert put_off.status_code == 204
    assert (await found(), await found("?snoozed=true"), await found("?mine=false")) == (0, 1, 1)
    await api.post(f"/v1/questions/{question}/snooze", json={}, headers=boris)
    assert await found() == 1
