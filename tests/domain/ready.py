"""A job that may start and a shipment that may go, as facts that say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.fact import Fact, Reading
from domain.facts import Inspection, Job, Lot, LotStatus, OrderLine, Reservation, Shipment, ShipmentLine, ShipmentStatus
from domain.master_data import Component, Item
from domain.readiness.judgement import Known, Readiness
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.shipments import content_of
from domain.readiness.waiver import Waiver
from domain.release import Allocation, CustomerClearance, DispatchApproval, Document, Slot

N = "north"
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
PAPERS = ("packing_list", "certificate_of_analysis")
POLICY = ReadinessPolicy(
    site=N, effective_from=NOW, documents=tuple(Paper(document=name) for name in PAPERS),
    time_to_live={"lot": QUARTER, "slot": QUARTER, "allocation": QUARTER},
)  # fmt: skip


def known(*facts: Fact, old: timedelta = timedelta(0), now: datetime = NOW, waivers: tuple[Waiver, ...] = ()) -> Known:
    """*facts* that are *old*, at *now*."""
    told = tuple(Reading[Any](fact=fact, source="erp", version="1", as_of=now - old) for fact in facts)
    return Known(now, told, POLICY, waivers)


def codes(found: Readiness) -> list[str]:
    """What is wrong with which thing."""
    return [f"{reason.thing}:{reason.code}" for reason in found.reasons]


def job_facts(second: LotStatus = LotStatus.UNRESTRICTED, expires: datetime | None = None) -> list[Fact]:
    """A job that needs ten of A and has six of L1 and four of L2."""
    lots = [
        Lot(site=N, item="A", lot=name, quantity=Decimal(count), status=status, expires_at=expires)
        for name, count, status in (("L1", 6, LotStatus.UNRESTRICTED), ("L2", 4, second))
    ]
    aside = [Allocation(site=N, job="J", item="A", lot=lot.lot, quantity=lot.quantity) for lot in lots]
    return [
        Item(site=N, item="P", components=(Component(item="A", per_piece=Decimal(1)),)), Item(site=N, item="A"),
        Job(site=N, job="J", item="P", quantity=Decimal(10), starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR),
        *lots, *aside,
    ]  # fmt: skip


def shipment_facts(
    *parts: int, lot: LotStatus = LotStatus.UNRESTRICTED, covered: int = 10, customer: str = "ACME"
) -> list[Fact]:
    """A picked shipment of lot L, in entries of so many pieces, ready in every way."""
    entries = tuple(ShipmentLine(order="SO", line="1", quantity=Decimal(part), lots=("L",)) for part in parts)
    leaving = Shipment(
        site=N, shipment="SH", status=ShipmentStatus.PICKED, ship_by=NOW + 2 * HOUR, lines=entries, picked_by=("paul",)
    )
    content = content_of(leaving)
    return [
        leaving,
        OrderLine(site=N, order="SO", line="1", customer=customer, item="P", quantity=Decimal(5), requested_at=NOW),
        Reservation(site=N, item="P", order="SO", line="1", quantity=Decimal(5)),
        Lot(site=N, item="P", lot="L", quantity=Decimal(10), status=lot, allowed_for=("ACME",)),
        Inspection(site=N, item="P", lot="L", inspection="FINAL", result="pass", covered=Decimal(covered)),
        *(Document(site=N, shipment="SH", document=d, status="final", describes=content) for d in PAPERS),
        Slot(
            site=N, shipment="SH", status="confirmed", starts_at=NOW, ends_at=NOW + HOUR, carrier="C", confirmed_at=NOW
        ),
        CustomerClearance(site=N, customer=customer, credit="ok", screening="ok"),
        DispatchApproval(site=N, shipment="SH", approved_by="anna", describes=content, valid_until=NOW + HOUR),
    ]  # fmt: skip


def changed(facts: list[Fact], kind: type[Fact], **values: Any) -> list[Fact]:
    """*facts*, with other *values* in those of *kind*."""
    return [fact.model_copy(update=values) if isinstance(fact, kind) else fact for fact in facts]
