"""Naming substitutes at the door, and answering as one."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from tests.api.answering import answer
from tests.api.conftest import Tokens
from tests.storage.plant import asked_to_decide, question_of

WEEK = {"first_day": "2026-11-23", "last_day": "2026-11-27", "reason": "On leave."}


@pytest.fixture
async def boris(tokens: Tokens) -> dict[str, str]:
    """A planner who is going away."""
    return await tokens.of_person("boris", Role.PLANNER)


@pytest.fixture
async def petra(tokens: Tokens) -> dict[str, str]:
    """Another planner."""
    return await tokens.of_person("petra", Role.PLANNER)


async def names(
    api: httpx2.AsyncClient, caller: dict[str, str], substitute: str = "petra", site: str = "north", **more: Any
) -> httpx2.Response:
    body = WEEK | {"substitute": substitute} | more
    return await api.post(f"/v1/sites/{site}/substitutions", json=body, headers=caller)


async def test_a_substitute_answers_for_who_is_away_until_it_is_ended(
    api: httpx2.AsyncClient, boris: dict[str, str], petra: dict[str, str], services: Services
) -> None:
    question = question_of(await asked_to_decide(services.database, Role.PLANNER, Role.PRODUCTION))
    other = question_of(await asked_to_decide(services.database, order="SO-2", quantity=14))

    named = await names(api, boris)
    listed = (await api.get("/v1/sites/north/substitutions", headers=petra)).json()["items"]
    answered = await answer(api, petra, question, on_behalf_of="boris")
    end = {"reason": "Back early."}
    ended = await api.post(f"/v1/sites/north/substitutions/{named.json()['id']}/end", json=end, headers=boris)
    late = await answer(api, petra, other, on_behalf_of="boris")

    assert (named.status_code, named.json()["roles"]) == (201, ["planner"])
    assert listed == [named.json()]
    assert (answered.status_code, answered.json()["on_behalf_of"]) == (200, "boris")
    shown = (await api.get(f"/v1/questions/{question}", headers=petra)).json()
    assert [(one["person"], one["on_behalf_of"]) for one in shown["answers"]] == [("petra", "boris")]
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "boris")
    assert (late.status_code, late.json()["type"]) == (403, "/problems/not-allowed")
    assert (await api.get("/v1/sites/north/substitutions", headers=petra)).json()["items"] == []


async def test_the_lead_names_one_for_somebody_else_and_a_colleague_does_not(
    api: httpx2.AsyncClient, tokens: Tokens, petra: dict[str, str]
) -> None:
    paul = await tokens.of_person("paul", Role.PLANT_MANAGER)

    assert (await names(api, petra, "pia", absent="boris")).status_code == 403
    assert (await names(api, paul, "pia", absent="boris")).json()["given_by"] == "paul"


@pytest.mark.parametrize(
    ("said", "status", "place"),
    [
        ({"last_day": "2026-11-22"}, 422, "/last_day"),
        ({"last_day": "2030-01-01"}, 422, "/last_day"),
        ({"last_day": "soon"}, 422, "/last_day"),
        ({"reason": ""}, 422, "/reason"),
        ({"roles": ["chief"]}, 422, "/roles/0"),
        ({"given_by": "paul"}, 422, "/given_by"),
        ({"process": "no_such"}, 404, None),
        ({"substitute": "dev"}, 403, None),
        ({"roles": ["plant_manager"]}, 403, None),
        ({"substitute": "boris"}, 403, None),
    ],
)
async def test_says_what_is_wrong_with_a_substitution_and_keeps_nothing(
    api: httpx2.AsyncClient, boris: dict[str, str], said: dict[str, Any], status: int, place: str | None
) -> None:
    refused = await names(api, boris, **said)

    assert refused.status_code == status, refused.text
    assert [flaw["pointer"] for flaw in refused.json().get("errors", [])] == ([place] if place else [])
    assert (await api.get("/v1/sites/north/substitutions", headers=boris)).json()["items"] == []


async def test_a_repeated_request_names_one_substitute(api: httpx2.AsyncClient, boris: dict[str, str]) -> None:
    caller = boris | {"Idempotency-Key": "k"}

    first, again, other = [await names(api, caller, substitute) for substitute in ("petra", "petra", "pia")]

    assert first.json() == again.json()
    assert other.json()["type"] == "/problems/key-reused"
    assert len((await api.get("/v1/sites/north/substitutions", headers=boris)).json()["items"]) == 1


async def test_a_signed_answer_is_given_in_ones_own_name(
    api: httpx2.AsyncClient, boris: dict[str, str], petra: dict[str, str], services: Services
) -> None:
    await names(api, boris)
    question = question_of(await asked_to_decide(services.database))
    said = {"choice": "accept_as_asked", "on_behalf_of": "boris"}

    refused = await api.post(f"/v1/questions/{question}/signatures", json=said, headers=petra)

    assert refused.status_code == 422
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == ["/on_behalf_of"]
