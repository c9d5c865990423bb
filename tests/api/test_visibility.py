"""What is at another plant does not exist, for any route there is."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.services import Services
from domain.roles import Role
from tests.api.conftest import Tokens
from tests.storage.plant import SEEN, asked_to_decide, question_of
from tests.support.documents import JPEG

PUBLIC = {"/healthz", "/readyz", "/problems/{name}", "/openapi.json"}
BODIES: dict[str, dict[str, Any]] = {
    "/v1/cases/{case_id}/commands": {"command": "withdraw", "reason": "It is not mine."},
    "/v1/questions/{question_id}/answers": {"choice": "accept_as_asked", "seen": SEEN},
    "/v1/questions/{question_id}/signatures": {"choice": "accept_as_asked", "seen": SEEN},
    "/v1/questions/{question_id}/reauthentications": {"choice": "accept_as_asked", "seen": SEEN},
    "/v1/questions/{question_id}/assignment": {"person": "boris"},
    "/v1/questions/{question_id}/asking-back": {"wanted": "Would the customer take the old revision?"},
    "/v1/questions/{question_id}/parking": {
        "cause": "customer",
        "until": "2026-11-24T12:00:00Z",
        "reason": "He asks his site.",
    },
    "/v1/questions/{question_id}/snooze": {},
    "/v1/cases/{case_id}/force": {"to": "assessing", "reason": "Nobody who is asked is in the house."},
    "/v1/cases/{case_id}/comments": {"text": "The customer rang again."},
    "/v1/cases/{case_id}/attachments": {"text": "This is text, too."},
    "/v1/questions/{question_id}/delegation": {"person": "petra", "reason": "She knows the customer."},
}
ROLES = [*Role]


@pytest.fixture
async def case(services: Services) -> str:
    """A case at the plant in the north that waits for a decision."""
    return await asked_to_decide(services.database)


def routes(services: Services) -> list[tuple[str, str]]:
    """Every route of the API."""
    paths = create_app(services).openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


async def test_without_a_token_nothing_opens_but_what_is_public(api: httpx2.AsyncClient, services: Services) -> None:
    statuses = {path: (await api.request(method, path)).status_code for method, path in routes(services)}

    assert {path for path, status in statuses.items() if status != 401} == PUBLIC - {"/openapi.json"}


async def test_a_thing_elsewhere_looks_exactly_like_no_thing(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services, case: str
) -> None:
    callers = [await tokens.of_person(role, role, site="south") for role in ROLES]
    callers.append(await tokens.of_machine("events", "cases", sites=("south",)))
    kept = await api.post(
        f"/v1/cases/{case}/attachments", content=JPEG, headers=await tokens.of_person("dev", Role.BUYER)
    )
    ids = {
        "case_id": (case, "OC-999999"), "question_id": (question_of(case), "OC-999999-2-1"),
        "digest": (kept.json()["digest"], "0" * 64),
    }  # fmt: skip
    checked = 0

    for method, path in routes(services):
        names = re.findall(r"{(\w+)}", path)
        if not set(names) & set(ids):
            continue
        there, nowhere = (path.format(**{name: ids[name][which] for name in names}) for which in (0, 1))
        for caller in callers:
            answers = [
                await api.request(method, url, json=BODIES.get(path), headers=caller) for url in (there, nowhere)
            ]
            # Whom the table lets do it nowhere is told so before anybody looks what it is about.
            status = answers[0].status_code
            assert status == 404 or (status == 403 and method == "POST"), (method, path)
            assert answers[0].content == answers[1].content
            checked += 1

    assert checked >= 7 * len(callers)


async def test_lists_show_nothing_of_elsewhere(api: httpx2.AsyncClient, tokens: Tokens, case: str) -> None:
    stranger = await tokens.of_person("stranger", Role.PLANNER, site="south")

    for path in ("/v1/cases", "/v1/cases?site=north", "/v1/questions?mine=false", "/v1/questions?site=north"):
        assert (await api.get(path, headers=stranger)).json()["items"] == [], case
