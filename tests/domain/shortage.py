"""A few parts of which more are needed than there are, and every way to get more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.calendar import WorkingCalendar
from domain.case import CaseFile, PastAnswer
from domain.decision import Principal, PrincipalKind
from domain.fact import Fact, Reading
from domain.facts import Job, JobStatus, Lot, LotStatus, OrderLine, Receipt, Reservation
from domain.master_data import Component, Item, Supplier, Transfer
from domain.policy import PolicyTable
from domain.processes.shortage import SHORTAGE
from domain.release import Allocation
from domain.shortage import findings
from domain.shortage.balance import Balance
from domain.shortage.inquiries import told
from domain.shortage.known import suspicion
from domain.shortage.requested import ShortageRequest
from domain.shortage.stocktaking import balance_of
from domain.shortage.way import Way
from domain.shortage.ways import ways
from domain.supply import Place, SupplyPicture
from runtime.policies import FOLDER, read_policy

SHIPPED = read_policy(FOLDER / "shortage.yaml")
SITE, PART = "north", "SEAL"
PLACE = Place(SITE, PART)
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
ALWAYS = WorkingCalendar.always()


def day(number: float) -> datetime:
    """So many days from now."""
    return NOW + timedelta(days=number)


def part(**more: Any) -> Item:
    """What is short."""
    return Item(site=SITE, item=PART, **more)


def supplier(name: str = "Foundry", days: int = 10, **more: Any) -> Supplier:
    """Who sells it."""
    return Supplier(supplier=name, lead_time_days=Decimal(days), **more)


def hurried(name: str = "Foundry", days: int = 10, to: int = 3, cost: int = 400) -> Supplier:
    """Who sells it, and sooner for money."""
    return supplier(name, days, expedite_days=Decimal(to), expedite_cost=Decimal(cost))


def from_south(days: int = 2, cost: int = 100) -> tuple[Transfer, ...]:
    """It can be brought from the south."""
    return (Transfer(origin="south", days=Decimal(days), cost=Decimal(cost)),)


def lot(quantity: int, name: str = "L1", *, site: str = SITE, item: str = PART, **more: Any) -> Lot:
    """Parts that lie there."""
    return Lot(site=site, item=item, lot=name, quantity=Decimal(quantity), **more)


def held(quantity: int, name: str = "L9") -> Lot:
    """Parts that quality holds back."""
    return lot(quantity, name, status=LotStatus.ON_HOLD)


def receipt(quantity: int, at: float, name: str = "PO-1", by: str = "Foundry") -> Receipt:
    """Parts that come."""
    return Receipt(
        site=SITE, receipt=name, item=PART, quantity=Decimal(quantity), expected_at=day(at), supplier=by
    )  # fmt: skip


def line(order: str, quantity: int, at: float, *, priority: int = 10, item: str = PART, **more: Any) -> OrderLine:
    """A customer wants it."""
    return OrderLine(
        site=SITE, order=order, line="10", customer="ACME", item=item, quantity=Decimal(quantity),
        requested_at=day(at), promised_at=day(at), priority=priority, **more,
    )  # fmt: skip


def reserved(order: str, quantity: int) -> Reservation:
    """Parts set aside for a line."""
    return Reservation(site=SITE, item=PART, order=order, line="10", quantity=Decimal(quantity))


def pump(*alternates: str, each: int = 1) -> Item:
    """What the part goes into."""
    component = Component(item=PART, per_piece=Decimal(each), alternates=alternates)
    return Item(site=SITE, item="PUMP", components=(component,))


def job(name: str, quantity: int, at: float, order: str | None = None, **more: Any) -> Job:
    """Pumps made within a day."""
    said = {"status": JobStatus.RELEASED, "order": order, "line": "10" if order else None, **more}
    return Job(
        site=SITE, job=name, item="PUMP", quantity=Decimal(quantity), starts_at=day(at), ends_at=day(at + 1), **said
    )


def aside(name: str, quantity: int, item: str = PART, lot_: str = "L1", issued: int = 0) -> Allocation:
    """Material set aside for a job."""
    return Allocation(
        site=SITE, job=name, item=item, lot=lot_, quantity=Decimal(quantity), issued=Decimal(issued)
    )  # fmt: skip


def picture(*facts: Fact) -> SupplyPicture:
    """All of it."""
    return SupplyPicture(NOW, facts if any(f.key == PART for f in facts) else (part(), *facts))


def balance(*facts: Fact) -> Balance:
    """What of the part is there and comes, and who needs it when."""
    return balance_of(picture(*facts), PLACE)


def every_way(*facts: Fact) -> dict[str, Way]:
    """Every way to fill the gap, by name."""
    known, found = picture(*facts), balance(*facts)
    gap = found.gap()
    assert gap is not None
    return {way.name: way for way in ways(known, PLACE, found, gap, ALWAYS)}


def file_of(*facts: Fact, answers: tuple[PastAnswer, ...] = (), south: PolicyTable = SHIPPED) -> CaseFile:
    """The case about the part, when both checks have said what they know; *south* is the policy of the other site."""
    known = picture(*facts)
    item = Reading[Any](fact=known.item(PLACE), source="erp", version="1", as_of=NOW)
    file = CaseFile(
        id="MS-1", process=SHORTAGE.name, site=SITE, subject=PART, state="assessing", version=1, assessment=1,
        before=item, request=ShortageRequest(item=PART, reason="REPORT"), opened_at=NOW, at=NOW, answers=answers,
        requester=Principal(kind=PrincipalKind.PERSON, id="willa"), policy=SHIPPED,
    )  # fmt: skip
    missing = findings.judge(PLACE, suspicion(file), known, ALWAYS, (item,), NOW)
    sources = findings.judge_sources(
        PLACE, suspicion(file), told(file), known, {"south": south}, ALWAYS, (item,), NOW
    )  # fmt: skip
    return file.model_copy(update={"evidence": (missing, sources)})
