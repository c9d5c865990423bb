"""Our promises against the results of frePPLe's own planner, each demand given those promised before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from domain.facts import OrderLine
from domain.promise import Promise, Split
from tests.connectors.frepple.planner import (
    CAPACITY,
    PLANS,
    Verdict,
    open_lines,
    our_verdict,
    plan_named,
    planner_verdicts,
    promised_in_turn,
)

NAMES = (
    "make-to-order", "alternate-materials", "calendar-working-hours", "demand-policies", "demand-priorities",
    "operation-alternate", "operation-autofence", "operation-routing", "operation-type",
    "resource-efficiency", "constraints_leadtime_1", "constraints_material_1", "constraints_material_3",
    "constraints_material_4", "constraints_resource_1",
)  # fmt: skip

LINES = {(name, line.order): line for name in NAMES for line in open_lines(plan_named(name))}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Where we find otherwise, what we find instead of the planner, by reason.
NO_LATENESS = "The planner plans nothing later than a demand's greatest lateness; we name the date all the same."
SHIPS_AT_SHIFT_END = "The planner looks for dates in steps and leaves hours of the first day to small later orders."
FENCE = "The planner is told to wait up to 12 days for a confirmed order rather than make more."
PARALLEL = "The planner runs three small batches at once where no machine is limited; we run one batch."
NOT_TOO_EARLY = "The planner may make nothing more than four days early; we know no such rule."
SAFETY_STOCK = "The planner delivers from the stock it would like to keep; we promise no safety stock."
DIFFERENCES: Mapping[tuple[str, str], tuple[str, Mapping[str, object]]] = {
    ("demand-policies", "Demand 4"): (NO_LATENESS, {"complete_at": at("2023-01-08"), "decided_by": CAPACITY}),
    ("demand-policies", "Demand 5"): (NO_LATENESS, {"complete_at": at("2023-01-08"), "decided_by": CAPACITY}),
    ("demand-policies", "Demand 6"): (NO_LATENESS, {"complete_at": at("2023-01-08"), "decided_by": CAPACITY}),
    **{
        ("demand-priorities", f"Demand prio {demand}"): (SHIPS_AT_SHIFT_END, {"complete_at": at(ours)})
        for demand, ours in (
            ("1 due 2019-12-04", "2020-01-01T12:00"),
            ("1 due 2019-12-06", "2020-01-01T14:00"),
            ("1 due 2019-12-07", "2020-01-02T11:00"),
            ("1 due 2019-12-20", "2020-01-02T13:00"),
            ("1 due 2019-12-31", "2020-01-03T14:00"),
            ("1 due 2020-01-01", "2020-01-06T10:00"),
            ("2 due 2019-12-09", "2020-01-06T11:00"),
        )
    },
    ("operation-autofence", "SO #2"): (FENCE, {"complete_at": at("2018-01-08"), "decided_by": CAPACITY}),
    ("constraints_leadtime_1", "order 2"): (
        PARALLEL,
        {"on_time": Decimal(10), "complete_at": at("2009-01-11")},
    ),
    ("constraints_material_3", "order for item 1"): (SAFETY_STOCK, {"on_time": Decimal(6)}),
    ("constraints_material_3", "order for item 2"): (SAFETY_STOCK, {"on_time": Decimal(6)}),
    ("constraints_resource_1", "order 5"): (
        NOT_TOO_EARLY,
        {"on_time": Decimal(10), "complete_at": at("2009-01-19")},
    ),
}


@cache
def promised(name: str) -> Mapping[str, Split]:
    return promised_in_turn(plan_named(name))[0]


@cache
def planned(name: str) -> Mapping[str, Verdict]:
    return planner_verdicts(name)


def compared(name: str, line: OrderLine) -> tuple[Verdict, Verdict]:
    """Our verdict and the planner's; where the planner gives no reason ours counts as its own."""
    ours, theirs = our_verdict(line, promised(name)[line.order]), planned(name)[line.order]
    return ours, theirs if theirs.decided_by else replace(theirs, decided_by=ours.decided_by)


@pytest.mark.parametrize(("name", "order"), [key for key in LINES if key not in DIFFERENCES])
def test_finds_the_quantity_on_time_the_last_date_and_the_reason_that_the_planner_finds(name: str, order: str) -> None:
    ours, theirs = compared(name, LINES[name, order])

    assert ours == theirs


@pytest.mark.parametrize(("name", "order"), DIFFERENCES)
def test_differs_from_the_planner_just_where_and_as_is_written_down(name: str, order: str) -> None:
    _, changed = DIFFERENCES[name, order]

    ours, theirs = compared(name, LINES[name, order])

    assert ours == replace(theirs, **changed)  # type: ignore[arg-type]
    assert ours != theirs


def test_finds_most_verdicts_as_the_planner_does() -> None:
    assert len(LINES) - len(DIFFERENCES) == 56
    assert len(DIFFERENCES) == 15


def _bought(promises: Mapping[str, Split]) -> Counter[str]:
    bought: Counter[str] = Counter()
    for split in promises.values():
        for promise in filter(None, split):
            for step in promise.each():
                if step.kind == "buy":
                    bought[f"{step.item} @ {step.site}"] += int(step.quantity)
    return bought


def test_buys_for_orders_made_to_order_what_the_planner_buys() -> None:
    plan = plan_named("make-to-order")
    purchases = [step for step in plan.expected if step.operation.startswith("Purchase ")]
    theirs: Counter[str] = Counter()
    for step in purchases:
        theirs[step.operation.removeprefix("Purchase ").removesuffix(" from My Supplier")] += int(step.quantity)

    ours = _bought(promised("make-to-order"))

    # The planner gives each job of a stocked item a batch of its own and buys a whole lot for each; for us
    # nothing tells these batches apart, so that the first lot serves both orders.
    assert {theirs.pop(f"D - component 3 @ {batch} @ factory D") for batch in "12"} == {30}
    assert ours.pop("D - component 3 @ factory D") == 30
    assert ours == theirs


@pytest.mark.parametrize("family", "ABCDE")
def test_needs_from_the_first_purchase_to_the_last_order_as_long_as_the_planner(family: str) -> None:
    plan = plan_named("make-to-order")
    work = [step for step in plan.expected if f"{family} - " in step.operation and step.starts_at < step.ends_at]
    promises = [split for order, split in promised("make-to-order").items() if order.startswith(family)]

    ours = max(promise.at for split in promises for promise in split if promise and promise.at) - plan.now

    assert ours == max(step.ends_at for step in work) - min(step.starts_at for step in work)


def test_uses_no_batch_for_an_order_of_another() -> None:
    everything = [step for split in promised("make-to-order").values() for p in split if p for step in p.each()]

    assert [step for step in everything if "order X" in step.item] == []
    assert (
        sum(step.quantity for step in everything if step.item == "E - end item @ green" and step.kind == "stock") == 20
    )


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_names_the_material_that_the_planner_names(number: int) -> None:
    order = f"order for item {number}"
    text = (PLANS / "constraints_material_3.expect").read_text(encoding="utf-8")
    last = [promise for promise in promised("constraints_material_3")[order] if promise][-1]

    named = _deciding_item(last)

    assert f"DEMAND CONSTRAINT\t{order}\tBuffer '{named}' has material shortage" in text


def _deciding_item(promise: Promise) -> str:
    if promise.at is None:
        return promise.missing[0].item
    assert promise.bottleneck is not None
    return promise.bottleneck.item


def test_takes_the_alternate_material_only_where_the_first_would_come_later() -> None:
    first = promised("alternate-materials")["Order #1"].rest

    assert first is not None
    assert {step.item for step in first.each()} == {"X", "A", "B", "C"}
    assert first.at == at("2019-01-12")


def test_puts_the_work_on_the_machine_of_the_pool_that_is_done_first() -> None:
    first = promised("resource-efficiency")["Demand 01"].rest

    assert first is not None
    assert first.bottleneck is not None
    assert first.bottleneck.source == "new machine"
    assert first.bottleneck.at - first.bottleneck.starts_at == timedelta(days=8, hours=18)
