"""Asking back at the door."""

from __future__ import annotations

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import asked_to_decide, question_of


@pytest.mark.parametrize(("wanted", "status"), [("Which revision?", 200), ("?", 422), ("", 422)])
async def test_a_planner_asks_back_with_what_he_wants(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services, wanted: str, status: int
) -> None:
    question = question_of(await asked_to_decide(services.database, at=NOON))
    boris = await tokens.of_person("boris", Role.PLANNER)

    told = await api.post(f"/v1/questions/{question}/asking-back", json={"wanted": wanted}, headers=boris)
    again = await api.post(f"/v1/questions/{question}/asking-back", json={"wanted": wanted}, headers=boris)

    assert told.status_code == status, told.text
    if status == 200:
        assert (told.json()["choice"], told.json()["reason"]) == ("ask_back", wanted)
        assert again.json()["type"] == "/problems/question-closed"
