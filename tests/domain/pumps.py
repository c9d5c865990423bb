"""Ten pumps that Acme ordered, and what there may be of them and around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.fact import Fact, Reading
from domain.facts import (
    Inspection,
    Job,
    JobOperation,
    JobStatus,
    Lot,
    LotStatus,
    OrderLine,
    Receipt,
    Reservation,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
)
from domain.master_data import Component, Item, Operation
from domain.order_line.known import LineFacts, OpenCase
from domain.roles import Role
from domain.status import OrderLineStatus, order_line_status

SITE = "north"
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
TOLD = NOW - timedelta(hours=1)


def day(number: float) -> datetime:
    """So many days from now."""
    return NOW + timedelta(days=number)


def line(quantity: int = 10, **more: Any) -> OrderLine:
    """Ten pumps for Acme, promised in ten days."""
    said = {"customer": "ACME", "item": "PUMP", "requested_at": day(9), "promised_at": day(10), **more}
    return OrderLine(site=SITE, order="SO-1", line="10", quantity=Decimal(quantity), **said)


def pump(**more: Any) -> Item:
    """A pump takes one housing and half an hour."""
    return Item(
        site=SITE, item="PUMP", components=(Component(item="HOUSING", per_piece=Decimal(1)),),
        operations=(Operation(operation=10, work_center="ASSEMBLY", minutes_per_piece=Decimal(30)),), **more,
    )  # fmt: skip


def lot(quantity: int = 10, status: LotStatus = LotStatus.UNRESTRICTED, name: str = "L1", **more: Any) -> Lot:
    """Pumps that lie there."""
    return Lot(site=SITE, item="PUMP", lot=name, quantity=Decimal(quantity), status=status, **more)


def housings(quantity: int) -> Lot:
    """Housings that lie there."""
    return Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(quantity))


def inspection(result: str = "open", covered: int = 0, name: str = "L1") -> Inspection:
    """The final inspection of a lot."""
    return Inspection(site=SITE, item="PUMP", lot=name, inspection="FINAL", result=result, covered=Decimal(covered))


def shipment(status: ShipmentStatus, quantity: int = 10, lots: tuple[str, ...] = (), name: str = "SH-1") -> Shipment:
    """Goods of the line leaving in nine days."""
    taken = ShipmentLine(order="SO-1", line="10", quantity=Decimal(quantity), lots=lots)
    return Shipment(site=SITE, shipment=name, status=status, ship_by=day(9), lines=(taken,))


def job(status: JobStatus = JobStatus.RELEASED, step: str = "waiting", quantity: int = 10, good: int = 0) -> Job:
    """Pumps made for the line, from tomorrow until five days from now."""
    made = JobOperation(
        operation=10, work_center="ASSEMBLY", minutes=Decimal(30 * quantity), good=Decimal(good),
        starts_at=day(1), ends_at=day(5), status=step,
    )  # fmt: skip
    return Job(
        site=SITE, job="J-1", item="PUMP", quantity=Decimal(quantity), order="SO-1", line="10", status=status,
        starts_at=day(1), ends_at=day(5), operations=(made,),
    )  # fmt: skip


def receipt(quantity: int, at: datetime, item: str = "PUMP") -> Receipt:
    """More on its way."""
    return Receipt(site=SITE, receipt="PO-1", item=item, quantity=Decimal(quantity), expected_at=at)


def reserved(quantity: int, order: str = "SO-1") -> Reservation:
    """Pumps set aside."""
    return Reservation(site=SITE, item="PUMP", order=order, line="10", quantity=Decimal(quantity))


def change(state: str = "awaiting_decision") -> OpenCase:
    """A change of the line that the planner decides until tomorrow."""
    return OpenCase(
        id="OC-7", process="order_change", state=state, owner=Role.PLANNER, opened_at=day(-2), since=day(-1),
        due_at=day(1), interruptible=True,
    )  # fmt: skip


OTHER_JOB = Job(
    site=SITE, job="J-9", item="UNKNOWN", quantity=Decimal(1), starts_at=day(1), ends_at=day(2)
)  # fmt: skip


def known(said: OrderLine | None = None, *others: Fact, cases: tuple[OpenCase, ...] = ()) -> LineFacts:
    """All of it as the sources told an hour ago."""
    told = [Reading[Any](fact=fact, source="erp", version="1", as_of=TOLD) for fact in (said or line(), *others)]
    return LineFacts(now=NOW, line=told[0], others=tuple(told[1:]), open_cases=cases)


def status(said: OrderLine | None = None, *others: Fact, cases: tuple[OpenCase, ...] = ()) -> OrderLineStatus:
    """The status of the line."""
    return order_line_status(known(said, *others, cases=cases))
