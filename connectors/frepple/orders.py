"""Demands and released orders of a frePPLe plan as facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connectors.frepple.names import identifier
from connectors.frepple.network import Network, Stock
from connectors.frepple.tables import Row, Tables
from domain.fact import Fact
from domain.facts import Job, JobOperation, JobStatus, LineStatus, OrderLine, Receipt
from domain.master_data import Customer

LINE = "1"
"""A demand is an order of one line."""

_LINE_STATUS = {"open": LineStatus.OPEN, "closed": LineStatus.CLOSED, "canceled": LineStatus.CANCELLED}
_CONFIDENCE = {"confirmed": "confirmed", "approved": "promised"}
_NOT_OPEN = "an order that is only proposed, or done with"


@dataclass(frozen=True)
class Orders:
    """What a plan says customers want and what is under way for them."""

    plan: Tables
    network: Network
    zone: str
    now: datetime

    def wanted(self) -> Iterator[Stock]:
        """Every stock that a demand, an order or a buffer speaks of."""
        for row in self.plan["demand"]:
            yield self._stock(row)
        for row in self.plan["buffer"]:
            yield self._stock(row)
        for row in (*self.plan["purchaseorder"], *self.plan["distributionorder"]):
            yield self._stock(row, "destination" if row.text("destination") else "location")
        for made, recipe in self.network.recipes.items():
            if any(row.text("operation") in recipe.operations for row in self.plan["manufacturingorder"]):
                yield Stock(made.site, made.item)

    def facts(self) -> Iterator[Fact]:
        """Customers, order lines, receipts and jobs."""
        yield from self._lines()
        for row in self._released("purchaseorder"):
            yield from self._receipt(row, "location")
        for row in self._released("distributionorder"):
            yield from self._receipt(row, "destination")
            yield from self._sending(row)
        for row in self._released("manufacturingorder"):
            yield from self._job(row)

    def _lines(self) -> Iterator[Fact]:
        customers: dict[tuple[str, str], None] = {}
        for row in self.plan["demand"]:
            status = _LINE_STATUS.get(row.text("status") or "open")
            due = row.moment("due", self.zone)
            if status is None or due is None:
                self.plan.skip("a demand that is no order yet")
                continue
            stock = self._stock(row)
            customer = row.text("customer") or "unknown"
            customers[stock.site, customer] = None
            yield OrderLine(
                site=identifier(stock.site),
                order=identifier(row.named("name")),
                line=LINE,
                customer=identifier(customer),
                item=stock.name,
                quantity=row.number("quantity", "1"),
                requested_at=due - self._delivery(row),
                status=status,
                priority=int(row.number("priority", "10")),
                partial_allowed=row.number("minshipment") <= 1,
            )
        for site, customer in customers:
            yield Customer(site=identifier(site), customer=identifier(customer), name=customer[:500])

    def _delivery(self, row: Row) -> timedelta:
        """How long the goods are on the way; our dates are those at which they leave."""
        item = next((item for item in self.plan["item"] if item.named("name") == row.text("item")), None)
        name = row.text("operation") or (item.text("deliveryoperation") if item else None)
        found = next((operation for operation in self.plan["operation"] if operation.named("name") == name), None)
        return found.duration("duration") if found else timedelta(0)

    def _stock(self, row: Row, site_column: str = "location") -> Stock:
        return self.network.stock(row.named(site_column), row.named("item"), row.text("batch"))

    def _released(self, table: str) -> Iterator[Row]:
        for row in self.plan[table]:
            if row.text("status") in _CONFIDENCE:
                yield row
            else:
                self.plan.skip(_NOT_OPEN)

    def _receipt(self, row: Row, site_column: str) -> Iterator[Fact]:
        end = row.moment("enddate", self.zone)
        if end is None:
            self.plan.skip("an order without a date")
            return
        stock = self._stock(row, site_column)
        supplier = row.text("supplier")
        yield Receipt(
            site=identifier(stock.site),
            receipt=identifier(row.named("reference")),
            item=stock.name,
            quantity=row.number("quantity", "1"),
            expected_at=end,
            confidence=_CONFIDENCE[row.named("status")],
            supplier=identifier(supplier) if supplier else None,
        )

    def _sending(self, row: Row) -> Iterator[Fact]:
        """What the origin still has to send: for it, an order of the site that gets it."""
        start = row.moment("startdate", self.zone)
        if start is None or start < self.now or row.text("origin") is None:
            return
        stock = self._stock(row, "origin")
        yield OrderLine(
            site=identifier(stock.site),
            order=identifier(row.named("reference")),
            line=LINE,
            customer=identifier(row.named("destination")),
            item=stock.name,
            quantity=row.number("quantity", "1"),
            requested_at=start,
            promised_at=start,
        )

    def _job(self, row: Row) -> Iterator[Fact]:
        made = next(
            (m for m, recipe in self.network.recipes.items() if row.text("operation") in recipe.operations),
            None,
        )
        start = row.moment("startdate", self.zone)
        if made is None or start is None:
            self.plan.skip("a production order whose operation or start is unknown")
            return
        recipe = self.network.recipes[made]
        quantity = row.number("quantity", "1")
        minutes = [step.batch_minutes + step.piece_minutes * quantity for step in recipe.steps]
        end = row.moment("enddate", self.zone) or start + timedelta(minutes=float(sum(minutes, Decimal(0))))
        single = len(recipe.steps) == 1
        self.plan.skip("the machine time of a routing under way", not single)
        yield Job(
            site=identifier(made.site),
            job=identifier(row.named("reference")),
            item=Stock(made.site, made.item).name,
            quantity=quantity,
            status=JobStatus.RELEASED,
            starts_at=start,
            ends_at=end,
            operations=tuple(
                JobOperation(
                    operation=step.number,
                    work_center=step.work_center,
                    minutes=taken,
                    starts_at=start,
                    ends_at=end,
                )
                for step, taken in zip(recipe.steps, minutes, strict=True)
                if single
            ),
        )
