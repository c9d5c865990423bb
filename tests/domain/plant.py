"""A small plant P with one press, and whatever else a test puts into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.calendar import WorkingCalendar
from domain.fact import Fact
from domain.facts import Lot, OrderLine, Receipt
from domain.master_data import Calendar, Component, Item, Operation, Supplier, WorkCenter
from domain.promise import Enquiry, Promise
from domain.supply import SupplyPicture

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LATER = 1000

AROUND_THE_CLOCK = Calendar(site="P", calendar="always", working=WorkingCalendar.always())
PRESS = WorkCenter(site="P", work_center="press", calendar="always")


def day(number: float) -> datetime:
    return NOW + timedelta(days=number)


def item(name: str, *, site: str = "P", **fields: Any) -> Item:
    return Item(site=site, item=name, **fields)


def bought(name: str, days: int, **terms: Any) -> Item:
    return item(name, suppliers=(Supplier(supplier="S", lead_time_days=Decimal(days), **terms),))


def made(name: str, *components: Component, hours_each: int = 1, center: str = "press", **fields: Any) -> Item:
    step = Operation(operation=10, work_center=center, minutes_per_piece=Decimal(60 * hours_each))
    return item(name, components=components, operations=(step,), **fields)


def of(name: str, each: int = 1, **fields: Any) -> Component:
    return Component(item=name, per_piece=Decimal(each), **fields)


def stock(name: str, quantity: int, *, site: str = "P", lot: str = "L1", **fields: Any) -> Lot:
    return Lot(site=site, item=name, lot=lot, quantity=Decimal(quantity), **fields)


def receipt(name: str, at: float, quantity: int) -> Receipt:
    return Receipt(site="P", receipt=f"PO {name} {at}", item=name, quantity=Decimal(quantity), expected_at=day(at))


def order(number: str, name: str, quantity: int, at: float, **fields: Any) -> OrderLine:
    return OrderLine(
        site="P",
        order=number,
        line="1",
        item=name,
        quantity=Decimal(quantity),
        requested_at=day(at),
        **fields,
    )


def picture(*facts: Fact) -> SupplyPicture:
    return SupplyPicture(NOW, (AROUND_THE_CLOCK, PRESS, *facts))


def wanted(name: str, quantity: int, by: float = LATER, **fields: Any) -> Enquiry:
    return Enquiry("P", name, Decimal(quantity), day(by), **fields)


def kinds(promise: Promise) -> list[tuple[str, str, int]]:
    return [(step.kind, step.item, int(step.quantity)) for step in promise.each()]
