"""Claiming, letting go of and giving a question at the door."""

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


async def post(api: httpx2.AsyncClient, caller: dict[str, str], path: str, **body: Any) -> httpx2.Response:
    return await api.post(f"/v1/questions/{path}", json=body, headers=caller)


async def test_one_claims_it_another_is_told_who_has_it_and_the_lead_gives_it_to_him(
    api: httpx2.AsyncClient, tokens: Tokens, question: str
) -> None:
    boris, petra = await tokens.of_person("boris", Role.PLANNER), await tokens.of_person("petra", Role.PLANNER)
    paul = await tokens.of_person("paul", Role.PLANT_MANAGER)

    claimed = await post(api, boris, f"{question}/claim")
    refused = await post(api, petra, f"{question}/claim")
    given = await post(api, paul, f"{question}/assignment", person="petra")
    listed = (await api.get("/v1/questions", headers=boris)).json()["items"]
    on_the_case = (await api.get(f"/v1/cases/{question.rsplit('-', 2)[0]}", headers=boris)).json()["questions"]
    released = await post(api, petra, f"{question}/release")

    assert (claimed.status_code, claimed.json()["claim"]["person"]) == (200, "boris")
    assert claimed.json()["claim"]["until"] == "2026-11-23T14:00:00Z"
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/decision-refused")
    assert "boris sees to this until 2026-11-23 14:00 UTC" in refused.json()["detail"]
    assert given.json()["claim"] == listed[0]["claim"] == on_the_case[0]["claim"]
    assert (given.json()["claim"]["person"], given.json()["claim"]["assigned_by"]) == ("petra", "paul")
    assert (released.status_code, released.json()["claim"]) == (200, None)


async def test_only_a_lead_gives_it_and_only_to_whom_he_leads(
    api: httpx2.AsyncClient, tokens: Tokens, question: str
) -> None:
    boris, paul = await tokens.of_person("boris", Role.PLANNER), await tokens.of_person("paul", Role.PLANT_MANAGER)

    by_a_colleague = await post(api, boris, f"{question}/assignment", person="petra")
    to_a_buyer = await post(api, paul, f"{question}/assignment", person="dev")
    odd = await post(api, paul, f"{question}/assignment", person="petra", until="2026-12-01")

    assert (by_a_colleague.status_code, to_a_buyer.status_code) == (403, 403)
    assert "dev could not answer this" in to_a_buyer.json()["detail"]
    assert [flaw["pointer"] for flaw in odd.json()["errors"]] == ["/until"]
    assert (await api.get(f"/v1/questions/{question}", headers=boris)).json()["claim"] is None
