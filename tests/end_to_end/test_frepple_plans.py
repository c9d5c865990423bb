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
from domain.facts import Fact, LineStatus, OrderLine, Person
from domain.promise import Enquiry, Promise, capable
from domain.roles import Role
from domain.supply import SupplyPicture
from storage.database import Database
from storage.tables import CaseRow
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


async def decide(plant: RunningPlant, case_id: str, choice: str, *people: str, reason: str = "") -> None:
    """Have *people* say it."""
    await plant.until(case_id, "awaiting_decision")
    (question,) = await plant.questions(case_id)
    for person in people:
        await plant.answer(question, choice, by=person, reason=reason)


async def taken_over(plant: RunningPlant, case_id: str) -> CaseRow:
    """The case, once everybody concerned has taken the change over."""
    await plant.until(case_id, "propagating")
    for handoff in await plant.questions(case_id):
        topic = Role(handoff.draft["topic"])
        person = next(name for name, roles in EVERYBODY.items() if topic in roles)
        await plant.answer(handoff, "acknowledge", by=person)
    return await plant.until(case_id, "completed")


async def test_every_demand_of_the_demo_factory_is_told_the_date_that_would_be_promised(
    environment: WorkflowEnvironment, database: Database
) -> None:
    async with at_work(environment, database, DEMO) as (plant, lines):
        facts = tuple(brought_forward(DEMO)(plant.now))
        cases = {
            line.order: await ask(plant, line, quantity=line.quantity * 2) for line in lines.values()
        }

        for line in lines.values():
            await plant.until(cases[line.order], "awaiting_decision")
            found, at = await found_by_check(plant, cases[line.order])
            expected = promised(facts, at, line, line.quantity * 2, line.due_at)
            assert expected.at is not None
            assert datetime.fromisoformat(found["as_asked"]["at"]) == expected.at, line.order
