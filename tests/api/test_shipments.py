"""Shipments at the door."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest

from api.services import Services
from domain.decision import Channel
from domain.fact import F
from domain.facts import Shipment, ShipmentStatus
from domain.leaving.requested import DispatchReleaseRequest
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.readiness.shipments import content_of
from domain.release import DispatchApproval, Hold, Slot
from domain.roles import Role
from storage.facts import FactStore
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import tell
from tests.support.ready_shipment import being_loaded, has_left, ready_shipment
from tests.support.running_plant import person

HOLDS = "/v1/sites/north/shipments/SH-9/holds"
SCANS = "/v1/sites/north/shipments/SH-9/scans"
ARRIVAL = "/v1/sites/north/shipments/SH-9/arrival"
VEHICLE = "/v1/sites/north/shipments/SH-9/vehicle"
WET = {"outcome": "refused", "reason": "The pallets are wet.", "returned": [{"item": "VALVE", "lot": "V1"}]}
PALLET = {"handling_unit": "P-1", "item": "VALVE", "lot": "V1", "quantity": "30"}
BECAUSE = {"reason": "The customer has not paid."}


@pytest.fixture(autouse=True)
async def ready(services: Services) -> None:
    """A shipment that lacks nothing."""
    await tell(services.database, *ready_shipment(NOON), at=NOON)


async def test_a_shipment_is_stopped_at_once_and_once(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    fay = await tokens.of_person("fay", Role.FINANCE)

    stopped = [await api.post(HOLDS, json=BECAUSE, headers=fay | {"Idempotency-Key": "k-1"}) for _ in range(2)]
    judged = (await api.get("/v1/readiness/shipments/north/SH-9", headers=fay)).json()["judgements"]
    cases = (await api.get("/v1/cases", headers=fay)).json()["items"]
    again = await api.post(HOLDS, json=BECAUSE, headers=fay)

    assert [(told.status_code, told.json()["role"]) for told in stopped] == [(201, "finance")] * 2
    (ready,) = [one for one in judged if one["predicate"] == "ready_for_release"]
    assert {"fay stopped SH-9 as finance: The customer has not paid."} <= {each["text"] for each in ready["reasons"]}
    assert [(case["process"], case["subject"]) for case in cases] == [("dispatch_release", "SH-9")]
    assert (again.status_code, "already" in again.json()["detail"]) == (409, True)


async def test_it_is_for_those_who_may(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    willa, emma = await tokens.of_person("willa", Role.WAREHOUSE), await tokens.of_person("emma", Role.DISPATCH)

    refused = await api.post(HOLDS, json=BECAUSE, headers=willa)
    unknown = await api.post(HOLDS.replace("SH-9", "SH-404"), json=BECAUSE, headers=emma)
    silent = await api.post(HOLDS, json={"reason": ""}, headers=emma)

    assert (refused.status_code, "It is for dispatch, finance" in refused.json()["detail"]) == (403, True)
    assert (unknown.status_code, silent.status_code) == (404, 422)


async def loading(services: Services) -> str:
    """The case about SH-9, which was approved and is being loaded."""
    await tell(services.database, *being_loaded(NOON), at=NOON + timedelta(seconds=1))
    asked, emma = DispatchReleaseRequest(shipment="SH-9", reason="PLANNED"), person("emma")
    opened = await services.cases.open(DISPATCH_RELEASE, "north", asked, emma, Channel.API, NOON)
    return opened.case_id


async def scans_on_the_trail(api: httpx2.AsyncClient, case: str, who: dict[str, str]) -> list[str]:
    """What was scanned, or not, in order."""
    trail = (await api.get(f"/v1/cases/{case}/trail", headers=who)).json()["items"]
    return [line["action"] for line in trail if line["action"].startswith("scan")]


async def test_a_scan_that_is_sent_twice_counts_once_taken_or_refused(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    case, willa = await loading(services), await tokens.of_person("willa", Role.WAREHOUSE)
    too_much = PALLET | {"handling_unit": "P-2", "quantity": "11"}

    taken = [await api.post(SCANS, json=PALLET, headers=willa | {"Idempotency-Key": "s-1"}) for _ in range(2)]
    without_key = await api.post(SCANS, json=PALLET, headers=willa)
    refused = [await api.post(SCANS, json=too_much, headers=willa | {"Idempotency-Key": "s-2"}) for _ in range(2)]
    reused = await api.post(SCANS, json=too_much, headers=willa | {"Idempotency-Key": "s-1"})

    so_far = {"order": "SO-1", "line": "10", "lot": "V1", "approved": "40", "loaded": "30"}
    for told in (*taken, without_key):
        assert told.json() == {"case_id": case, "loaded": 1, "refused": 0, "lines": [so_far]}
    assert [told.status_code for told in refused] == [409] * 2
    assert "30 are on the vehicle: 11 more are too many" in refused[0].json()["detail"]
    assert reused.status_code == 422
    assert await scans_on_the_trail(api, case, willa) == ["scanned", "scan_refused"]


NOT_LET_GO = "SH-9 has no open case at north: nobody has let it go."


async def test_a_scan_that_says_nothing_of_use_is_refused_and_leaves_no_line(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    nobody = await tokens.of_person("willa", Role.WAREHOUSE)
    too_early = await api.post(SCANS, json=PALLET, headers=nobody)
    case = await loading(services)
    sales = await tokens.of_person("anna", Role.SALES)

    wrong = [
        await api.post(SCANS, json=PALLET | said, headers=nobody)
        for said in ({"quantity": "0"}, {"quantity": "many"}, {"lot": ""}, {"pallets": 3})
    ]
    not_his = await api.post(SCANS, json=PALLET, headers=sales)

    assert (too_early.status_code, too_early.json()["detail"]) == (409, NOT_LET_GO)
    assert [told.status_code for told in wrong] == [422] * 4
    assert all(told.headers["content-type"] == "application/problem+json" for told in (too_early, *wrong, not_his))
    assert not_his.status_code == 403
    assert await scans_on_the_trail(api, case, nobody) == []


async def known(services: Services, kind: type[F], key: str = "SH-9") -> F:
    """What is known now."""
    return (await FactStore(services.database).read(kind, "north", key)).fact


async def test_what_comes_back_is_on_hold_at_once_and_said_again_counts_once(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    await tell(services.database, *has_left(NOON), at=NOON + timedelta(seconds=1))
    anna = await tokens.of_person("anna", Role.SALES)

    said = [await api.post(ARRIVAL, json=WET, headers=anna | key) for key in ({}, {}, {"Idempotency-Key": "a-1"})]
    cases = (await api.get("/v1/cases", headers=anna)).json()["items"]
    delivered = await api.post(ARRIVAL, json={"outcome": "delivered"}, headers=anna)

    (hold,) = [case["id"] for case in cases]
    assert [told.json() for told in said] == [{"shipment": "SH-9", "status": "dispatched", "holds": [hold]}] * 3
    assert (await known(services, Hold, "VALVE:V1")).active
    assert (delivered.json()["status"], (await known(services, Shipment)).status) == ("delivered", "delivered")


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({"outcome": "lost"}, 422, "outcome"),
        ({"outcome": "refused"}, 409, "Please say why SH-9 was refused."),
        (WET | {"returned": [{"item": "VALVE", "lot": "V9"}]}, 409, "SH-9 took nothing of lot V9."),
        (WET | {"returned": [{"item": "VALVE"}]}, 422, "lot"),
        (WET | {"outcome": "delivered"}, 409, "What was delivered does not come back."),
    ],
)
async def test_what_makes_no_sense_of_an_arrival_changes_nothing(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens, said: dict[str, object], status: int, why: str
) -> None:
    anna = await tokens.of_person("anna", Role.SALES)
    early = await api.post(ARRIVAL, json=WET, headers=anna)
    await tell(services.database, *has_left(NOON), at=NOON + timedelta(seconds=1))

    refused = await api.post(ARRIVAL, json=said, headers=anna)

    assert (early.status_code, early.json()["detail"]) == (409, "SH-9 is picked: it has not left.")
    assert (refused.status_code, why in refused.text) == (status, True)
    assert refused.headers["content-type"] == "application/problem+json"
    assert (await known(services, Shipment)).status is ShipmentStatus.DISPATCHED
    assert (await api.get("/v1/cases", headers=anna)).json()["items"] == []


async def test_a_vehicle_that_does_not_come_misses_its_slot_and_one_that_came_did(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    emma = await tokens.of_person("emma", Role.DISPATCH)

    broken_down = {"outcome": "no_show", "reason": "It broke down."}
    missed = [await api.post(VEHICLE, json=broken_down, headers=emma) for _ in range(2)]
    (case,) = (await api.get("/v1/cases", headers=emma)).json()["items"]
    told = (await api.get(f"/v1/cases/{case['id']}/trail", headers=emma)).json()["items"]
    came = await api.post(VEHICLE, json={"outcome": "came"}, headers=emma)
    too_late = await api.post(VEHICLE, json={"outcome": "no_show"}, headers=emma)
    wrong = await api.post(VEHICLE, json={"outcome": "vanished"}, headers=emma)

    assert [one.json()["status"] for one in missed] == ["missed", "missed"]
    assert [line["reason"] for line in told if line["action"] == "vehicle_no_show"] == ["It broke down."]
    assert (case["process"], case["subject"]) == ("dispatch_release", "SH-9")
    assert came.json()["came_at"] == NOON.isoformat().replace("+00:00", "Z")
    assert (too_late.status_code, wrong.status_code) == (409, 422)
    assert too_late.json()["detail"] == "The vehicle of SH-9 came at 2026-11-23 12:00 UTC."
    assert (await known(services, Slot)).status == "missed"


async def test_what_is_on_hold_by_its_name_is_not_scanned_though_no_system_has_told_of_it(
    api: httpx2.AsyncClient, services: Services, tokens: Tokens
) -> None:
    picked = next(fact for fact in ready_shipment(NOON, lot="V77") if isinstance(fact, Shipment))
    leaving = picked.model_copy(update={"status": ShipmentStatus.LOADING})
    approval = DispatchApproval(
        site="north", shipment="SH-9", approved_by="sven", describes=content_of(leaving),
        valid_until=NOON + timedelta(hours=4),
    )  # fmt: skip
    case = await loading(services)
    await tell(services.database, leaving, approval, at=NOON + timedelta(seconds=2))
    willa = await tokens.of_person("willa", Role.WAREHOUSE)
    ines = await tokens.of_person("ines", Role.QUALITY_INSPECTOR)
    leaks = {"site": "north", "item": "VALVE", "lot": "V77", "reason": "TEST_FAILED", "defect": "It leaks."}

    held = await api.post("/v1/processes/quality_hold/cases", json=leaks, headers=ines | {"Idempotency-Key": "h-1"})
    refused = await api.post(SCANS, json=PALLET | {"lot": "V77"}, headers=willa)

    assert held.status_code == 201, held.text
    assert refused.status_code == 409
    assert "V77 is on hold" in refused.json()["detail"]
    assert await scans_on_the_trail(api, case, willa) == ["scan_refused"]
