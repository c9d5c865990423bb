"""Policies at the door: what is in force, and another that one proposes and somebody else confirms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.services import Services
from domain.roles import Role
from tests.api.conftest import NOON, Tokens, tomorrow

PATH = "/v1/sites/north/policies"


@pytest.fixture
async def petra(tokens: Tokens) -> dict[str, str]:
    """A planner."""
    return await tokens.of_person("petra", Role.PLANNER)


@pytest.fixture
async def paul(tokens: Tokens) -> dict[str, str]:
    """The plant manager."""
    return await tokens.of_person("paul", Role.PLANT_MANAGER)


async def proposes(api: httpx2.AsyncClient, by: dict[str, str], **said: Any) -> httpx2.Response:
    body = {"table": tomorrow().model_dump(mode="json") | said, "reason": "As agreed."}
    return await api.post(f"{PATH}/proposals", json=body, headers=by)


async def test_one_proposes_a_policy_and_another_lets_it_hold(
    api: httpx2.AsyncClient, petra: dict[str, str], paul: dict[str, str]
) -> None:
    proposed = await proposes(api, petra)
    version = proposed.json()["version"]
    waiting = (await api.get(f"{PATH}/proposals", headers=paul)).json()["items"]
    own = await api.post(f"{PATH}/proposals/{version}/confirm", headers=petra)
    confirmed = await api.post(f"{PATH}/proposals/{version}/confirm", headers=paul)

    assert (proposed.status_code, proposed.json()["findings"]["against"]) == (201, "7645065e085a")
    assert waiting == [proposed.json()]
    assert (own.status_code, own.json()["type"]) == (403, "/problems/not-allowed")
    assert own.json()["detail"] == "You may not confirm policies. It is for plant manager."
    assert (confirmed.status_code, confirmed.json()["confirmed_by"]) == (200, "paul")
    assert (await api.get(f"{PATH}/proposals", headers=paul)).json()["items"] == []
    in_force = (await api.get(PATH, headers=petra)).json()["items"]
    (now,) = (one for one in in_force if one["process"] == "order_change")
    assert (now["version"], now["until"], now["proposed_by"]) == (
        "7645065e085a", tomorrow().effective_from.isoformat().replace("+00:00", "Z"), None,
    )  # fmt: skip


async def test_nobody_confirms_his_own(api: httpx2.AsyncClient, paul: dict[str, str]) -> None:
    version = (await proposes(api, paul)).json()["version"]

    refused = await api.post(f"{PATH}/proposals/{version}/confirm", headers=paul)

    assert refused.status_code == 403
    assert "another person" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("said", "status", "place"),
    [
        ({"effective_from": NOON.isoformat()}, 422, "/table/effective_from"),
        ({"effective_until": NOON.isoformat()}, 422, "/table"),
        ({"site": "south"}, 422, "/table/site"),
        ({"rows": []}, 422, "/table"),
        ({"sites": "north"}, 422, "/table/sites"),
        ({"process": "no_such"}, 404, None),
    ],
)
async def test_says_what_is_wrong_with_a_table_and_keeps_nothing(
    api: httpx2.AsyncClient, petra: dict[str, str], said: dict[str, Any], status: int, place: str | None
) -> None:
    refused = await proposes(api, petra, **said)

    assert refused.status_code == status, refused.text
    assert [flaw["pointer"] for flaw in refused.json().get("errors", [])] == ([place] if place else [])
    assert (await api.get(f"{PATH}/proposals", headers=petra)).json()["items"] == []


async def test_a_proposal_nobody_confirmed_in_time_has_lapsed(
    services: Services, api: httpx2.AsyncClient, petra: dict[str, str], paul: dict[str, str]
) -> None:
    version = (await proposes(api, petra)).json()["version"]
    later = replace(services, now=lambda: tomorrow().effective_from)

    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(create_app(later)), base_url=services.public_url
    ) as next_day:
        refused = await next_day.post(f"{PATH}/proposals/{version}/confirm", headers=paul)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/policy-lapsed")


async def test_a_stranger_sees_no_policies(api: httpx2.AsyncClient, tokens: Tokens, petra: dict[str, str]) -> None:
    await proposes(api, petra)
    stranger = await tokens.of_person("stranger", Role.PLANT_MANAGER, site="south")

    assert {(await api.get(f"{PATH}{more}", headers=stranger)).status_code for more in ("", "/proposals")} == {404}


FIGURES: dict[str, dict[str, Any]] = {
    "readiness": {"site": "north", "time_to_live": {}, "documents": []},
    "schedule": {"site": "north", "most_changes": 5},
}


@pytest.mark.parametrize("kind", FIGURES)
async def test_figures_are_proposed_confirmed_and_refused_as_tables_of_rules_are(
    api: httpx2.AsyncClient, petra: dict[str, str], paul: dict[str, str], kind: str
) -> None:
    async def proposing(by: dict[str, str], **said: Any) -> httpx2.Response:
        table = FIGURES[kind] | {"effective_from": tomorrow().effective_from.isoformat()} | said
        return await api.post(f"{PATH}/proposals/{kind}", json={"table": table, "reason": "As agreed."}, headers=by)

    past, elsewhere, unknown = [
        await proposing(petra, **said)
        for said in ({"effective_from": NOON.isoformat()}, {"site": "south"}, {"sites": "north"})
    ]
    proposed = await proposing(paul)
    path = f"{PATH}/proposals/{proposed.json()['version']}/confirm"
    waiting = (await api.get(f"{PATH}/proposals", headers=petra)).json()["items"]
    own, stranger = await api.post(path, headers=paul), await api.post(path, headers=petra)

    assert [(one.status_code, one.json()["errors"][0]["pointer"]) for one in (past, elsewhere, unknown)] == [
        (422, "/table/effective_from"), (422, "/table/site"), (422, "/table/sites"),
    ]  # fmt: skip
    assert (proposed.status_code, proposed.json()["kind"]) == (201, kind)
    assert waiting == [proposed.json()]
    assert (own.status_code, own.json()["detail"]) == (
        403, "Whoever proposes a policy does not confirm it; another person is needed.",
    )  # fmt: skip
    assert (stranger.status_code, stranger.json()["detail"]) == (
        403, "You may not confirm policies. It is for plant manager.",
    )  # fmt: skip

    other = await proposing(petra, effective_from=(tomorrow().effective_from + timedelta(hours=1)).isoformat())
    confirmed = await api.post(f"{PATH}/proposals/{other.json()['version']}/confirm", headers=paul)
    history = (await api.get(f"{PATH}/history", headers=petra)).json()["items"]

    assert (confirmed.status_code, confirmed.json()["confirmed_by"]) == (200, "paul")
    assert {event["kind"] for event in history} == {kind}
    assert {"policy_proposal_refused", "policy_proposed", "policy_confirmation_refused", "policy_confirmed"} == {
        event["step"] for event in history
    }
