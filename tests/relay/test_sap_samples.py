"""The events that SAP systems are on record of sending, and the order that was read back from one."""

from __future__ import annotations

import json
import os
import random
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.cloud_events import STRUCTURED, sent
from connectors.sap.orders import SapOrders
from domain.facts import OrderLine
from relay.intake import IntakeRelay
from storage.database import Database
from storage.facts import FactStore
from storage.intake import IncomingEvent, Intake
from tests.connectors.sap.service import SalesOrderService, running
from tests.relay.record import ERP, NOON, Clock, cases, events
from tests.support.required import required

SITE = "palo-alto"
ANSWERS = Path(__file__).parents[1] / "connectors" / "sap" / "answers"
SAMPLES = Path(os.environ.get("LOCKSTEP_TEST_EVENTS", Path(__file__).parents[3] / "shared" / "data" / "events"))
CREATED, CHANGED = "sap-salesorder-created-1", "sap-salesorder-changed-4800"
WANTED = (
    CREATED, CHANGED, "sap-salesorder-changed-fields", "sap-bp-changed-730431274", "sap-freightorder-created",
)  # fmt: skip


@pytest.fixture(scope="module")
def samples() -> dict[str, dict[str, Any]]:
    """The body of each event by its name."""
    if not SAMPLES.is_dir():
        required("the published SAP events; LOCKSTEP_TEST_EVENTS names their folder")
    return {name: json.loads((SAMPLES / f"{name}.json").read_text())["request"]["body"] for name in WANTED}


@pytest.fixture
def service() -> Iterator[SalesOrderService]:
    """Answers for order 1 as a SAP system answered; has no other."""
    [header] = _captured("sales-order-header.json")
    items = json.loads((ANSWERS / "items.json").read_text())
    with running() as service:
        service.answer("A_SalesOrder('1')", header)
        service.answer("A_SalesOrder('1')/to_Item", {"results": items})
        schedule = {"results": _captured("schedule-lines.json")}
        service.answer("A_SalesOrderItem(SalesOrder='1',SalesOrderItem='10')/to_ScheduleLine", schedule)
        yield service


@pytest.fixture
async def relay(record: Database, service: SalesOrderService) -> AsyncIterator[IntakeRelay]:
    """The relay with that service behind every SAP source."""
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
        book = SapOrders(service.url, client, {"1710": SITE})
        yield IntakeRelay(record, {"/default/sap.s4.beh": book}, now=Clock())


def _captured(name: str) -> list[dict[str, Any]]:
    message: list[dict[str, Any]] = json.loads((ANSWERS / name).read_text())["request"]["body"]["message"]
    return message


def at_the_door(body: dict[str, Any], content_type: str) -> IncomingEvent:
    """The event as the door understands it."""
    (event,) = sent([("content-type", content_type)], json.dumps(body).encode()).events
    assert isinstance(event, IncomingEvent)
    return event


async def order_lines(database: Database) -> list[OrderLine]:
    return [reading.fact for reading in await FactStore(database).find(OrderLine, SITE)]


@pytest.mark.parametrize("seed", range(3))
async def test_each_counts_once_though_it_comes_four_times_and_in_any_order(
    record: Database, relay: IntakeRelay, samples: dict[str, dict[str, Any]], seed: int
) -> None:
    stream = [at_the_door(body, kind) for body in samples.values() for kind in (STRUCTURED, "application/json")] * 2
    random.Random(seed).shuffle(stream)  # noqa: S311

    for event in stream:
        await Intake(record).receive([event], ERP, (SITE,), NOON)
        await relay.once()

    kept = await events(record)
    became = {name: kept[samples[name]["id"]] for name in WANTED}
    assert len(kept) == len(WANTED)
    assert {name: row.state for name, row in became.items()} == {
        CREATED: "done",
        CHANGED: "waiting",
        "sap-salesorder-changed-fields": "waiting",
        "sap-bp-changed-730431274": "ignored",
        "sap-freightorder-created": "ignored",
    }
    assert became[CHANGED].outcome == "SAP has no order 4800."
    assert "BusinessPartner.Changed" in became["sap-bp-changed-730431274"].outcome
    (line,) = await order_lines(record)
    assert line.key == "1:10"
    assert line.quantity == 3
    assert line.promised_at is not None
    assert (line.promised_at - line.requested_at).days == 2
    assert await cases(record) == []


async def test_a_service_that_is_down_is_asked_until_it_is_up(
    record: Database, service: SalesOrderService, samples: dict[str, dict[str, Any]]
) -> None:
    clock, order = Clock(), service.answers["A_SalesOrder('1')"]
    service.answer_raw("A_SalesOrder('1')", b"", 503)
    await Intake(record).receive([at_the_door(samples[CREATED], STRUCTURED)], ERP, (SITE,), NOON)

    async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
        relay = IntakeRelay(record, {"/default": SapOrders(service.url, client, {"1710": SITE})}, now=clock)
        await relay.once()
        at_first = await order_lines(record)
        service.answers["A_SalesOrder('1')"] = order
        clock.run_on(timedelta(seconds=2))
        await relay.once()

    assert at_first == []
    assert len(await order_lines(record)) == 1


async def test_an_order_changed_in_sap_opens_a_case_and_a_second_event_no_other(
    record: Database, relay: IntakeRelay, service: SalesOrderService, samples: dict[str, dict[str, Any]]
) -> None:
    [item] = json.loads((ANSWERS / "items.json").read_text())
    open_ = {"SDProcessStatus": "A", "DeliveryStatus": "A"}
    changed = samples[CHANGED] | {"data": {"SalesOrder": "1"}}
    for number, (body, quantity) in enumerate(
        [(samples[CREATED], "3"), (changed, "5"), (changed | {"id": "again"}, "5")]
    ):
        service.answer("A_SalesOrder('1')/to_Item", {"results": [item | open_ | {"RequestedQuantity": quantity}]})
        await Intake(record).receive([at_the_door(body, STRUCTURED)], ERP, (SITE,), NOON)
        assert await relay.once() == 1, number

    (case,) = await cases(record)
    assert (case.site, case.subject) == (SITE, "1:10")
    assert case.request["already_made"] is True
    assert (case.before["fact"]["quantity"], case.request["quantity"]) == ("3", "5")
    assert case.before["source"] == "SAP"
