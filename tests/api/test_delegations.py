"""Delegating one question at the door, and having it back."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from tests.api.answering import answer
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


@pytest.fixture
async def petra(tokens: Tokens) -> dict[str, str]:
    """Another planner."""
    return await tokens.of_person("petra", Role.PLANNER)


async def delegate(api: httpx2.AsyncClient, caller: dict[str, str], question: str, **said: Any) -> httpx2.Response:
    body = {"person": "petra", "reason": "She knows the customer."} | said
    return await api.post(f"/v1/questions/{question}/delegation", json=body, headers=caller)


async def test_she_to_whom_it_was_delegated_finds_for_whom_and_answers(
    api: httpx2.AsyncClient, boris: dict[str, str], petra: dict[str, str], question: str
) -> None:
    given = await delegate(api, boris, question, until="2026-11-24T12:00:00Z")
    (found,) = (await api.get("/v1/questions", headers=petra)).json()["items"]
    shown = (await api.get(f"/v1/questions/{question}", headers=petra)).json()
    of_boris = (await api.get("/v1/questions", headers=boris)).json()["items"]
    answered = await answer(api, petra, question, on_behalf_of="boris")

    assert given.status_code == 200, given.text
    assert found["may_answer_for"] == shown["may_answer_for"] == ["boris"]
    assert [(one["delegator"], one["delegate"]) for one in shown["delegations"]] == [("boris", "petra")]
    assert of_boris == []
    assert (answered.status_code, answered.json()["on_behalf_of"]) == (200, "boris")


async def test_what_returned_is_no_longer_answered_for_him(
    api: httpx2.AsyncClient, boris: dict[str, str], petra: dict[str, str], question: str
) -> None:
    await delegate(api, boris, question)
    returned = await api.post(f"/v1/questions/{question}/delegation/return", headers=petra)
    again = await api.post(f"/v1/questions/{question}/delegation/return", headers=petra)
    answered = await answer(api, petra, question, on_behalf_of="boris")

    assert (returned.status_code, again.status_code) == (200, 409)
    assert (answered.status_code, answered.json()["type"]) == (403, "/problems/not-allowed")


@pytest.mark.parametrize(
    ("said", "status", "place"),
    [
        ({"until": "2026-11-23T12:00:00Z"}, 422, "/until"),
        ({"until": "tomorrow"}, 422, "/until"),
        ({"reason": ""}, 422, "/reason"),
        ({"person": "dev"}, 403, None),
        ({"person": "boris"}, 403, None),
        ({"person": "nobody"}, 403, None),
    ],
)
async def test_says_what_is_wrong_with_it_and_gives_nothing(
    api: httpx2.AsyncClient, boris: dict[str, str], question: str, said: dict[str, Any], status: int, place: str | None
) -> None:
    refused = await delegate(api, boris, question, **said)

    assert refused.status_code == status, refused.text
    assert [flaw["pointer"] for flaw in refused.json().get("errors", [])] == ([place] if place else [])
    assert (await api.get(f"/v1/questions/{question}", headers=boris)).json()["delegations"] == []
