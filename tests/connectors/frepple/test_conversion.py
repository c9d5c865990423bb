"""frePPLe plans as facts."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from connectors.frepple.conversion import Plan, convert, convert_file
from connectors.frepple.names import identifier
from connectors.frepple.tables import Row, UnreadablePlan
from domain.fact import Fact
from domain.facts import Job, JobStatus, LineStatus, Lot, OrderLine, Receipt
from domain.master_data import Calendar, Item, WorkCenter
from domain.subject import Identifier
from domain.supply import Place, SupplyPicture, availability_of
from tests.connectors.frepple.planner import PLANS, open_lines, plan_named, promised_in_turn

F = TypeVar("F", bound=Fact)


def of_kind(plan: Plan, kind: type[F]) -> dict[str, F]:
    return {f"{fact.key} @ {fact.site}": fact for fact in plan.facts if isinstance(fact, kind)}


@pytest.fixture(scope="module")
def demo() -> Plan:
    return plan_named("manufacturing_demo")


def workbook(**sheets: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "parameter": [{"Name": "currentdate", "Value": "2026-01-05 00:00:00"}],
        **{name.replace("_", " "): rows for name, rows in sheets.items()},
    }


def test_turns_every_demand_into_an_order_line(demo: Plan) -> None:
    lines = [line for line in of_kind(demo, OrderLine).values() if not line.order.startswith("DO#")]

    assert len(lines) == 220
    assert Counter(line.status for line in lines) == {LineStatus.CLOSED: 204, LineStatus.OPEN: 16}


def test_says_what_it_could_not_say_in_facts(demo: Plan) -> None:
    assert demo.skipped == {
        "a resource beside the one that stands for its operation": 6,
        "the lot size of a transfer": 4,
    }


def test_takes_bill_routing_and_suppliers_from_operations_flows_and_offers(demo: Plan) -> None:
    chair = of_kind(demo, Item)["chair @ factory"]

    assert {part.item: part.per_piece for part in chair.components} == {
        "cushion": 1,
        "screws": 4,
        "chair leg": 4,
    }
    assert [(step.work_center, step.minutes_per_piece) for step in chair.operations] == [("assembly line", Decimal(60))]
    assert [(offer.supplier, offer.lead_time_days, offer.minimum, offer.multiple) for offer in chair.suppliers] == [
        ("chair supplier", Decimal(30), Decimal(50), Decimal(50))
    ]


def test_makes_the_parts_of_a_routing_steps_in_their_order(demo: Plan) -> None:
    varnished = of_kind(demo, Item)["varnished chair @ factory"]

    assert [(step.operation, step.work_center) for step in varnished.operations] == [
        (10, "operators (Varnish skill)"),
        (20, "unlimited"),
    ]
    assert [(part.item, part.operation) for part in varnished.components] == [("chair", 10)]
    assert varnished.operations[1].minutes_per_batch == 360


def test_brings_a_group_of_items_along_every_route_of_the_group(demo: Plan) -> None:
    items = of_kind(demo, Item)

    assert [(way.origin, way.days) for way in items["chair @ shop 1"].transfers] == [("warehouse", Decimal(2))]
    assert [(way.origin, way.days) for way in items["chair @ warehouse"].transfers] == [("factory", Decimal(1))]


def test_gives_the_work_of_a_pool_to_those_who_have_the_skill(demo: Plan) -> None:
    centers = of_kind(demo, WorkCenter)

    assert centers["operators (Varnish skill) @ factory"].machines == 0
    assert centers["operators (Varnish skill) @ factory"].alternates == ("Antonio",)


def test_counts_as_many_machines_as_the_capacity_calendar_says(demo: Plan) -> None:
    assert of_kind(demo, WorkCenter)["assembly line @ factory"].machines == 2


def test_stops_work_at_weekends_and_in_the_shutdown(demo: Plan) -> None:
    working = of_kind(demo, Calendar)["Working Days @ factory"].working

    assert working.is_working(datetime(2021, 1, 8, 12, tzinfo=UTC))
    assert not working.is_working(datetime(2021, 1, 9, 12, tzinfo=UTC))
    assert not working.is_working(datetime(2021, 7, 15, 12, tzinfo=UTC))
    assert working.is_working(datetime(2021, 8, 2, 12, tzinfo=UTC))


def test_works_when_the_site_and_the_machine_both_do() -> None:
    plan = plan_named("calendar-working-hours")

    working = of_kind(plan, Calendar)["Working hours @ manufacturing"].working

    assert working.working_time_between(at("2023-12-18"), at("2023-12-19")) == timedelta(hours=8)
    assert not working.is_working(at("2023-12-18T12:30"))
    assert not working.is_working(at("2023-12-25T10:00"))


def test_expects_confirmed_orders_and_sends_what_another_site_awaits(demo: Plan) -> None:
    receipts = of_kind(demo, Receipt)

    assert receipts["PO#4 @ factory"].expected_at == at("2021-01-05")
    assert receipts["PO#4 @ factory"].supplier == "cushion supplier"
    assert receipts["DO#3 @ shop 1"].quantity == 30
    assert of_kind(demo, OrderLine)["DO#3:1 @ warehouse"].customer == "shop 1"


def test_keeps_batches_apart_as_items_of_their_own() -> None:
    plan = plan_named("make-to-order")

    lots, items = of_kind(plan, Lot), of_kind(plan, Item)

    assert lots["B - component 1 @ B - order X:on hand @ factory B"].quantity == 100
    assert {part.item for part in items["B - end item @ B - order 1 @ factory B"].components} == {
        "B - assembly @ B - order 1",
        "B - component 1 @ B - order 1",
    }
    assert {part.item for part in items["C - assembly @ C - order 1 @ factory C"].components} == {
        "C - subassembly",
        "C - component 2",
    }


def test_reads_clocks_in_the_zone_of_the_site() -> None:
    plan = convert_file(PLANS / "make-to-order.json", site_zone="Europe/Berlin")

    assert plan.now == datetime(2019, 12, 31, 23, tzinfo=UTC)
    assert of_kind(plan, OrderLine)["A - order 1:1 @ factory A"].requested_at == datetime(2020, 3, 5, 23, tzinfo=UTC)


def test_turns_a_released_production_order_into_a_job_on_its_machine() -> None:
    plan = convert(
        workbook(
            operation=[
                {"Name": "Make X", "Type": "time_per", "Item": "X", "Location": "F", "duration_per": 1800}
            ],
            resource=[{"Name": "press", "Maximum": 1}],
            operation_resource=[{"Operation": "Make X", "Resource": "press"}],
            manufacturing_order=[
                {"Reference": "MO 1", "Status": "confirmed", "Quantity": 4, "Operation": "Make X",
                 "Start Date": "2026-01-06 08:00:00"}
            ],
        )
    )  # fmt: skip

    job = of_kind(plan, Job)["MO 1 @ F"]

    assert (job.status, job.quantity, job.ends_at) == (JobStatus.RELEASED, Decimal(4), at("2026-01-06T10:00"))
    assert [(step.work_center, step.minutes) for step in job.operations] == [("press", Decimal(120))]


def test_refuses_a_plan_without_a_date() -> None:
    with pytest.raises(UnreadablePlan, match="currentdate"):
        convert({"item": [{"Name": "X"}]})


def test_refuses_a_number_that_is_none() -> None:
    plan = workbook(demand=[{"Name": "D", "Item": "X", "Location": "F", "Due": "2026-02-01", "Quantity": "a lot"}])

    with pytest.raises(UnreadablePlan, match="'a lot', which is no number"):
        convert(plan)


def test_refuses_a_model_that_brings_its_own_document_type() -> None:
    with pytest.raises(UnreadablePlan, match="document type"):
        convert('<!DOCTYPE plan [<!ENTITY a "a">]><plan/>')


def test_refuses_a_file_that_is_no_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("no plan", encoding="utf-8")

    with pytest.raises(UnreadablePlan, match="no JSON document"):
        convert_file(tmp_path / "plan.json")


@pytest.mark.parametrize(
    ("cell", "length"),
    [
        (604800, timedelta(days=7)),
        ("86400.0", timedelta(days=1)),
        ("168:00:00", timedelta(days=7)),
        ("P5D", timedelta(days=5)),
        ("PT12H", timedelta(hours=12)),
        ("", timedelta(0)),
        (None, timedelta(0)),
    ],
)
def test_reads_a_length_of_time_in_every_way_frepple_writes_it(cell: object, length: timedelta) -> None:
    assert Row({"leadtime": cell}).duration("leadtime") == length


@given(st.lists(st.text(min_size=1, max_size=80), unique=True, max_size=20))
def test_gives_every_name_an_identifier_of_its_own(names: list[str]) -> None:
    found = [identifier(name) for name in names]

    assert len(set(found)) == len(names)
    assert all(TypeAdapter(Identifier).validate_python(name) == name for name in found)


@given(st.from_regex(re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 @.-]{0,40}[A-Za-z0-9])?", re.ASCII), fullmatch=True))
def test_leaves_a_name_alone_that_is_an_identifier(name: str) -> None:
    assert identifier(name) == name
    assert identifier(identifier(f"{name}/")) != f"{name}/"


def test_promises_every_open_demand_of_a_whole_plant_not_before_now(demo: Plan) -> None:
    promised, _ = promised_in_turn(demo)

    for line in open_lines(demo):
        parts = [promise for promise in promised[line.order] if promise]
        assert sum(promise.quantity for promise in parts) == line.quantity
        assert all(promise.at is not None and promise.at >= demo.now for promise in parts)


def test_promises_nothing_twice(demo: Plan) -> None:
    before = SupplyPicture(demo.now, demo.facts)
    _, after = promised_in_turn(demo)

    for place in [Place(item.site, item.item) for item in of_kind(demo, Item).values()]:
        was = availability_of(_only_promised(before), place).shortfall_from()
        now = availability_of(after, place).shortfall_from()
        assert now is None or (was is not None and now.quantity <= was.quantity), place


def _only_promised(picture: SupplyPicture) -> SupplyPicture:
    kept = (
        fact for fact in picture.facts if not isinstance(fact, OrderLine) or fact.promised_at or not fact.open_quantity
    )
    return SupplyPicture(picture.now, tuple(kept))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_reads_the_same_plan_the_same_way_each_time() -> None:
    assert plan_named("manufacturing_demo") == plan_named("manufacturing_demo")


def test_gives_quantities_as_they_are_written(demo: Plan) -> None:
    assert of_kind(demo, Lot)["chair:on hand @ warehouse"].quantity == Decimal(10)
