"""Stories 8, 9 and 10: a system is away, the rules change under way, and somebody goes past them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlmodel import select
from temporalio import activity
from temporalio.testing import WorkflowEnvironment

from domain.decision import Channel
from domain.effect import Capability, Effect
from domain.fact import Fact
from domain.facts import Job, LineStatus, Lot, OrderLine
from domain.order_line.requested import OrderChangeRequest
from domain.policy import Requirement
from domain.ports import Effects, SystemUnavailable
from domain.processes.order_change import ORDER_CHANGE
from domain.roles import Role
from relay.sweep import FOUND, Sweep
from runtime.assembly import Ports
from runtime.policies import FOLDER, read_policy
from storage.bypasses import BypassReader
from storage.cases import Cases
from storage.database import Database
from storage.proposals import Proposals
from storage.tables.cases import CaseRow
from storage.tables.plant import AppliedEffectRow
from tests.support.running_plant import PATIENCE, RunningPlant, person, running_plant
from tests.support.small_plant import SITE, small_plant

AWAY = timedelta(minutes=20)
MANY = 50


@dataclass
class Away:
    """The ERP, which does not answer for twenty minutes after it was first written to, by the clock of the case."""

    real: Effects
    tried: list[str] = field(default_factory=list)

    def capability(self, effect: Effect) -> Capability:
        return self.real.capability(effect)

    async def apply(self, effect: Effect, key: str) -> str:
        self.tried.append(key)
        told = activity.info()
        if told.current_attempt_scheduled_time - told.scheduled_time < AWAY:
            raise SystemUnavailable("The ERP does not answer.")
        return await self.real.apply(effect, key)

    async def read_back(self, effect: Effect, key: str) -> str | None:
        return await self.real.read_back(effect, key)

    async def undo(self, effect: Effect, key: str) -> str:
        return await self.real.undo(effect, key)


async def test_story_8_an_erp_that_is_down_for_twenty_minutes_gets_each_write_once(
    environment: WorkflowEnvironment, database: Database
) -> None:
    systems: list[Away] = []

    def change(parts: Ports) -> Ports:
        systems.append(Away(parts.effects))
        return replace(parts, effects=systems[0])

    async with running_plant(environment, database, change=change) as plant:
        case = (await plant.change("SO-2", quantity="14")).case_id
        await plant.say(case, "awaiting_decision", "expedite", by="boris")
        await plant.until(case, "committing")
        async with asyncio.timeout(PATIENCE):
            while (await plant.case(case)).state == "committing":
                await plant.pass_time(case, timedelta(minutes=2))
                await asyncio.sleep(0.1)
        await plant.take_over(case)
        await plant.until(case, "completed")

        trail = await plant.trail(case)
        confirmed = [line.details["key"] for line in trail if line.action == "effect_confirmed"]
        async with database.reading() as session:
            applied = (await session.exec(select(AppliedEffectRow.key))).all()
        assert len(systems[0].tried) > len(confirmed) + 3
        assert sorted(applied) == sorted(confirmed) == [effect.key for effect in await plant.effects(case)]
        assert "commit_failed" not in [line.to_state for line in trail]
        assert (await plant.fact(Job, "J-2")).quantity == 14


def many_lines(now: datetime) -> Iterable[Fact]:
    """The small plant, with fifty lines more for valves, of which there are enough."""
    yield from (fact for fact in small_plant(now) if not isinstance(fact, Lot) or fact.item != "VALVE")
    yield Lot(site=SITE, item="VALVE", lot="V1", quantity=Decimal(10_000))
    for number in range(MANY):
        yield OrderLine(
            site=SITE, order=f"SO-{100 + number}", line="10", customer="ACME", item="VALVE", quantity=Decimal(10),
            price=Decimal(10), requested_at=now + timedelta(days=60), promised_at=now + timedelta(days=60),
        )  # fmt: skip


@pytest.fixture
async def busy_plant(environment: WorkflowEnvironment, database: Database) -> AsyncIterator[RunningPlant]:
    """The plant with many lines, at work."""
    async with running_plant(environment, database, facts=many_lines) as running:
        yield running


async def test_story_9_fifty_cases_keep_the_rules_they_began_under(busy_plant: RunningPlant) -> None:
    plant = busy_plant
    shipped = read_policy(FOLDER / "order_change.yaml")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    rows = tuple(
        row.model_copy(update={"require": (*row.require, Requirement(role=Role.FINANCE)), "automatic": False})
        for row in shipped.rows
    )
    stricter = shipped.model_copy(update={"site": SITE, "effective_from": tomorrow, "rows": rows})
    old = [(await plant.change(f"SO-{100 + number}", quantity="15")).case_id for number in range(MANY)]
    for case in old:
        await plant.until(case, "awaiting_decision")

    proposals, now = Proposals(plant.database), datetime.now(UTC)
    proposed = await proposals.propose(stricter, "As agreed.", SITE, person("petra"), Channel.API, now)
    await proposals.confirm(proposed.version, SITE, person("paul"), Channel.API, now)
    wanted = OrderChangeRequest(order="SO-1", line="10", quantity=Decimal(60), reason="CUSTOMER_REQUEST")
    cases = Cases(plant.database)
    new = (await cases.open(ORDER_CHANGE, SITE, wanted, person("anna"), Channel.API, tomorrow)).case_id
    for case in old:
        await plant.say(case, "awaiting_decision", "accept_as_asked", by="boris")
    for case in old:
        await plant.take_over(case)
        await plant.until(case, "completed")
    await plant.say(new, "awaiting_decision", "accept_as_asked", by="boris")
    waiting = await plant.case(new)
    await plant.say(new, "awaiting_decision", "accept_as_asked", by="fay")
    await plant.take_over(new)
    await plant.until(new, "completed")

    async with plant.database.reading() as session:
        pinned = {case.id: case.policy for case in (await session.exec(select(CaseRow))).all()}
    assert {pinned[case] for case in old} == {shipped.version}
    assert (pinned[new], waiting.state) == (proposed.version, "awaiting_decision")


async def test_story_10_what_was_changed_past_everybody_is_found_and_settled(plant: RunningPlant) -> None:
    line = await plant.fact(OrderLine, "SO-2:10")
    found, case = await changed_past_everybody(plant, line.model_copy(update={"quantity": Decimal(14)}))

    await plant.agree(case.id, "awaiting_decision", "expedite")
    await plant.take_over(case.id)
    await plant.until(case.id, "completed")
    counted = await BypassReader(plant.database).at_site(SITE, datetime.now(UTC))

    assert (found, case.subject) == ((1, 0), "SO-2:10")
    assert (case.request["already_made"], case.request["reason"]) == (True, "REGULARISE")
    assert case.request["comment"] == FOUND
    assert (await plant.fact(Job, "J-2")).quantity == 14
    (bypass,) = counted.newest
    assert (bypass.key, bypass.fields, bypass.became) == ("SO-2:10", ("quantity",), f"opened {case.id}")


async def test_story_10_what_was_cancelled_past_everybody_is_put_back(plant: RunningPlant) -> None:
    line = await plant.fact(OrderLine, "SO-2:10")
    _, case = await changed_past_everybody(plant, line.model_copy(update={"status": LineStatus.CANCELLED}))

    await plant.agree(case.id, "awaiting_decision", "put_back")
    await plant.take_over(case.id)
    await plant.until(case.id, "put_back")
    again = await Sweep(plant.database, plant.environment.client).changes_nobody_told()
    counted = await BypassReader(plant.database).at_site(SITE, datetime.now(UTC))

    assert await plant.fact(OrderLine, "SO-2:10") == line
    assert again == 0
    assert len(await plant.cases("order_change")) == 1
    # What was written to put it back is a change, too, and has its decision.
    assert (counted.changes, counted.undecided, counted.rate) == (2, 1, 0.5)


async def test_story_10_what_was_changed_past_everybody_is_let_be(plant: RunningPlant) -> None:
    line = await plant.fact(OrderLine, "SO-2:10")
    _, case = await changed_past_everybody(plant, line.model_copy(update={"quantity": Decimal(14)}))
    job = await plant.fact(Job, "J-2")

    await plant.say(case.id, "awaiting_decision", "reject", by="boris", reason="It was agreed by telephone.")
    over = await plant.until(case.id, "let_be", "rejected")

    assert (over.state, over.because) == ("let_be", "It was agreed by telephone.")
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14
    assert await plant.fact(Job, "J-2") == job


async def changed_past_everybody(plant: RunningPlant, line: OrderLine) -> tuple[tuple[int, int], CaseRow]:
    """What two looks of the sweep found, and the case that they opened."""
    await plant.tell(line)
    sweep = Sweep(plant.database, plant.environment.client)
    found = (await sweep.changes_nobody_told(), await sweep.changes_nobody_told())
    (case,) = await plant.cases("order_change")
    return found, case
