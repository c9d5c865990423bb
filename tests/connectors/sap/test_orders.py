"""Sales orders read back from SAP, over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from connectors.sap.orders import SapOrders
from domain.facts import LineStatus
from domain.ports import NotInSystem, SystemUnavailable
from tests.connectors.sap.service import SalesOrderService, running

ANSWERS = Path(__file__).parent / "answers"
AS_OF = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
ORDER = "A_SalesOrder('1')"
ITEMS = f"{ORDER}/to_Item"
SCHEDULE = "A_SalesOrderItem(SalesOrder='1',SalesOrderItem='10')/to_ScheduleLine"

Entity = dict[str, Any]


def captured(name: str) -> list[Entity]:
    message: list[Entity] = json.loads((ANSWERS / name).read_text())["request"]["body"]["message"]
    return message


@pytest.fixture
def header() -> Entity:
    [header] = captured("sales-order-header.json")
    return header


@pytest.fixture
def item() -> Entity:
    [item] = json.loads((ANSWERS / "items.json").read_text())
    assert isinstance(item, dict)
    return item


@pytest.fixture
def schedule() -> list[Entity]:
    return captured("schedule-lines.json")


@pytest.fixture
def service(header: Entity, item: Entity, schedule: list[Entity]) -> Iterator[SalesOrderService]:
    with running() as service:
        service.answer(ORDER, header)
        service.answer(ITEMS, {"results": [item]})
        service.answer(SCHEDULE, {"results": schedule})
        yield service


@pytest.fixture
async def orders(service: SalesOrderService) -> AsyncIterator[SapOrders]:
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
        yield SapOrders(service.url, client, {"1710": "palo-alto"}, now=lambda: AS_OF)


async def refusal(orders: SapOrders, order: str = "1") -> str:
    with pytest.raises(SystemUnavailable) as caught:
        await orders.read_order(order)
    return str(caught.value)


async def test_order_1_item_10_was_asked_for_on_the_17th_and_confirmed_for_the_19th(
    orders: SapOrders,
) -> None:
    [reading] = await orders.read_order("1")

    line = reading.fact
    assert (line.site, line.order, line.line) == ("palo-alto", "1", "10")
    assert (line.customer, line.item) == ("17100001", "TG11")
    assert (line.quantity, line.shipped, line.price) == (Decimal(3), Decimal(3), Decimal("17.55"))
    assert line.requested_at == datetime(2016, 8, 17, tzinfo=UTC)
    assert line.promised_at == datetime(2016, 8, 19, tzinfo=UTC)
    assert line.status is LineStatus.CLOSED
    assert line.partial_allowed
    assert (reading.source, reading.as_of) == ("SAP", AS_OF)


async def test_the_version_is_the_day_of_the_change_and_changes_with_the_content(
    orders: SapOrders, service: SalesOrderService, item: Entity
) -> None:
    [before] = await orders.read_order("1")
    [again] = await orders.read_order("1")
    service.answer(ITEMS, {"results": [item | {"RequestedQuantity": "4"}]})

    [after] = await orders.read_order("1")

    assert before.version == again.version
    assert before.version.startswith("2016-09-02T00:00:00")
    assert after.version.startswith("2016-09-02T00:00:00")
    assert after.version != before.version


async def test_dates_come_as_odata_writes_them_too(
    orders: SapOrders, service: SalesOrderService, header: Entity, schedule: list[Entity]
) -> None:
    service.answer(ORDER, header | {"LastChangeDateTime": "/Date(1472813553000+0000)/"})
    service.answer(SCHEDULE, [schedule[0] | {"RequestedDeliveryDate": "/Date(1471392000000)/"}, schedule[1]])

    [reading] = await orders.read_order("1")

    assert reading.fact.requested_at == datetime(2016, 8, 17, tzinfo=UTC)
    assert reading.version.startswith("2016-09-02T10:52:33")


async def test_schedule_lines_that_come_with_the_item_are_not_asked_for_again(
    orders: SapOrders, service: SalesOrderService, item: Entity, schedule: list[Entity]
) -> None:
    service.answer(ITEMS, {"results": [item | {"to_ScheduleLine": {"results": schedule}}]})

    [reading] = await orders.read_order("1")

    assert reading.fact.promised_at == datetime(2016, 8, 19, tzinfo=UTC)
    assert service.asked == [ORDER, ITEMS]


async def test_a_list_on_two_pages_is_read_to_its_end(
    orders: SapOrders, service: SalesOrderService, schedule: list[Entity]
) -> None:
    service.answer(SCHEDULE, {"results": schedule[:1], "__next": f"{service.url}/second"})
    service.answer("second", {"results": schedule[1:]})

    [reading] = await orders.read_order("1")

    assert reading.fact.shipped == Decimal(3)


async def test_a_next_page_on_another_server_is_not_followed(
    orders: SapOrders, service: SalesOrderService, schedule: list[Entity]
) -> None:
    service.answer(SCHEDULE, {"results": schedule, "__next": "http://127.0.0.1:9/elsewhere"})

    assert "another server" in await refusal(orders)


async def test_a_line_confirmed_only_in_part_has_no_promise(
    orders: SapOrders, service: SalesOrderService, schedule: list[Entity]
) -> None:
    service.answer(SCHEDULE, {"results": [schedule[0], schedule[1] | {"ConfdOrderQtyByMatlAvailCheck": "2"}]})

    [reading] = await orders.read_order("1")

    assert reading.fact.promised_at is None
    assert reading.fact.due_at == datetime(2016, 8, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"SalesDocumentRjcnReason": "01"}, LineStatus.CANCELLED),
        ({"SDProcessStatus": "B"}, LineStatus.DELIVERED),
        ({"SDProcessStatus": "B", "DeliveryStatus": "B"}, LineStatus.OPEN),
    ],
)
async def test_the_status_is_the_farthest_that_the_flags_say(
    orders: SapOrders, service: SalesOrderService, item: Entity, said: Entity, status: LineStatus
) -> None:
    service.answer(ITEMS, {"results": [item | said]})

    [reading] = await orders.read_order("1")

    assert reading.fact.status is status


async def test_a_flag_is_an_x_or_a_truth_value(orders: SapOrders, service: SalesOrderService, header: Entity) -> None:
    service.answer(ORDER, header | {"CompleteDeliveryIsDefined": "X"})

    [reading] = await orders.read_order("1")

    assert not reading.fact.partial_allowed


async def test_an_item_of_words_is_no_order_line(orders: SapOrders, service: SalesOrderService, item: Entity) -> None:
    words = {"SalesOrder": "1", "SalesOrderItem": "20", "Material": "", "RequestedQuantity": "0"}
    service.answer(ITEMS, {"results": [item, words]})

    readings = await orders.read_order("1")

    assert [reading.fact.line for reading in readings] == ["10"]


async def test_a_number_with_leading_zeros_is_the_same_order(orders: SapOrders, service: SalesOrderService) -> None:
    service.answers["A_SalesOrder('0000000001')"] = service.answers[ORDER]
    service.answers["A_SalesOrder('0000000001')/to_Item"] = service.answers[ITEMS]

    [reading] = await orders.read_order("0000000001")

    assert reading.fact.order == "1"


async def test_a_number_cannot_reach_beyond_its_quotation_marks(orders: SapOrders, service: SalesOrderService) -> None:
    with pytest.raises(NotInSystem):
        await orders.read_order("1')/../A_Secret?x=('1")

    assert service.asked == ["A_SalesOrder('1'')/../A_Secret?x=(''1')"]


async def test_an_order_that_sap_does_not_have_is_not_in_the_system(orders: SapOrders) -> None:
    with pytest.raises(NotInSystem, match="has no order 4800"):
        await orders.read_order("4800")


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (404, b"<html>not found</html>", "not JSON"),
        (503, b"", "answered 503"),
        (401, b"", "Look at the login"),
        (302, b"", "answered 302"),
        (200, b"<html>Please log on</html>", "not JSON"),
        (200, b"", "not JSON"),
        (200, b"\xff\xfe\x00", "not JSON"),
        (200, b"[" * 100_000, "not JSON"),
        (200, b"[]", "no OData answer"),
        (200, b"{}", "no OData answer"),
        (200, b'{"d": null}', "no OData answer"),
        (200, b'{"d": {}}', "SalesOrder is missing"),
        (200, b'{"d": {"results": []}}', "several or none"),
        (200, b'{"d": {"results": "1"}}', "several or none"),
    ],
)
async def test_what_is_no_answer_of_the_service_is_never_taken_for_one(
    orders: SapOrders, service: SalesOrderService, status: int, body: bytes, why: str
) -> None:
    service.answer_raw(ORDER, body, status)

    assert why in await refusal(orders)


@pytest.mark.parametrize(
    ("path", "wrong", "why"),
    [
        (ORDER, {"SalesOrder": "2"}, "got one of order 2"),
        (ORDER, {"SoldToParty": ""}, "SoldToParty is missing"),
        (ORDER, {"LastChangeDate": "", "CreationDate": ""}, "when it was last changed"),
        (ORDER, {"LastChangeDate": "yesterday"}, "not a date"),
        (ORDER, {"CompleteDeliveryIsDefined": "perhaps"}, "neither yes nor no"),
        (ITEMS, {"SalesOrder": "2"}, "got one of order 2"),
        (ITEMS, {"RequestedQuantityUnit": ""}, "RequestedQuantityUnit is missing"),
        (ITEMS, {"RequestedQuantityUnit": "KG"}, "counts in KG and in PC"),
        (ITEMS, {"RequestedQuantity": ""}, "RequestedQuantity is"),
        (ITEMS, {"RequestedQuantity": "NaN"}, "cannot be so"),
        (ITEMS, {"RequestedQuantity": "1e9999999"}, "cannot be so"),
        (ITEMS, {"RequestedQuantity": "-3"}, "quantity"),
        (ITEMS, {"RequestedQuantity": True}, "not a number"),
        (ITEMS, {"Material": ""}, "Material is missing"),
        (ITEMS, {"Material": "TG11/a"}, "item"),
        (ITEMS, {"ProductionPlant": "1010"}, "for which no site is set"),
        (SCHEDULE, {"SalesOrder": "2"}, "got one of order 2"),
        (SCHEDULE, {"SalesOrderItem": "20"}, "got one of 20"),
        (SCHEDULE, {"OrderQuantityUnit": None}, "OrderQuantityUnit is missing"),
        (SCHEDULE, {"ConfirmedDeliveryDate": "/Date(999999999999999)/"}, "not a date"),
        (SCHEDULE, {"ConfdOrderQtyByMatlAvailCheck": None}, "not a number"),
    ],
)
async def test_an_answer_that_lacks_something_or_contradicts_itself_gives_no_fact(
    orders: SapOrders,
    service: SalesOrderService,
    path: str,
    wrong: Entity,
    why: str,
) -> None:
    content = json.loads(service.answers[path][1])["d"]
    service.answer(path, {"results": [entity | wrong for entity in content.get("results", [content])]})

    assert why in await refusal(orders)


async def test_one_item_that_cannot_be_relied_on_spoils_the_whole_order(
    orders: SapOrders, service: SalesOrderService, item: Entity
) -> None:
    service.answer(ITEMS, {"results": [item, item | {"SalesOrderItem": "20", "RequestedQuantityUnit": ""}]})
    service.answers[SCHEDULE.replace("'10'", "'20'")] = (200, b'{"d": {"results": []}}')

    assert "RequestedQuantityUnit is missing" in await refusal(orders)


async def test_a_service_that_does_not_answer_in_time_is_unavailable(service: SalesOrderService) -> None:
    service.silent.set()

    async with httpx2.AsyncClient(timeout=0.2, trust_env=False) as client:
        why = await refusal(SapOrders(service.url, client, {"1710": "palo-alto"}))

    assert "ReadTimeout" in why


async def test_a_service_that_is_not_there_is_unavailable() -> None:
    with running() as gone:
        url = gone.url

    async with httpx2.AsyncClient(timeout=2, trust_env=False) as client:
        why = await refusal(SapOrders(url, client, {"1710": "palo-alto"}))

    assert "ConnectError" in why
