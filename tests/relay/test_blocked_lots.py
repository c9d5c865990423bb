"""Lots that another system blocks: on hold here at once, by that system, and never because of what we wrote."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.decision import Channel
from domain.effect import BlockLot, EffectState, ReleaseLot
from domain.fact import Reading
from domain.facts import Lot, LotStatus
from domain.held_lot.requested import QualityHoldRequest
from domain.processes.quality_hold import QUALITY_HOLD
from domain.release import Hold
from relay.intake import IntakeRelay
from relay.sweep import FOUND, Sweep
from storage.alone import alone
from storage.bypasses import BypassReader
from storage.cases import Cases
from storage.database import Database
from storage.facts import FactStore, keep_fact
from storage.intake import IncomingEvent, Intake
from storage.tables.cases import CaseRow, EffectRow
from storage.trail import LOCKSTEP
from tests.relay.record import ERP, NOON, Clock, cases, trail
from tests.support.running_plant import person
from tests.support.small_plant import SITE

V1 = Lot(site=SITE, item="VALVE", lot="V1", quantity=Decimal(100))


async def told(record: Database, minute: int, **different: Any) -> None:
    """The LIMS says that of lot V1 this is different now."""
    data = V1.model_dump(mode="json") | different
    at = NOON + timedelta(minutes=minute)
    event = IncomingEvent(source="/lims", id=str(minute), type="lockstep.fact.lot.v1", data=data, time=at)
    await Intake(record).receive([event], ERP, (SITE,), at)
    while await IntakeRelay(record, {}, now=Clock()).once():
        pass


async def held(record: Database) -> str:
    """The case about lot V1, which Ines has stopped."""
    asked = QualityHoldRequest(item="VALVE", lot="V1", reason="OTHER", defect="It leaks.", severity="safety")
    opened = await Cases(record).open(QUALITY_HOLD, SITE, asked, person("ines"), Channel.API, NOON)
    return opened.case_id


async def hold(record: Database) -> Hold:
    """The hold of lot V1."""
    return (await FactStore(record).read(Hold, SITE, "VALVE:V1")).fact


async def became(record: Database) -> list[tuple[str, bool]]:
    """What became of each change past everybody, and how many changes had a decision behind them."""
    counted = await BypassReader(record).at_site(SITE, Clock()() + timedelta(days=7))
    return [(one.became, one.source == "/lims") for one in counted.newest]


@pytest.mark.parametrize("status", ["on_hold", "rejected"])
async def test_a_lot_that_another_system_blocks_is_on_hold_here_as_placed_by_that_system(
    record: Database, status: str
) -> None:
    await told(record, 1, status=status)

    (case,) = await cases(record)
    placed = await hold(record)
    assert (case.process, case.subject, case.request["reason"]) == ("quality_hold", "VALVE:V1", "BLOCKED_ELSEWHERE")
    assert (placed.active, placed.case, placed.placed_by) == (True, case.id, "/lims")
    assert placed.because == f"/lims says: Lot V1 is {status.replace('_', ' ')}."
    assert (await trail(record, case.id))[0].by["name"] == "/lims"
    assert await became(record) == [(f"opened {case.id}", True)]


async def test_the_sweep_finds_a_block_of_which_no_event_told(
    record: Database, environment: WorkflowEnvironment
) -> None:
    blocked = V1.model_copy(update={"status": LotStatus.ON_HOLD})
    await FactStore(record).keep([Reading(fact=blocked, source="/lims", version="2", as_of=Clock()())])
    sweep = Sweep(record, environment.client, now=Clock())

    looks = (await sweep.changes_nobody_told(), await sweep.changes_nobody_told())

    (case,) = await cases(record)
    assert (looks, case.request["comment"], case.request["blocked_by"]) == ((1, 0), FOUND, "/lims")
    assert ((await hold(record)).active, (await hold(record)).placed_by) == (True, "/lims")


async def test_an_open_hold_takes_the_block_in_and_stays_as_it_is(record: Database) -> None:
    case = await held(record)
    await told(record, 30, status="on_hold")

    placed = await hold(record)
    assert [one.id for one in await cases(record)] == [case]
    assert (placed.severity, placed.because, placed.placed_by) == ("safety", "It leaks.", "")
    news = (await trail(record, case))[-1]
    assert (news.by["name"], news.reason) == ("/lims", "/lims has blocked V1, too. The hold stays as it is.")
    assert await became(record) == [(f"told {case}", True)]


@pytest.mark.parametrize("state", [EffectState.SENT, EffectState.CONFIRMED, EffectState.UNKNOWN])
async def test_our_own_word_that_comes_back_is_no_news(record: Database, state: EffectState) -> None:
    case = await held(record)
    await written(record, case, BlockLot(site=SITE, item="VALVE", lot="V1"), state)
    await told(record, 30, status="on_hold")

    counted = await BypassReader(record).at_site(SITE, Clock()() + timedelta(days=7))
    assert [one.id for one in await cases(record)] == [case]
    assert (counted.changes, counted.undecided) == (1, 0)
    assert [line.action for line in await trail(record, case)] == ["opened"]


async def test_what_was_released_here_and_is_blocked_there_is_on_hold_again(record: Database) -> None:
    case = await held(record)
    await written(record, case, BlockLot(site=SITE, item="VALVE", lot="V1"), EffectState.CONFIRMED)
    let_go = ReleaseLot(site=SITE, item="VALVE", lot="V1", quantity=V1.quantity, as_lot="V1", because="conditional")
    await written(record, case, let_go, EffectState.CONFIRMED)
    await lifted(record)
    await told(record, 30, status="on_hold")

    placed = await hold(record)
    assert [one.id for one in await cases(record)] == [case]
    assert (placed.active, placed.case, placed.placed_by) == (True, case, "/lims")
    assert placed.severity == "safety"


async def test_a_block_while_it_is_told_that_the_lot_is_free_gets_a_case_that_waits_for_that_one(
    record: Database,
) -> None:
    await told(record, 1, status="on_hold")
    (case,) = await cases(record)
    await told(record, 2, status="unrestricted")
    await lifted(record)
    async with record.transaction() as session:
        row = await session.get_one(CaseRow, case.id)
        row.state = "propagating"
        session.add(row)
    await told(record, 30, status="on_hold")

    first, second = await cases(record)
    assert (second.queued, (await hold(record)).active, (await hold(record)).case) == (True, True, second.id)
    assert first.further is None


async def written(record: Database, case: str, effect: BlockLot | ReleaseLot, state: EffectState) -> None:
    """That the case has written *effect*, or is about to."""
    async with record.transaction() as session:
        number = 0 if isinstance(effect, BlockLot) else 1
        body = effect.model_dump(mode="json")
        session.add(EffectRow(key=f"{case}/00{number}/1-write-01", case_id=case, body=body, state=state, at=NOON))


async def lifted(record: Database) -> None:
    """That the hold is in force no more."""
    free = (await hold(record)).model_copy(update={"active": False})
    async with record.transaction() as session:
        at = NOON + timedelta(hours=1)
        await alone(session)
        await keep_fact(session, Reading(fact=free, source=LOCKSTEP.id, version="lifted", as_of=at))
