"""Order changes in plants that frePPLe's planner knows: its own demo factory, and one that makes to order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from connectors.frepple.conversion import Plan
from domain.checks.finding import FRESH
from domain.fact import Fact
from domain.facts import KINDS, LineStatus, OrderLine
from domain.master_data import Person
from domain.promise import Enquiry, Promise, capable
from domain.roles import Role
from domain.supply import SupplyPicture
from storage.database import Database
from storage.facts import FactStore
from storage.tables.cases import CaseRow
from tests.connectors.frepple.planner import open_lines, plan_named
from tests.support.running_plant import RunningPlant, running_plant
from tests.support.small_plant import PEOPLE

WEEK = timedelta(weeks=1)
EVERYBODY = PEOPLE | {"wim": (Role.WAREHOUSE,)}

DEMO, MADE_TO_ORDER = plan_named("manufacturing_demo"), plan_named("make-to-order")


def brought_forward(plan: Plan) -> Callable[[datetime], Iterator[Fact]]:
    """The plan's facts as if it were made within a week from now on the same weekday, and people at each site."""

    def facts(now: datetime) -> Iterator[Fact]:
        weeks = -((plan.now - now) // WEEK)
        for fact in plan.facts:
            yield type(fact).model_validate(_later(fact.model_dump(), weeks * WEEK))
        for site in sorted({fact.site for fact in plan.facts}):
            for name, roles in EVERYBODY.items():
                yield Person(site=site, person=name, name=name.title(), roles=roles)

    return facts


def _later(value: Any, by: timedelta) -> Any:
    if isinstance(value, dict):
        return {name: _later(inner, by) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_later(inner, by) for inner in value]
    return value + by if isinstance(value, date) else value


@asynccontextmanager
async def at_work(
    environment: WorkflowEnvironment, database: Database, plan: Plan
) -> AsyncIterator[tuple[RunningPlant, dict[str, OrderLine]]]:
    """The plant of *plan*, and its open demands by name."""
    async with running_plant(environment, database, facts=brought_forward(plan)) as plant:
        names = [(line.site, line.order, line.key) for line in open_lines(plan)]
        yield plant, {order: await plant.fact(OrderLine, key, site) for site, order, key in names}


async def ask(plant: RunningPlant, line: OrderLine, **wanted: Any) -> str:
    """The case about a change of *line*."""
    return (await plant.change(line.order, site=line.site, line=line.line, **wanted)).case_id


async def found_by_check(plant: RunningPlant, case_id: str) -> tuple[dict[str, Any], datetime]:
    """What the capacity check found, and the moment it looked."""
    evidence = (await plant.evidence(case_id))["capacity"]
    return evidence["values"], datetime.fromisoformat(evidence["valid_until"]) - FRESH["capacity"]


def promised(facts: Iterable[Fact], at: datetime, line: OrderLine, quantity: Decimal, by: datetime) -> Promise:
    """What the domain promises of it from everything that is known, at the same moment."""
    enquiry = Enquiry(line.site, line.item, quantity, by, customer=line.customer, excluding=line)
    return capable(SupplyPicture(at, tuple(facts)), enquiry)


def ready(found: dict[str, Any]) -> datetime:
    """When the check says that all of it can be ready."""
    return datetime.fromisoformat(found["as_asked"]["at"])


async def ways(plant: RunningPlant, case_id: str) -> list[str]:
    """The options, once somebody is asked about them."""
    await plant.until(case_id, "awaiting_decision")
    return list(await plant.options(case_id))


async def told(plant: RunningPlant) -> list[Fact]:
    """All that the plant's systems say now."""
    store = FactStore(plant.database)
    return [reading.fact for kind in KINDS.values() for reading in await store.find(kind)]


def holder(role: str) -> str:
    """Somebody in the role."""
    return next(name for name, roles in EVERYBODY.items() if role in roles)


async def decide(plant: RunningPlant, case_id: str, choice: str, reason: str = "") -> None:
    """Have everybody whom the choice needs say it."""
    await plant.until(case_id, "awaiting_decision")
    (question,) = await plant.questions(case_id)
    named = next(known for known in question.draft["choices"] if known["name"] == choice)
    needed = named["require"][:1] if named["ends"] else named["require"]
    for need in needed:
        await plant.answer(question, choice, by=holder(need["role"]), reason=reason)


async def taken_over(plant: RunningPlant, case_id: str) -> CaseRow:
    """The case, once everybody concerned has taken the change over."""
    await plant.until(case_id, "propagating")
    for handoff in await plant.questions(case_id):
        await plant.answer(handoff, "acknowledge", by=holder(handoff.draft["topic"]))
    return await plant.until(case_id, "completed")


@pytest.mark.parametrize("name", ["Demand 02", "Demand 05", "Demand 06", "Demand 16"])
async def test_says_of_half_as_much_again_when_the_demo_factory_could_have_it_ready(
    environment: WorkflowEnvironment, database: Database, name: str
) -> None:
    async with at_work(environment, database, DEMO) as (plant, lines):
        line = lines[name]
        more = line.quantity * Decimal("1.5")

        case_id = await ask(plant, line, quantity=more)
        await plant.until(case_id, "awaiting_decision")

        found, at = await found_by_check(plant, case_id)
        assert ready(found) == promised(brought_forward(DEMO)(plant.now), at, line, more, line.due_at).at


async def test_says_when_a_chair_wanted_seven_weeks_earlier_could_be_ready_and_promises_it_for_then(
    environment: WorkflowEnvironment, database: Database
) -> None:
    async with at_work(environment, database, DEMO) as (plant, lines):
        line = lines["Demand 03"]
        earlier = line.due_at - 7 * WEEK

        case_id = await ask(plant, line, requested_at=earlier)
        (way,) = await ways(plant, case_id)
        found, at = await found_by_check(plant, case_id)
        await decide(plant, case_id, way)
        await taken_over(plant, case_id)

        expected = promised(brought_forward(DEMO)(plant.now), at, line, line.quantity, earlier)
        assert ready(found) == expected.at
        assert expected.on_time
        assert (await plant.fact(OrderLine, line.key, line.site)).promised_at == earlier


async def test_gives_back_what_a_cancelled_order_for_tables_would_have_taken(
    environment: WorkflowEnvironment, database: Database
) -> None:
    async with at_work(environment, database, DEMO) as (plant, lines):
        gone, other = lines["Demand 08"], lines["Demand 04"]
        before = promised(await told(plant), plant.now, other, other.quantity, plant.now)

        case_id = await ask(plant, gone, cancel=True)
        await decide(plant, case_id, "reduce")
        await taken_over(plant, case_id)

        after = promised(await told(plant), plant.now, other, other.quantity, plant.now)
        assert (await plant.fact(OrderLine, gone.key, gone.site)).status is LineStatus.CANCELLED
        assert before.at is not None
        assert after.at is not None
        assert after.at < before.at


def planners_lead_time(order: str) -> timedelta:
    """How long the planner needs for what is made for the order alone, from the first purchase to the last step."""
    batch = next(line.item for line in open_lines(MADE_TO_ORDER) if line.order == order).partition(" @ ")[2]
    work = [step for step in MADE_TO_ORDER.expected if step.batch == batch and step.starts_at < step.ends_at]
    return max(step.ends_at for step in work) - min(step.starts_at for step in work)


MADE_FOR_ONE_BATCH = ["B - order 1", "B - order 2", "E - order 3"]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("name", MADE_FOR_ONE_BATCH)
async def test_promises_an_order_for_the_first_date_that_the_planner_could_keep(
    environment: WorkflowEnvironment, database: Database, name: str
) -> None:
    async with at_work(environment, database, MADE_TO_ORDER) as (plant, lines):
        line, wanted = lines[name], plant.now + planners_lead_time(name) + HOUR

        case_id = await ask(plant, line, requested_at=wanted)
        await decide(plant, case_id, "accept_as_asked")
        await taken_over(plant, case_id)

        assert (await plant.fact(OrderLine, line.key, line.site)).promised_at == wanted


@pytest.mark.parametrize("name", MADE_FOR_ONE_BATCH)
async def test_promises_no_order_for_a_date_before_the_first_that_the_planner_could_keep(
    environment: WorkflowEnvironment, database: Database, name: str
) -> None:
    async with at_work(environment, database, MADE_TO_ORDER) as (plant, lines):
        line, wanted = lines[name], plant.now + planners_lead_time(name) - HOUR

        case_id = await ask(plant, line, requested_at=wanted)
        found = await ways(plant, case_id)
        await decide(plant, case_id, "reject", reason="Nobody can do that.")
        await plant.until(case_id, "rejected")

        assert "accept_as_asked" not in found
        assert await plant.fact(OrderLine, line.key, line.site) == line


@pytest.mark.parametrize(("quantity", "on_time"), [(90, True), (91, False)])
async def test_promises_for_tomorrow_what_the_planner_has_in_stock_and_not_a_piece_more(
    environment: WorkflowEnvironment, database: Database, quantity: int, on_time: bool
) -> None:
    (stock,) = (
        step for step in MADE_TO_ORDER.expected if step.operation == "Inventory E - end item @ green @ factory E"
    )
    assert stock.quantity == 100  # of which another order takes ten

    async with at_work(environment, database, MADE_TO_ORDER) as (plant, lines):
        line = lines["E - order 1"]

        case_id = await ask(plant, line, quantity=quantity, requested_at=plant.now + timedelta(days=1))

        assert ("accept_as_asked" in await ways(plant, case_id)) is on_time
