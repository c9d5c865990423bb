"""Readiness over time: judged again when a fact that matters changes or time goes by, behind whoever told of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select, update

from domain.decision import Channel
from domain.evidence import digest
from domain.fact import Fact, Reading
from domain.facts import KINDS, Job, JobStatus, Lot, Receipt
from domain.master_data import Component, Item
from domain.ports import NotInSystem
from domain.readiness.history import Spell
from domain.readiness.truth import Truth
from domain.readiness.waiver import WaiverDraft
from domain.release import Allocation, Document, Slot
from domain.roles import Role
from relay.readiness import ReadinessRelay
from storage.alone import alone
from storage.database import Database
from storage.facts import FactStore, drop_fact
from storage.readiness_history import ReadinessHistory
from storage.readiness_policies import ReadinessPolicies
from storage.tables.readiness import FactNewsRow, SpellRow, ThingRow, ThingWatchRow
from storage.waivers import Waivers
from tests.relay.record import NOON
from tests.storage.plant import person
from tests.support.ready_shipment import ready_shipment
from tests.support.small_plant import SITE

JOB, SHIPMENT = KINDS["job"], KINDS["shipment"]
HOUR = timedelta(hours=1)


class Clock:
    """The time at the plant, and all that is judged then."""

    def __init__(self, record: Database) -> None:
        self.record = record
        self.at = NOON
        self.relay = ReadinessRelay(record, now=lambda: self.at)

    async def after(self, passed: timedelta, *facts: Fact) -> int:
        """How many things were judged anew, after so much time and news of *facts*."""
        self.at += passed
        told = [Reading(fact=fact, source="/erp", version=digest(fact), as_of=self.at) for fact in facts]
        await FactStore(self.record).keep(told)
        done = 0
        while found := await self.relay.once():
            done += found
        return done

    async def spells(self, kind: type[Fact], key: str, predicate: str) -> list[Spell]:
        """The oldest first."""
        found = await ReadinessHistory(self.record).history(kind, SITE, key, (SITE,), self.at)
        return [spell for spell in reversed(found.spells) if spell.predicate == predicate]


@pytest.fixture
async def clock(record: Database) -> Clock:
    """Of a plant in which everything was judged once, and nothing grows old."""
    policy = (await ReadinessPolicies(record).published())[0].table
    patient = policy.model_copy(update={"site": SITE, "time_to_live": {}, "effective_from": NOON - HOUR})
    await ReadinessPolicies(record).publish_shipped(patient, NOON - HOUR)
    clock = Clock(record)
    await clock.after(timedelta(0))
    return clock


def housings(count: int, lot: str = "H9") -> tuple[Fact, ...]:
    quantity = Decimal(count)
    return (
        Lot(site=SITE, item="HOUSING", lot=lot, quantity=quantity),
        Allocation(site=SITE, job="J-2", item="HOUSING", lot=lot, quantity=quantity),
    )


async def test_says_how_long_a_job_waited_for_whom(clock: Clock) -> None:
    await clock.after(2 * HOUR, *housings(4))
    await clock.after(HOUR, *housings(10))
    await clock.after(HOUR)

    spells = await clock.spells(JOB, "J-2", "materials_ready")
    told = await ReadinessHistory(clock.record).history(JOB, SITE, "J-2", (SITE,), clock.at)

    assert [(one.value, [reason.thing for reason in one.reasons], one.since, one.until) for one in spells] == [
        (Truth.FALSE, ["HOUSING:10"], NOON, NOON + 2 * HOUR),
        (Truth.FALSE, ["HOUSING:6"], NOON + 2 * HOUR, NOON + 3 * HOUR),
        (Truth.TRUE, [], NOON + 3 * HOUR, None),
    ]
    waited = {one.predicate: one for one in told.waited}
    assert waited["materials_ready"].not_ready == 3 * HOUR
    assert waited["materials_ready"].because_of == {Role.BUYER: 3 * HOUR}


async def test_what_was_told_twice_or_changes_nothing_is_kept_once(clock: Clock) -> None:
    before = [await clock.spells(JOB, key, "materials_ready") for key in ("J-2", "J-5")]
    more = Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(18))

    judged = [await clock.after(HOUR, more), await clock.after(HOUR, more), await clock.after(HOUR)]

    assert judged[0] > 0
    assert judged[1:] == [0, 0]
    assert [await clock.spells(JOB, key, "materials_ready") for key in ("J-2", "J-5")] == before


async def test_only_what_the_changed_fact_can_touch_is_judged_again(clock: Clock) -> None:
    async def due(*facts: Fact) -> set[str]:
        clock.at += HOUR
        told = [Reading(fact=fact, source="/erp", version=digest(fact), as_of=clock.at) for fact in facts]
        await FactStore(clock.record).keep(told)
        while await ReadinessHistory(clock.record).spread_news(clock.at):
            pass
        async with clock.record.reading() as session:
            rows = (await session.exec(select(ThingRow).where(col(ThingRow.due_at) <= clock.at))).all()
        await clock.after(timedelta(0))
        return {row.key for row in rows}

    slot = Slot(site=SITE, shipment="SH-4", starts_at=NOON, ends_at=NOON + 40 * HOUR)
    assert await due(slot) == {"SH-4"}
    assert await due(Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(16))) == set()
    lot, aside = housings(4)
    assert await due(aside) == {"J-2"}
    assert await due(lot) == {"J-2"}
    valves = Receipt(site=SITE, receipt="PO-1", item="VALVE", quantity=Decimal(9), expected_at=NOON)
    assert await due(valves) == set()
    assert await due(Item(site=SITE, item="PUMP", components=(Component(item="VALVE", per_piece=Decimal(1)),))) == {
        "J-2", "J-5",
    }  # fmt: skip
    assert await due(valves.model_copy(update={"quantity": Decimal(8)})) == {"J-2", "J-5"}


async def test_a_slot_that_runs_out_is_seen_although_nobody_tells_and_dated_when_it_did(clock: Clock) -> None:
    slot = Slot(
        site=SITE, shipment="SH-4", status="confirmed", starts_at=NOON, ends_at=NOON + 3 * HOUR, carrier="C-1",
        confirmed_at=NOON,
    )  # fmt: skip
    await clock.after(HOUR, slot)

    await clock.after(9 * HOUR)

    spells = await clock.spells(SHIPMENT, "SH-4", "slot_booked")
    assert [(one.value, one.since) for one in spells] == [
        (Truth.UNKNOWN, NOON), (Truth.TRUE, NOON + HOUR), (Truth.FALSE, NOON + 3 * HOUR),
    ]  # fmt: skip


async def test_what_grows_too_old_becomes_unknown_at_that_moment(clock: Clock) -> None:
    policy = (await ReadinessPolicies(clock.record).published())[0].table
    strict = policy.model_copy(
        update={"site": SITE, "time_to_live": {"lot": HOUR}, "effective_from": NOON + HOUR}
    )  # fmt: skip
    await ReadinessPolicies(clock.record).publish_shipped(strict, NOON + HOUR)
    await clock.after(HOUR, *housings(10))

    await clock.after(5 * HOUR)

    *_, last = await clock.spells(JOB, "J-2", "materials_ready")
    assert (last.value, [reason.code for reason in last.reasons]) == (Truth.UNKNOWN, ["stale"])
    assert timedelta(0) < last.since - (NOON + 2 * HOUR) < timedelta(seconds=1)
    assert last.policy_version == strict.version


async def test_other_figures_hold_from_their_day_on_whatever_was_judged_since_they_were_published(clock: Clock) -> None:
    policy = (await ReadinessPolicies(clock.record).published())[0].table
    strict = policy.model_copy(
        update={"site": SITE, "time_to_live": {"lot": HOUR}, "effective_from": NOON + 4 * HOUR}
    )  # fmt: skip
    await ReadinessPolicies(clock.record).publish_shipped(strict, NOON)
    await clock.after(HOUR, *housings(10))

    await clock.after(8 * HOUR)

    *_, last = await clock.spells(JOB, "J-2", "materials_ready")
    assert (last.value, last.since, last.policy_version) == (Truth.UNKNOWN, NOON + 4 * HOUR, strict.version)


async def test_what_is_over_is_waited_for_no_more_until_it_is_taken_up_again(clock: Clock) -> None:
    store = FactStore(clock.record)
    job = (await store.read(Job, SITE, "J-2")).fact
    await clock.after(HOUR, job.model_copy(update={"status": JobStatus.CLOSED}))
    closed = await clock.spells(JOB, "J-2", "materials_ready")
    await clock.after(HOUR, *housings(4))
    await clock.after(HOUR, job.model_copy(update={"status": JobStatus.RELEASED, "quantity": Decimal(11)}))

    spells = await clock.spells(JOB, "J-2", "materials_ready")
    assert [(one.since, one.until) for one in closed] == [(NOON, NOON + HOUR)]
    assert [(one.since, one.until) for one in spells[1:]] == [(NOON + 3 * HOUR, None)]


async def test_what_no_news_told_is_found_by_looking(record: Database) -> None:
    async with record.transaction() as session:
        for row in (await session.exec(select(FactNewsRow))).all():
            await session.delete(row)
    relay = ReadinessRelay(record, now=lambda: NOON)

    found = [await relay.once(), await relay.untold(), await relay.untold()]
    await relay.once()

    assert found == [0, 8, 0]  # five order lines, two jobs, one shipment
    assert (await ReadinessHistory(record).history(JOB, SITE, "J-2", (SITE,), NOON)).spells


async def test_judged_by_two_relays_at_once_nothing_is_kept_twice(clock: Clock) -> None:
    async with clock.record.transaction() as session:
        await session.exec(update(ThingRow).values(due_at=clock.at))
    other = ReadinessHistory(clock.record)

    await clock.relay.once()
    await other.judge_due(clock.at)

    async with clock.record.reading() as session:
        standing = (await session.exec(select(SpellRow).where(col(SpellRow.until).is_(None)))).all()
    assert len({(row.kind, row.key, row.predicate) for row in standing}) == len(standing)


async def test_what_is_gone_is_watched_no_more(clock: Clock) -> None:
    async with clock.record.transaction() as session:
        await alone(session)
        await drop_fact(session, Job, SITE, "J-2")

    await clock.after(HOUR)

    (spell,) = await clock.spells(JOB, "J-2", "materials_ready")
    async with clock.record.reading() as session:
        watches = (await session.exec(select(ThingWatchRow).where(ThingWatchRow.key == "J-2"))).all()
    assert spell.until == NOON + HOUR
    assert list(watches) == []


async def test_the_history_of_a_thing_elsewhere_is_that_of_one_that_is_nowhere(clock: Clock) -> None:
    for key, sites in (("J-2", ("south",)), ("J-404", (SITE,))):
        with pytest.raises(NotInSystem, match="There is no job"):
            await ReadinessHistory(clock.record).history(JOB, SITE, key, sites, clock.at)


async def test_what_is_waived_may_leave_from_then_until_the_waiver_ends(clock: Clock) -> None:
    waivers, until = Waivers(clock.record), NOON + 4 * HOUR
    facts = ready_shipment(NOON)
    here = next(fact for fact in facts if isinstance(fact, Slot)).model_copy(update={"came_at": NOON - HOUR})
    await clock.after(timedelta(0), *facts, here)
    await clock.after(HOUR, Document(site=SITE, shipment="SH-9", document="packing_list"))
    wanted = WaiverDraft(
        site=SITE, predicate="documents_complete", subject="SH-9", reason="By courier.", expires_at=until
    )  # fmt: skip
    await waivers.ask(wanted, person("emma"), Channel.API, clock.at)

    await clock.after(HOUR)
    await waivers.agree(SITE, "WV-1", person("sven"), Channel.API, clock.at)
    await clock.after(timedelta(0))
    await clock.after(2 * HOUR)

    spells = await clock.spells(SHIPMENT, "SH-9", "ready_for_release")
    assert [(one.value, one.since) for one in spells] == [
        (Truth.TRUE, NOON), (Truth.FALSE, NOON + HOUR), (Truth.TRUE, NOON + 2 * HOUR), (Truth.FALSE, until),
    ]  # fmt: skip
