"""What comes by the clock alone: looked for by an index, followed once."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

from sqlmodel import func, select
from temporalio.testing import WorkflowEnvironment

from domain.decision import Channel
from domain.fact import Fact, Reading
from domain.facts import Inspection, Job, JobStatus, Lot, Receipt, Shipment, ShipmentLine, ShipmentStatus
from domain.held_lot.requested import QualityHoldRequest
from domain.processes.quality_hold import QUALITY_HOLD
from domain.release import Hold
from relay.sweep import LATER, MOST_OPENED, Sweep
from runtime.policies import publish_defaults
from storage.cases import Cases
from storage.database import Database
from storage.facts import FactStore
from storage.tables.plant import FactRow, MomentRow
from tests.relay.record import ERP, NOON, cases, trail
from tests.support.small_plant import SITE

LEAVES = NOON + timedelta(days=3)
# Before any job of the plant begins.
TWO_DAYS = timedelta(hours=48)


def leaving(name: str = "SH-1", by: datetime = LEAVES, **different: object) -> Shipment:
    """Ten valves for SO-1, planned."""
    lines = (ShipmentLine(order="SO-1", line="10", quantity=Decimal(10)),)
    return Shipment(site=SITE, shipment=name, ship_by=by, lines=lines).model_copy(update=different)


async def keep(record: Database, *facts: Fact, version: str = "1") -> None:
    """The plant says so."""
    await FactStore(record).keep([Reading(fact=fact, source="erp", version=version, as_of=NOON) for fact in facts])


async def look(record: Database, environment: WorkflowEnvironment, at: datetime) -> int:
    """How many facts one look at the clock worked on."""
    return await Sweep(record, environment.client, now=lambda: at).moments_that_came()


async def test_a_shipment_has_a_case_once_its_departure_is_near_and_not_before(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await keep(record, leaving())
    at = LEAVES - TWO_DAYS

    early = await look(record, environment, at - timedelta(seconds=1))
    in_time = await look(record, environment, at)
    again = await look(record, environment, at + timedelta(days=1))

    (case,) = await cases(record)
    assert (early, in_time, again) == (0, 1, 0)
    assert (case.process, case.subject, case.request["reason"]) == ("dispatch_release", "SH-1", "DUE")
    assert "departure near" in case.request["comment"]
    assert (case.requester["id"], case.channel) == ("lockstep", "timer")


async def test_the_same_moment_comes_once_however_the_shipment_changes(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await keep(record, leaving())
    await look(record, environment, LEAVES - TWO_DAYS)
    before = await trail(record, (await cases(record))[0].id)

    await keep(record, leaving(picked_by=("dev",)), version="2")
    looked_at = await look(record, environment, LEAVES - TWO_DAYS + LATER)

    (case,) = await cases(record)
    assert looked_at == 1
    assert await trail(record, case.id) == before


async def test_a_shipment_that_is_put_off_is_looked_at_when_its_time_comes(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await keep(record, leaving())
    await keep(record, leaving(by=LEAVES + timedelta(days=3)), version="2")

    assert await look(record, environment, LEAVES) == 0
    assert await look(record, environment, LEAVES + timedelta(days=1)) == 1
    assert len(await cases(record)) == 1


async def test_what_has_left_meanwhile_opens_nothing(record: Database, environment: WorkflowEnvironment) -> None:
    await keep(record, leaving())
    await keep(record, leaving(status=ShipmentStatus.DISPATCHED), version="2")

    assert await look(record, environment, LEAVES) == 0
    assert await cases(record) == []


async def test_what_was_known_before_anybody_looked_at_the_clock_is_looked_at_once(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await keep(record, leaving(), leaving("SH-2", LEAVES + timedelta(days=30)))
    long_ago = NOON - timedelta(days=9999)
    async with record.transaction() as session:
        for row in (await session.exec(select(FactRow).where(FactRow.kind == "shipment"))).all():
            row.due_at = long_ago

    looked_at = [await look(record, environment, LEAVES - TWO_DAYS) for _ in range(2)]

    async with record.reading() as session:
        later = await session.get(FactRow, ("shipment", SITE, "SH-2"))
    assert looked_at == [3, 0]  # the one that is being loaded as well
    assert [case.subject for case in await cases(record)] == ["SH-1"]
    assert later is not None
    assert later.due_at == LEAVES + timedelta(days=28)


async def test_an_open_case_is_told_and_keeps_what_it_was_asked(
    record: Database, environment: WorkflowEnvironment
) -> None:
    lot = Lot(site=SITE, item="VALVE", lot="V9", quantity=Decimal(5), expires_at=LEAVES)
    await keep(record, lot)
    asked = QualityHoldRequest(item="VALVE", lot="V9", reason="OTHER", severity="safety", defect="It is cracked.")
    await Cases(record).open(QUALITY_HOLD, SITE, asked, ERP, Channel.API, NOON)

    await look(record, environment, LEAVES + timedelta(minutes=1))

    (case,) = [case for case in await cases(record) if case.process == "quality_hold"]
    hold = (await FactStore(record).read(Hold, SITE, "VALVE:V9")).fact
    assert (case.further, hold.severity) == (None, "safety")
    assert [line.action for line in await trail(record, case.id)] == ["opened", "look_again"]


async def test_each_thing_that_is_late_has_its_case(record: Database, environment: WorkflowEnvironment) -> None:
    due = NOON + timedelta(hours=1)
    running = (await FactStore(record).read(Job, SITE, "J-2")).fact.model_copy(
        update={"status": JobStatus.RUNNING, "ends_at": due}
    )
    await keep(
        record,
        Receipt(site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(6), expected_at=due),
        Lot(site=SITE, item="VALVE", lot="V9", quantity=Decimal(5), expires_at=due + timedelta(days=15)),
        Lot(site=SITE, item="PUMP", lot="P9", quantity=Decimal(5)),
        Inspection(site=SITE, item="PUMP", lot="P9", inspection="final", due_at=due),
        running,
    )

    await look(record, environment, NOON + timedelta(days=2))

    opened = {(case.process, case.subject): case.request["reason"] for case in await cases(record)}
    assert opened == {
        ("shortage", "HOUSING"): "RECEIPT_OVERDUE",
        ("shortage", "VALVE"): "LOT_EXPIRES",
        ("quality_hold", "PUMP:P9"): "INSPECTION_OVERDUE",
        ("schedule_adjustment", "ASSEMBLY"): "UPSTREAM_LATE",
    }


async def test_two_who_look_at_once_open_one_case(record: Database, environment: WorkflowEnvironment) -> None:
    await keep(record, *(leaving(f"SH-{number}0") for number in range(5)))

    await asyncio.gather(*(look(record, environment, LEAVES - TWO_DAYS) for _ in range(3)))
    await look(record, environment, LEAVES - TWO_DAYS + LATER)

    assert sorted(case.subject for case in await cases(record)) == [f"SH-{number}0" for number in range(5)]
    async with record.reading() as session:
        assert (await session.exec(select(func.count()).select_from(MomentRow))).one() == 5


async def test_a_whole_plant_that_is_late_is_followed_a_few_at_a_look(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await keep(record, *(leaving(f"SH-{number}0") for number in range(MOST_OPENED + 7)))

    first = await look(record, environment, LEAVES)
    opened = len(await cases(record))
    second = await look(record, environment, LEAVES)

    assert (first, opened) == (0, MOST_OPENED)
    assert second == 7
    assert len(await cases(record)) == MOST_OPENED + 7


async def test_a_moment_without_a_policy_waits_for_one_and_keeps_no_other_waiting(
    database: Database, environment: WorkflowEnvironment
) -> None:
    await keep(database, leaving())

    without = await look(database, environment, LEAVES)
    at_once = await look(database, environment, LEAVES)
    await publish_defaults(database)
    with_one = await look(database, environment, LEAVES + LATER)

    assert (without, at_once, with_one) == (1, 0, 1)
    assert len(await cases(database)) == 1
