"""Moving a case by hand, at the door."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from tests.api.answering import answer
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import asked_to_decide


@pytest.fixture
async def case(services: Services) -> str:
    """A case that waits for a decision."""
    return await asked_to_decide(services.database, at=NOON)


@pytest.fixture
async def adam(tokens: Tokens) -> dict[str, str]:
    """Who runs the system."""
    return await tokens.of_person("adam", Role.ADMINISTRATOR)


async def force(api: httpx2.AsyncClient, caller: dict[str, str], case: str, **said: Any) -> httpx2.Response:
    body = {"to": "assessing", "reason": "Nobody who is asked is in the house."} | said
    return await api.post(f"/v1/cases/{case}/force", json=body, headers=caller)


async def test_a_forced_case_is_there_at_once_and_the_plant_manager_is_asked(
    api: httpx2.AsyncClient, tokens: Tokens, adam: dict[str, str], case: str
) -> None:
    paul = await tokens.of_person("paul", Role.PLANT_MANAGER)
    before = (await api.get(f"/v1/cases/{case}", headers=adam)).json()

    moved = await force(api, adam, case)
    shown = (await api.get(f"/v1/cases/{case}", headers=adam)).json()
    (asked,) = (await api.get("/v1/questions", headers=paul)).json()["items"]
    said = await answer(api, paul, asked["id"], "confirm")
    after = (await api.get(f"/v1/cases/{case}", headers=adam)).json()

    assert before["can_be_forced_to"] == ["assessing", "needs_information", "withdrawn"]
    assert (moved.status_code, moved.json()["due_at"]) == (201, "2026-11-23T12:30:00Z")
    assert (shown["state"], shown["forced_moves"][0]["outcome"]) == ("assessing", "open")
    assert (asked["id"], asked["kind"]) == (moved.json()["question"], "confirmation")
    assert said.status_code == 200
    assert (after["forced_moves"][0]["outcome"], after["forced_moves"][0]["settled_by"]) == ("confirmed", "Paul")


@pytest.mark.parametrize(
    ("said", "status", "kind"),
    [
        ({"to": "completed"}, 409, "decision-refused"),
        ({"reason": "Stuck."}, 422, "validation"),
        ({"to": ""}, 422, "validation"),
    ],
)
async def test_what_cannot_be_forced_is_refused(
    api: httpx2.AsyncClient, adam: dict[str, str], case: str, said: dict[str, str], status: int, kind: str
) -> None:
    refused = await force(api, adam, case, **said)

    assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{kind}")
    assert (await api.get(f"/v1/cases/{case}", headers=adam)).json()["state"] == "awaiting_decision"


async def test_who_forces_does_not_confirm_though_he_is_plant_manager_too(
    api: httpx2.AsyncClient, tokens: Tokens, case: str
) -> None:
    ruth = await tokens.of_person("ruth", Role.PLANT_MANAGER, Role.ADMINISTRATOR)
    moved = (await force(api, ruth, case)).json()

    said = await answer(api, ruth, moved["question"], "confirm")

    assert said.status_code == 403
    assert "ruth forced OC-1; another person is needed." in said.json()["detail"]
    assert (await api.get("/v1/questions", headers=ruth)).json()["items"] == []


async def test_an_administrator_decides_nothing_but_may_end_a_case(
    api: httpx2.AsyncClient, adam: dict[str, str], case: str
) -> None:
    (question,) = (await api.get("/v1/questions?mine=false", headers=adam)).json()["items"]

    said = await answer(api, adam, question["id"], "reject")
    ended = await api.post(
        f"/v1/cases/{case}/commands", json={"command": "withdraw", "reason": "Opened by mistake."}, headers=adam
    )

    assert (said.status_code, said.json()["type"]) == (403, "/problems/not-allowed")
    assert "administrators decide nothing" in said.json()["detail"]
    assert ended.status_code == 202
