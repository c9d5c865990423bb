"""Following and commenting at the door."""

from __future__ import annotations

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from tests.api.conftest import Tokens
from tests.storage.plant import asked_to_decide


@pytest.fixture
async def case(services: Services) -> str:
    """A case about SO-1."""
    return await asked_to_decide(services.database)


async def test_who_follows_an_order_hears_a_comment_on_its_case(
    api: httpx2.AsyncClient, tokens: Tokens, case: str
) -> None:
    emma, boris = await tokens.of_person("emma", Role.DISPATCH), await tokens.of_person("boris", Role.PLANNER)

    followed = await api.post("/v1/sites/north/orders/SO-1/following", headers=emma)
    text = "@emma it will be late."
    said = await api.post(f"/v1/cases/{case}/comments", json={"text": text}, headers=boris)
    (line,) = (await api.get("/v1/me/news", headers=emma)).json()["items"]
    (called,) = (await api.get("/v1/me/mentions", headers=emma)).json()["items"]
    (kept,) = (await api.get("/v1/me/following", headers=emma)).json()["items"]
    ended = await api.post("/v1/sites/north/orders/SO-1/following/end", headers=emma)

    assert (followed.status_code, said.status_code, ended.status_code) == (204, 201, 204)
    assert (line["case_id"], line["line"]["action"], line["line"]["reason"]) == (case, "commented", text)
    assert called == said.json()
    assert (kept["what"], kept["key"]) == ("order", "SO-1")
    assert (await api.get("/v1/me/news", headers=emma)).json()["items"] == []


@pytest.mark.parametrize("text", ["", "@nobody", "x" * 2001])
async def test_says_what_is_wrong_with_a_comment(api: httpx2.AsyncClient, tokens: Tokens, case: str, text: str) -> None:
    boris = await tokens.of_person("boris", Role.PLANNER)

    refused = await api.post(f"/v1/cases/{case}/comments", json={"text": text}, headers=boris)

    assert refused.status_code == 422
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == ["/text"]
    assert (await api.get(f"/v1/cases/{case}/comments", headers=boris)).json()["items"] == []
