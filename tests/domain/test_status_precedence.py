"""In which order the stages of an order line are tried, against the same said once more and plainly."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.facts import Job, JobStatus, LineStatus, Lot, LotStatus, Receipt, Shipment, ShipmentStatus
from domain.master_data import Customer
from domain.order_line.known import LineFacts
from domain.order_line.precedence import PRECEDENCE
from domain.order_line.stage import LineStage
from domain.status import order_line_status
from tests.domain.pumps import (
    SITE,
    change,
    day,
    housings,
    job,
    known,
    line,
    lot,
    pump,
    receipt,
    shipment,
)

lines = st.builds(
    line,
    quantity=st.integers(1, 10),
    status=st.sampled_from([LineStatus.OPEN] * 9 + list(LineStatus)),
    shipped=st.sampled_from([0, 0, 0, 0, 2, 5]).map(Decimal),
    promised_at=st.sampled_from([None, day(10)]),
)
pumps = st.lists(
    st.builds(lot, st.integers(1, 10), st.sampled_from(LotStatus), st.sampled_from(["L1", "L2"])),
    max_size=2,
    unique_by=lambda one: one.lot,
)
leaving = st.lists(
    st.builds(
        shipment,
        st.sampled_from([ShipmentStatus.PLANNED] * 4 + list(ShipmentStatus)),
        st.integers(1, 10),
        st.sampled_from([(), ("L1",), ("L1", "L2")]),
        st.sampled_from(["SH-1", "SH-2"]),
    ),
    max_size=2,
    unique_by=lambda one: one.shipment,
)
jobs = st.lists(st.builds(job, st.sampled_from(JobStatus), st.sampled_from(["waiting", "running"])), max_size=1)
worlds = st.builds(
    lambda said, lots, shipments, made, material, arriving, blocked, cases: (
        known(
            said, pump(), *lots, *shipments, *made, housings(material), *arriving,
            Customer(site=SITE, customer="ACME", blocked=blocked), cases=cases,
        )
    ),
    lines, pumps, leaving, jobs, st.integers(1, 20),
    st.lists(st.builds(receipt, st.integers(1, 10), st.sampled_from([day(-1), day(4), day(20)])), max_size=1),
    st.sampled_from([False, False, True]), st.sampled_from([(), (), (), (change(),)]),
)  # fmt: skip


@settings(deadline=None)
@given(worlds)
def test_the_first_stage_that_fits_is_the_status(facts: LineFacts) -> None:
    fitting = [stage for stage, fits in PLAINLY if fits(World(facts))]

    assert order_line_status(facts).status is fitting[0]


def test_the_stages_are_tried_in_the_order_that_was_agreed() -> None:
    agreed = """
        CANCELLED CLOSED DELIVERED SHIPPED LOADING RELEASED_FOR_DISPATCH ON_QUALITY_HOLD CHANGE_PENDING
        DISPATCH_BLOCKED READY_TO_SHIP AWAITING_QA IN_PRODUCTION MATERIAL_SHORT SCHEDULED PROMISED UNPROMISED
    """

    assert [stage.name for stage, _ in PRECEDENCE] == agreed.split()
    assert [stage.name for stage in LineStage] == agreed.split()


class World:
    """The same facts, counted anew by somebody who only knows what the stages mean.

    There are no other orders here, no inspections and no expiry; one item, and it has one component.
    """

    def __init__(self, facts: LineFacts) -> None:
        told = [reading.fact for reading in facts.others]
        self.line = facts.line.fact
        self.lots = [fact for fact in told if isinstance(fact, Lot) and fact.item == "PUMP"]
        self.housings = sum(fact.quantity for fact in told if isinstance(fact, Lot) and fact.item == "HOUSING")
        self.jobs = [fact for fact in told if isinstance(fact, Job)]
        self.receipts = [fact for fact in told if isinstance(fact, Receipt)]
        self.blocked = any(fact.blocked for fact in told if isinstance(fact, Customer))
        self.shipments = [fact for fact in told if isinstance(fact, Shipment)]
        self.changing = bool(facts.open_cases)

    def leaving(self, *statuses: str) -> Decimal:
        return sum((s.lines[0].quantity for s in self.shipments if s.status in statuses), Decimal(0))

    @property
    def left(self) -> Decimal:
        return self.line.quantity - max(self.line.shipped, self.leaving("dispatched", "delivered"))

    def stock(self, *statuses: str) -> Decimal:
        return sum((lot.quantity for lot in self.lots if lot.status in statuses), Decimal(0))

    @property
    def making(self) -> Job | None:
        return next((job for job in self.jobs if job.status not in ("complete", "closed")), None)

    @property
    def begun(self) -> bool:
        return any(job.status in ("running", "complete") or job.operations[0].status != "waiting" for job in self.jobs)

    @property
    def ready(self) -> bool:
        return 0 < self.left <= self.stock("unrestricted") and self.making is None

    @property
    def short(self) -> bool:
        return self.making is not None and not self.begun and self.housings < self.making.quantity

    def named(self, *statuses: str) -> set[str]:
        return {name for s in self.shipments if s.status in statuses for name in s.lines[0].lots}

    def against(self, *statuses: str) -> bool:
        unrestricted = {lot.lot: lot.quantity for lot in self.lots if lot.status == "unrestricted"}
        named = self.named(*statuses)
        taken = sum(s.lines[0].quantity for s in self.shipments if s.status in statuses and s.lines[0].lots)
        there = sum(unrestricted.get(name, Decimal(0)) for name in named)
        return self.blocked or not named <= set(unrestricted) or taken > there

    @property
    def covered_in_time(self) -> bool:
        """Whether what is there and comes until the line is due is enough."""
        if self.stock("unrestricted") >= self.left:
            return True
        if self.making is not None:  # it makes ten, which is always enough, and in time unless it cannot go on
            return self.making.status != "on_hold" and not self.short
        due = self.line.promised_at or self.line.requested_at
        coming = sum(receipt.quantity for receipt in self.receipts if receipt.expected_at <= due)
        return self.stock("unrestricted") + coming >= self.left

    @property
    def held(self) -> bool:
        named = self.named("planned", "picked", "approved")
        wanted = [lot for lot in self.lots if lot.lot in named] if named else [
            lot for lot in self.lots if lot.status not in ("rejected", "conditional")
        ]  # fmt: skip
        return (
            bool(wanted)
            and all(lot.status == "on_hold" for lot in wanted)
            and (named == {lot.lot for lot in wanted} if named else not self.covered_in_time)
        )

    @property
    def ever_covered(self) -> bool:
        return self.stock("unrestricted") + sum(receipt.quantity for receipt in self.receipts) >= self.left > 0


NOT_LEFT = ("planned", "picked", "approved")

PLAINLY: tuple[tuple[LineStage, Callable[[World], bool]], ...] = (
    (LineStage.CANCELLED, lambda w: w.line.status == "cancelled"),
    (LineStage.CLOSED, lambda w: w.line.status == "closed"),
    (
        LineStage.DELIVERED,
        lambda w: w.line.status == "delivered" or w.leaving("delivered") >= w.line.quantity,
    ),
    (LineStage.SHIPPED, lambda w: w.left <= 0),
    (LineStage.LOADING, lambda w: w.leaving("loading") > 0),
    (
        LineStage.RELEASED_FOR_DISPATCH,
        lambda w: w.leaving("approved") >= w.left > 0 and not w.against("approved"),
    ),
    (LineStage.ON_QUALITY_HOLD, lambda w: w.left > 0 and w.held),
    (LineStage.CHANGE_PENDING, lambda w: w.changing),
    (
        LineStage.DISPATCH_BLOCKED,
        lambda w: w.left > 0 and w.against(*NOT_LEFT) and (w.ready or w.leaving("picked", "approved") > 0),
    ),
    (LineStage.READY_TO_SHIP, lambda w: w.ready),
    (
        LineStage.AWAITING_QA,
        lambda w: w.making is None and 0 < w.left <= w.stock("unrestricted", "in_inspection"),
    ),
    (LineStage.IN_PRODUCTION, lambda w: w.begun and all(job.status != "closed" for job in w.jobs)),
    (LineStage.MATERIAL_SHORT, lambda w: w.short),
    (
        LineStage.SCHEDULED,
        lambda w: w.making is not None or (w.line.promised_at is not None and w.ever_covered),
    ),
    (LineStage.PROMISED, lambda w: w.line.promised_at is not None),
    (LineStage.UNPROMISED, lambda _: True),
)
"""What each stage means, said once more and plainly."""
