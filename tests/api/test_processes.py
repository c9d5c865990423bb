"""Asking for what a process is for."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from api.services import Services
from domain.catalog import PROCESSES
from domain.roles import Role
from storage.tables.cases import CaseRow
from tests.api.conftest import Tokens
from tests.support.small_plant import SITE

OPEN = "/v1/processes/order_change/cases"


@pytest.fixture
async def sales(tokens: Tokens) -> dict[str, str]:
    """Somebody from sales."""
    return await tokens.of_person("anna", Role.SALES)


def more(**fields: Any) -> dict[str, Any]:
    """Ten valves more."""
    return {
        "site": SITE,
        "order": "SO-1",
        "line": "10",
        "quantity": 50,
        "reason": "CUSTOMER_REQUEST",
    } | fields


async def ask(
    api: httpx2.AsyncClient, caller: dict[str, str], body: dict[str, Any], key: str = "k1"
) -> httpx2.Response:
    return await api.post(OPEN, json=body, headers={**caller, "Idempotency-Key": key})


async def cases(services: Services) -> list[CaseRow]:
    async with services.database.reading() as session:
        return list((await session.exec(select(CaseRow).order_by("number"))).all())


async def test_opens_a_case_and_says_where_it_is(
    api: httpx2.AsyncClient, sales: dict[str, str], services: Services
) -> None:
    answer = await ask(api, sales, more(comment="Mail of today"))

    opened = answer.json()
    assert (answer.status_code, opened["result"]) == (201, "opened")
    assert answer.headers["Location"] == opened["links"]["self"]
    assert opened["links"]["temporal_ui"] == (
        "http://ui.example/namespaces/default/workflows/order_change%2Fnorth%2FSO-1%3A10"
    )
    (case,) = await cases(services)
    assert (case.id, case.subject, case.request["quantity"]) == (opened["case_id"], "SO-1:10", "50")
    assert case.requester["id"] == "anna"


async def test_a_repeated_request_gets_its_first_answer_again(
    api: httpx2.AsyncClient, sales: dict[str, str], services: Services
) -> None:
    first = await ask(api, sales, more())
    again = await ask(api, sales, more(quantity="50.0"))

    assert again.json() == first.json()
    assert len(await cases(services)) == 1


async def test_a_key_names_one_request(api: httpx2.AsyncClient, sales: dict[str, str]) -> None:
    await ask(api, sales, more())

    answer = await ask(api, sales, more(quantity=60))

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/key-reused")


async def test_the_same_key_of_another_caller_is_another_key(
    api: httpx2.AsyncClient, sales: dict[str, str], tokens: Tokens
) -> None:
    boris = await tokens.of_person("boris", Role.PLANNER)
    await ask(api, sales, more())

    answer = await ask(api, boris, more(order="SO-2", quantity=12))

    assert answer.status_code == 201


async def test_the_same_wish_by_another_way_is_known(
    api: httpx2.AsyncClient, sales: dict[str, str], tokens: Tokens
) -> None:
    first = await ask(api, sales, more())

    answer = await ask(api, await tokens.of_machine("cases"), more(comment="from the ERP"), "k2")

    assert (answer.status_code, answer.json()["result"]) == (200, "known")
    assert answer.json()["case_id"] == first.json()["case_id"]


async def test_a_newer_wish_takes_over(api: httpx2.AsyncClient, sales: dict[str, str]) -> None:
    first = await ask(api, sales, more())

    answer = await ask(api, sales, more(quantity=60), "k2")

    assert (answer.status_code, answer.json()["result"]) == (202, "superseding")
    assert answer.json()["behind"] == first.json()["case_id"]


async def test_of_many_who_ask_at_once_one_opens_the_case(
    api: httpx2.AsyncClient, sales: dict[str, str], services: Services
) -> None:
    answers = await asyncio.gather(*(ask(api, sales, more(), f"k{n}") for n in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(await cases(services)) == 1


WRONG = {
    "a field that is not there": ({"amount": 3}, ["/amount"]),
    "a reason of its own": ({"reason": "BECAUSE"}, ["/reason"]),
    "no reason": ({"reason": None}, ["/reason"]),
    "none of the reasons, and no word": ({"reason": "OTHER"}, ["/comment"]),
    "none of the reasons, and hardly a word": ({"reason": "OTHER", "comment": "  As agreed   "}, ["/comment"]),
    "yes for a quantity": ({"quantity": True}, ["/quantity"]),
    "a day in local time": ({"requested_at": "2026-12-01T08:00:00"}, ["/requested_at"]),
    "a day as SAP writes it": ({"requested_at": "20261201"}, ["/requested_at"]),
    "a word only systems have": ({"already_made": True}, ["/already_made"]),
    "an order with a colon": ({"order": "SO-1:10"}, ["/order"]),
    "a site that is a path": ({"site": "../north"}, ["/site"]),
    "a comment as long as a mail": ({"comment": "x" * 2001}, ["/comment"]),
    "a reference that is the document": ({"reference": "x" * 201}, ["/reference"]),
    "a version that is none": ({"order_version": "x" * 101}, ["/order_version"]),
}


@pytest.mark.parametrize(("fields", "places"), WRONG.values(), ids=WRONG.keys())
async def test_names_the_field_that_is_wrong(
    api: httpx2.AsyncClient,
    sales: dict[str, str],
    fields: dict[str, Any],
    places: list[str],
    services: Services,
) -> None:
    answer = await ask(api, sales, more(**fields))

    assert answer.status_code == 422
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == places
    assert await cases(services) == []


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 201])
async def test_a_request_needs_a_key_of_its_own(
    api: httpx2.AsyncClient, sales: dict[str, str], key: str | None
) -> None:
    headers = sales if key is None else {**sales, "Idempotency-Key": key}

    answer = await api.post(OPEN, json=more(), headers=headers)

    assert answer.status_code == 422
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == ["header/Idempotency-Key"]


async def test_what_does_not_exist_and_what_is_somebody_else_s_look_the_same(
    api: httpx2.AsyncClient, sales: dict[str, str]
) -> None:
    unknown = await ask(api, sales, more(order="SO-999"), "a")
    nowhere = await ask(api, sales, more(site="atlantis"), "b")
    forbidden = await ask(api, sales, more(site="south"), "c")

    assert unknown.status_code == nowhere.status_code == forbidden.status_code == 404
    assert unknown.content == nowhere.content == forbidden.content


async def test_auditors_and_keys_without_the_scope_ask_for_nothing(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    auditor = await tokens.of_person("ada", Role.AUDITOR)
    key = await tokens.of_machine("events")

    answers = [await ask(api, caller, more()) for caller in (auditor, key)]

    assert [answer.json()["type"] for answer in answers] == ["/problems/not-allowed"] * 2


async def test_describes_every_process_and_what_it_wants_to_know(
    api: httpx2.AsyncClient, sales: dict[str, str]
) -> None:
    listed = (await api.get("/v1/processes", headers=sales)).json()
    description = (await api.get("/openapi.json")).json()

    assert [process["name"] for process in listed] == list(PROCESSES)
    for process in listed:
        assert (await api.get(f"/v1/processes/{process['name']}", headers=sales)).json() == process
        operation = description["paths"][f"/v1/processes/{process['name']}/cases"]["post"]
        reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        schema = description["components"]["schemas"][reference.rsplit("/", 1)[1]]
        assert {"site", "reason"} <= set(schema["required"])
        assert schema["additionalProperties"] is False
        assert "already_made" not in json.dumps(schema)


async def test_there_is_no_other_process(api: httpx2.AsyncClient, sales: dict[str, str]) -> None:
    answers = [
        await api.get("/v1/processes/lunch", headers=sales),
        await api.post("/v1/processes/lunch/cases", json={}, headers=sales),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_what_more_is_known_of_a_shortage_joins_its_open_case(
    api: httpx2.AsyncClient, sales: dict[str, str]
) -> None:
    path, short = "/v1/processes/shortage/cases", {"site": SITE, "item": "HOUSING", "reason": "REPORT"}
    first = await api.post(path, json=short, headers={**sales, "Idempotency-Key": "k1"})

    stopped = {**short, "line_stopped": True}
    again = await api.post(path, json=stopped, headers={**sales, "Idempotency-Key": "k2"})

    assert (first.status_code, again.status_code) == (201, 202)
    assert again.json()["result"] == "merged"
    assert again.json()["case_id"] == first.json()["case_id"]
