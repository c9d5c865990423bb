"""People say themselves where they are told, and when."""

from __future__ import annotations

import httpx2
import pytest

from api.services import Services
from domain.roles import Role
from storage.tables.cases import TrailRow
from tests.api.conftest import Tokens
from tests.storage.plant import rows

URL = "/v1/me/contact"
BORIS = {
    "mail": "boris@plant.example",
    "chat": "mattermost:@boris",
    "quiet_from": "22:00:00",
    "quiet_until": "06:00:00",
    "digest_at": None,
    "without": ["followed", "requests"],
}


async def test_what_somebody_says_holds_for_him_and_for_nobody_else(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    boris, petra = [await tokens.of_person(name, Role.PLANNER) for name in ("boris", "petra")]
    nothing = (await api.get(URL, headers=boris)).json()

    said = await api.put(URL, json=BORIS, headers=boris)

    assert {name for name, value in nothing.items() if value} == set()
    assert (said.status_code, said.json()) == (200, BORIS)
    assert (await api.get(URL, headers=boris)).json() == BORIS
    assert (await api.get(URL, headers=petra)).json() == nothing


async def test_what_is_left_out_is_no_longer_so_and_the_trail_keeps_no_address(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    boris = await tokens.of_person("boris", Role.PLANNER)
    await api.put(URL, json=BORIS, headers=boris)
    await api.put(URL, json=BORIS, headers=boris)

    emptied = await api.put(URL, json={}, headers=boris)

    assert not any(emptied.json().values())
    lines = await rows(services.database, TrailRow, case_id="contact/boris")
    assert [line.details["known"] for line in lines] == [
        ["chat", "mail", "quiet_from", "quiet_until", "without"],
        [],
    ]
    assert "plant.example" not in str(lines)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"mail": "boris"}, "/mail"),
        ({"mail": "b@a.example\nBcc: everybody@a.example"}, "/mail"),
        ({"chat": "mattermost:../../elsewhere"}, "/chat"),
        ({"chat": "json://elsewhere"}, "/chat"),
        ({"quiet_from": "22:00"}, ""),
        ({"digest_at": "07:00+02:00"}, "/digest_at"),
        ({"phone": "1"}, "/phone"),
    ],
)
async def test_what_cannot_be_meant_changes_nothing(
    api: httpx2.AsyncClient, tokens: Tokens, wrong: dict[str, str], place: str
) -> None:
    boris = await tokens.of_person("boris", Role.PLANNER)
    await api.put(URL, json=BORIS, headers=boris)

    refused = await api.put(URL, json=wrong, headers=boris)

    assert refused.status_code == 422
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == [place]
    assert (await api.get(URL, headers=boris)).json() == BORIS
