"""Looking at cases, and telling them something."""

from __future__ import annotations

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from tests.api.conftest import PUBLIC_URL, Tokens
from tests.storage.plant import ask, asked_to_decide, more_valves, move


@pytest.fixture
async def anna(tokens: Tokens) -> dict[str, str]:
    """From sales; the plant's changes are asked for by her."""
    return await tokens.of_person("anna", Role.SALES)


@pytest.fixture
async def case(services: Services) -> str:
    """A case that waits for a planner's decision."""
    return await asked_to_decide(services.database)


async def withdraw(api: httpx2.AsyncClient, caller: dict[str, str], case: str, key: str = "k") -> httpx2.Response:
    return await api.post(
        f"/v1/cases/{case}/commands",
        json={"command": "withdraw", "reason": "The customer called."},
        headers={**caller, "Idempotency-Key": key},
    )


async def test_lists_cases_by_what_is_wanted(
    api: httpx2.AsyncClient, anna: dict[str, str], case: str, services: Services
) -> None:
    other = (await ask(services.database, more_valves(30, "SO-4"))).case_id
    wanted = {
        "": [other, case],
        "state=awaiting_decision": [case],
        "subject=SO-4:10": [other],
        "owner=planner&process=order_change&site=north": [case],
        "open=true": [other, case],
        "open=false": [],
        "site=south": [],
    }

    for parameters, expected in wanted.items():
        page = (await api.get(f"/v1/cases?{parameters}", headers=anna)).json()

        assert [listed["id"] for listed in page["items"]] == expected, parameters
    assert page["next"] is None


async def test_leads_from_page_to_page(api: httpx2.AsyncClient, anna: dict[str, str], services: Services) -> None:
    opened = [(await ask(services.database, more_valves(30, order))).case_id for order in ("SO-1", "SO-2", "SO-3")]

    found = []
    following = "/v1/cases?open=true&limit=1"
    while following:
        answer = await api.get(following, headers=anna)
        found += [listed["id"] for listed in answer.json()["items"]]
        following = answer.links.get("next", {}).get("url", "")

    assert found == opened[::-1]


@pytest.mark.parametrize(
    "parameters",
    [
        "cursor=nonsense", "cursor=%00", "cursor=WzFdXQ", "cursor=W251bGxd", "limit=0", "limit=501",
        "limit=x", "open=maybe", "stat=received", "subject=%00", "site=../north", "process=a%27%20OR%201=1",
        "cursor=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OV0",
    ],
)  # fmt: skip
async def test_a_parameter_that_is_wrong_is_named_not_overlooked(
    api: httpx2.AsyncClient, anna: dict[str, str], parameters: str
) -> None:
    answer = await api.get(f"/v1/cases?{parameters}", headers=anna)

    assert answer.status_code == 422
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [f"query/{parameters.split('=', maxsplit=1)[0]}"]


async def test_shows_a_case_with_its_evidence_and_where_the_engine_runs_it(
    api: httpx2.AsyncClient, anna: dict[str, str], case: str
) -> None:
    answer = await api.get(f"/v1/cases/{case}", headers=anna)

    shown = answer.json()
    assert (shown["state"], shown["owner"], shown["requester"]["id"]) == (
        "awaiting_decision",
        "planner",
        "anna",
    )
    assert [ruled["option"]["name"] for ruled in shown["proposal"]["options"]] == [
        "accept_as_asked",
        "accept_later",
    ]
    assert shown["before"]["fact"]["order"] == "SO-1"
    assert shown["allowed_commands"] == ["withdraw", "look_again"]
    assert shown["links"]["temporal_ui"].endswith("/workflows/order_change%2Fnorth%2FSO-1%3A10")
    assert answer.headers["ETag"] == f'"{shown["version"]}"'
    evidence = (await api.get(shown["links"]["evidence"].removeprefix(PUBLIC_URL), headers=anna)).json()
    assert evidence["evidence"] == shown["evidence"]
    assert evidence["evidence"][0]["verdict"] == "pass"


async def test_shows_the_trail_from_any_line_on(api: httpx2.AsyncClient, anna: dict[str, str], case: str) -> None:
    trail = (await api.get(f"/v1/cases/{case}/trail", headers=anna)).json()["items"]
    rest = (await api.get(f"/v1/cases/{case}/trail?after=1&limit=1", headers=anna)).json()

    assert [line["sequence"] for line in trail] == list(range(1, len(trail) + 1))
    assert trail[0]["action"] == "opened"
    assert rest["items"] == trail[1:2]
    assert rest["next"] == "2"


async def test_a_request_can_be_taken_back_by_whoever_asked(
    api: httpx2.AsyncClient, anna: dict[str, str], case: str
) -> None:
    answer = await withdraw(api, anna, case)
    again = await withdraw(api, anna, case)

    assert (answer.status_code, answer.json()["command"]) == (202, "withdraw")
    assert again.json() == answer.json()
    trail = (await api.get(f"/v1/cases/{case}/trail", headers=anna)).json()["items"]
    assert [line["reason"] for line in trail if line["action"] == "withdraw"] == ["The customer called."]


async def test_who_asked_as_well_takes_back_his_own_request_and_the_case_goes_on(
    api: httpx2.AsyncClient, anna: dict[str, str], case: str, services: Services, tokens: Tokens
) -> None:
    dora = await tokens.of_person("dora", Role.BUYER)
    await ask(services.database, by="dora")

    answer = await withdraw(api, dora, case)
    again = await withdraw(api, dora, case, "again")
    shown = (await api.get(f"/v1/cases/{case}", headers=anna)).json()

    assert (answer.status_code, answer.json()["goes_on_for"]) == (202, ["anna"])
    assert (again.status_code, again.json()["type"]) == (409, "/problems/decision-refused")
    assert (shown["also_asked"], shown["taken_back"], shown["state"]) == (["dora"], ["dora"], "awaiting_decision")


async def test_the_role_that_is_waited_for_and_its_lead_take_a_request_back_and_nobody_else(
    api: httpx2.AsyncClient, tokens: Tokens, case: str
) -> None:
    roles = {
        "boris": Role.PLANNER,
        "paul": Role.PLANT_MANAGER,
        "dev": Role.BUYER,
        "fritz": Role.SALES_MANAGER,
    }
    machine = await tokens.of_machine("events", "cases")

    statuses = {
        name: (await withdraw(api, await tokens.of_person(name, role), case, name)).status_code
        for name, role in roles.items()
    }

    assert statuses == {"boris": 202, "paul": 202, "dev": 403, "fritz": 403}
    assert (await withdraw(api, machine, case, "machine")).status_code == 403


async def test_says_what_a_case_takes_when_it_is_too_late_to_withdraw(
    api: httpx2.AsyncClient, anna: dict[str, str], case: str, services: Services
) -> None:
    await move(services.database, case, 3, "committing", assessment=1, chosen="accept_as_asked")

    answer = await withdraw(api, anna, case)

    assert answer.status_code == 409
    assert (answer.json()["state"], answer.json()["allowed_commands"]) == ("committing", [])


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"command": "supersede", "reason": "I want to."}, "/command"),
        ({"command": "withdraw", "reason": ""}, "/reason"),
        ({"command": "withdraw"}, "/reason"),
        ({"command": "withdraw", "reason": "It is enough.", "state": "withdrawn"}, "/state"),
    ],
)
async def test_a_case_takes_no_other_command(
    api: httpx2.AsyncClient, anna: dict[str, str], case: str, body: dict[str, str], place: str
) -> None:
    answer = await api.post(f"/v1/cases/{case}/commands", json=body, headers=anna)

    assert answer.status_code == 422
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [place]


async def test_only_the_live_view_needs_the_engine(api: httpx2.AsyncClient, anna: dict[str, str], case: str) -> None:
    answer = await api.get(f"/v1/cases/{case}/live", headers=anna)

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert "Retry-After" in answer.headers
