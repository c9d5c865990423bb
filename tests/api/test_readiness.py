"""What is ready, at the door."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest

from api.services import Services
from domain.facts import Lot
from domain.release import Allocation
from domain.roles import Role
from relay.readiness import ReadinessRelay
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import tell
from tests.support.small_plant import small_plant


@pytest.fixture
async def anna(tokens: Tokens, services: Services) -> dict[str, str]:
    """From sales, at noon in a plant that says everything anew."""
    await tell(services.database, *small_plant(NOON), at=NOON)
    return await tokens.of_person("anna", Role.SALES)


async def test_says_what_is_not_ready_why_and_who_can_mend_it(api: httpx2.AsyncClient, anna: dict[str, str]) -> None:
    answer = await api.get("/v1/readiness/jobs/north/J-2", headers=anna)

    told = answer.json()
    materials = told["judgements"][0]
    assert answer.status_code == 200
    assert (told["kind"], told["site"], told["key"]) == ("job", "north", "J-2")
    assert (materials["predicate"], materials["value"]) == ("materials_ready", "false")
    assert materials["reasons"] == [
        {"code": "short", "thing": "HOUSING:10", "owner": "buyer", "text": "10 of HOUSING are missing for J-2."}
    ]
    assert materials["as_of"] == "2026-11-23T12:00:00Z"
    assert len(materials["inputs"]) == 64
    assert len(materials["policy_version"]) == 12


async def test_what_is_set_aside_makes_it_ready(
    api: httpx2.AsyncClient, anna: dict[str, str], services: Services
) -> None:
    aside = Allocation(site="north", job="J-2", item="HOUSING", lot="H2", quantity=Decimal(10))
    await tell(services.database, aside, Lot(site="north", item="HOUSING", lot="H2", quantity=Decimal(10)), at=NOON)

    told = (await api.get("/v1/readiness/jobs/north/J-2", headers=anna)).json()

    assert [(one["predicate"], one["value"]) for one in told["judgements"]] == [
        ("materials_ready", "true"), ("materials_projected", "true"), ("clear_to_start", "unknown"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "predicates"),
    [
        ("lines/north/SO-1:10", ["production_complete"]),
        (
            "shipments/north/SH-4",
            [
                "qa_cleared",
                "documents_complete",
                "slot_booked",
                "customer_clear",
                "ready_for_release",
                "dispatch_approved",
            ],
        ),
    ],
)
async def test_order_lines_and_shipments_are_judged_as_well(
    api: httpx2.AsyncClient, anna: dict[str, str], path: str, predicates: list[str]
) -> None:
    told = (await api.get(f"/v1/readiness/{path}", headers=anna)).json()

    assert [one["predicate"] for one in told["judgements"]] == predicates


@pytest.mark.parametrize(
    ("path", "status"), [("jobs/north/J-404", 404), ("jobs/south/J-2", 404), ("lots/north/J-2", 422)]
)
async def test_what_is_not_there_or_cannot_be_ready_is_refused(
    api: httpx2.AsyncClient, anna: dict[str, str], path: str, status: int
) -> None:
    assert (await api.get(f"/v1/readiness/{path}", headers=anna)).status_code == status


async def test_says_how_long_something_waited_for_whom(
    api: httpx2.AsyncClient, anna: dict[str, str], services: Services
) -> None:
    relay = ReadinessRelay(services.database, now=lambda: NOON - timedelta(hours=3))
    while await relay.once():
        pass

    told = (await api.get("/v1/readiness/jobs/north/J-2/history", headers=anna)).json()
    elsewhere = await api.get("/v1/readiness/jobs/south/J-2/history", headers=anna)

    waited = next(one for one in told["waited"] if one["predicate"] == "materials_ready")
    assert (waited["not_ready"], waited["because_of"]) == ("PT3H", {"buyer": "PT3H"})
    assert {spell["until"] for spell in told["spells"]} == {None}
    assert elsewhere.status_code == 404
