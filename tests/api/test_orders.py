"""Where orders are."""

from __future__ import annotations

import httpx2
import pytest

from domain.roles import Role
from tests.api.conftest import Tokens

STATUS = "/v1/status/order-lines"


@pytest.fixture
async def anna(tokens: Tokens) -> dict[str, str]:
    """From sales."""
    return await tokens.of_person("anna", Role.SALES)


async def test_tells_where_an_order_line_is(api: httpx2.AsyncClient, anna: dict[str, str]) -> None:
    answer = await api.get(f"{STATUS}/north/SO-2/10", headers=anna)

    told = answer.json()
    assert answer.status_code == 200
    assert (told["site"], told["order"], told["line"]) == ("north", "SO-2", "10")
    assert told["open_cases"] == []


async def test_an_open_case_about_the_line_is_part_of_its_status(api: httpx2.AsyncClient, anna: dict[str, str]) -> None:
    wish = {"site": "north", "order": "SO-2", "line": "10", "quantity": 16, "reason": "CUSTOMER_REQUEST"}
    opened = await api.post("/v1/processes/order_change/cases", json=wish, headers={**anna, "Idempotency-Key": "k"})

    told = (await api.get(f"{STATUS}/north/SO-2/10", headers=anna)).json()

    assert [case["id"] for case in told["open_cases"]] == [opened.json()["case_id"]]


async def test_a_line_that_is_not_there_and_one_elsewhere_look_the_same(
    api: httpx2.AsyncClient, anna: dict[str, str], tokens: Tokens
) -> None:
    stranger = await tokens.of_person("stranger", Role.SALES, site="south")

    missing = await api.get(f"{STATUS}/north/SO-999/10", headers=anna)
    elsewhere = await api.get(f"{STATUS}/north/SO-2/10", headers=stranger)

    assert missing.status_code == elsewhere.status_code == 404
    assert missing.content == elsewhere.content


@pytest.mark.parametrize(("path", "place"), [("a%00b/SO-2/10", "path/site"), ("north/SO-2:10/10", "path/order")])
async def test_names_the_part_that_is_no_name(
    api: httpx2.AsyncClient, anna: dict[str, str], path: str, place: str
) -> None:
    answer = await api.get(f"{STATUS}/{path}", headers=anna)

    assert answer.status_code == 422
    assert [flaw["pointer"] for flaw in answer.json()["errors"]] == [place]
