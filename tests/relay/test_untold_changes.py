"""Whatever starts a case starts it once, though the event was lost; and the first word of trouble is not overlooked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio.testing import WorkflowEnvironment

from domain.fact import Fact, Reading
from domain.facts import (
    Inspection,
    Job,
    Lot,
    LotStatus,
    Receipt,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
)
from domain.master_data import WorkCenter
from domain.release import Gauge, MachineState
from domain.triggers import TRIGGERS
from relay.demand import DemandRelay
from relay.intake import IntakeRelay
from relay.sweep import Sweep
from storage.database import Database
from storage.facts import FactStore
from storage.intake import IncomingEvent, Intake
from tests.relay.record import ERP, NOON, Clock, cases, line
from tests.support.small_plant import SITE

F = TypeVar("F", bound=BaseModel)

STOPS = MachineState(site=SITE, work_center="SAW", down=True, because="The blade broke.")
FAILS = Inspection(site=SITE, item="PUMP", lot="P0", inspection="leak", result="fail")
BLOCKED = Lot(site=SITE, item="VALVE", lot="V8", quantity=Decimal(9), status=LotStatus.ON_HOLD)
WRONG = Gauge(site=SITE, gauge="G7", good=False, good_at=NOON - timedelta(days=3))


def leaving(name: str, status: ShipmentStatus) -> Shipment:
    """Ten valves for SO-1."""
    lines = (ShipmentLine(order="SO-1", line="10", quantity=Decimal(10)),)
    return Shipment(site=SITE, shipment=name, ship_by=NOON + timedelta(days=30), status=status, lines=lines)


async def keep(record: Database, *facts: Fact, version: str) -> None:
    """The plant is so, and no event says it."""
    at = datetime.now(UTC)
    await FactStore(record).keep([Reading(fact=fact, source="file", version=version, as_of=at) for fact in facts])


def different(fact: F, **changed: Any) -> F:
    """The same, with what is *changed*."""
    return fact.model_copy(update=changed)


async def test_the_sweep_starts_what_each_kind_of_change_starts_and_nothing_twice(
    record: Database, environment: WorkflowEnvironment
) -> None:
    saw = (await FactStore(record).read(WorkCenter, SITE, "ASSEMBLY")).fact.model_copy(update={"work_center": "SAW"})
    made, scrapped = [(await FactStore(record).read(Job, SITE, name)).fact for name in ("J-2", "J-5")]
    (step,) = scrapped.operations
    receipt = Receipt(site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(6), expected_at=NOON)
    stock = Lot(site=SITE, item="VALVE", lot="V9", quantity=Decimal(9))
    picked, gone = (leaving("SH-8", ShipmentStatus.PICKED), leaving("SH-9", ShipmentStatus.DISPATCHED))
    changed: tuple[tuple[Fact, Fact], ...] = (
        (wanted := await line(record), different(wanted, quantity=Decimal(14))),
        (receipt, different(receipt, quantity=Decimal(5))),
        (different(BLOCKED, status=LotStatus.UNRESTRICTED), BLOCKED),
        (stock, different(stock, quantity=Decimal(8))),
        (scrapped, different(scrapped, operations=(different(step, scrapped=Decimal(1)),))),
        (different(STOPS, down=False), STOPS),
        (different(FAILS, result="open"), FAILS),
        (different(WRONG, good=True), WRONG),
        (different(picked, status=ShipmentStatus.PLANNED), picked),
        (different(gone, status=ShipmentStatus.PLANNED), gone),
        (made, different(made, starts_at=made.starts_at + timedelta(days=3), ends_at=made.ends_at + timedelta(days=3))),
    )
    await keep(record, saw, *(before for before, _ in changed), version="1")
    await keep(record, *(after for _, after in changed), version="2")
    looks = Sweep(record, environment.client, now=lambda: datetime.now(UTC))

    first, second = await looks.changes_nobody_told(), await looks.changes_nobody_told()

    opened = [(case.process, case.subject, case.request["reason"]) for case in await cases(record)]
    assert (first, second) == (len(changed), 0)
    assert sorted(opened) == [
        ("dispatch_release", "SH-8", "PLANNED"),
        ("dispatch_release", "SH-9", "LEFT"),
        ("order_change", "SO-2:10", "REGULARISE"),
        ("quality_alert", "gauge:G7", "CALIBRATION"),
        ("quality_hold", "PUMP:P0", "INSPECTION_FAILED"),
        ("quality_hold", "VALVE:V8", "BLOCKED_ELSEWHERE"),
        ("schedule_adjustment", "ASSEMBLY", "MOVED_ELSEWHERE"),
        ("schedule_adjustment", "SAW", "MACHINE"),
        ("shortage", "HOUSING", "RECEIPT_CHANGED"),
        ("shortage", "PUMP", "SCRAP"),
        ("shortage", "VALVE", "LOT_CHANGED"),
    ]
    # A trigger that is added must be lost here, too.
    assert len(changed) == len(TRIGGERS)


async def test_the_sweep_has_somebody_look_for_what_more_is_wanted_of(
    record: Database, environment: WorkflowEnvironment
) -> None:
    now = datetime.now(UTC)
    made = (await FactStore(record).read(Job, SITE, "J-2")).fact
    await keep(record, different(made, quantity=Decimal(900), starts_at=now + timedelta(days=2)), version="2")
    relay = DemandRelay(record, now=lambda: now)

    untold = await relay.once()
    await Sweep(record, environment.client, now=lambda: now).changes_nobody_told()
    looked_at, again = await relay.once(), await relay.once()

    short = [case.subject for case in await cases(record) if case.process == "shortage"]
    assert (untold, looked_at, again) == (0, 1, 0)
    assert short == ["HOUSING"]


async def test_what_is_first_heard_of_when_it_is_in_trouble_starts_what_a_change_would_start(record: Database) -> None:
    saw = (await FactStore(record).read(WorkCenter, SITE, "ASSEMBLY")).fact.model_copy(update={"work_center": "SAW"})
    await keep(record, saw, version="1")
    told: tuple[Fact, ...] = (
        STOPS, FAILS, BLOCKED, WRONG, leaving("SH-8", ShipmentStatus.PICKED),
        # What has left before anybody told of it is the past, and a line or job that is new is as it should be.
        leaving("SH-9", ShipmentStatus.DISPATCHED), different(await line(record), order="SO-900"),
    )  # fmt: skip
    at = NOON + timedelta(minutes=1)
    events = [
        IncomingEvent(
            source="/mes", id=fact.key, type=f"lockstep.fact.{fact.kind}.v1", time=at, data=fact.model_dump(mode="json")
        )
        for fact in told
    ]  # fmt: skip

    for event in events:
        await Intake(record).receive([event], ERP, (SITE,), at)
    while await IntakeRelay(record, {}, now=Clock()).once():
        pass

    assert sorted((case.process, case.subject) for case in await cases(record)) == [
        ("dispatch_release", "SH-8"),
        ("quality_alert", "gauge:G7"),
        ("quality_hold", "PUMP:P0"),
        ("quality_hold", "VALVE:V8"),
        ("schedule_adjustment", "SAW"),
    ]
