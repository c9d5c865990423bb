"""News of stock and supply that may mean a shortage."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from temporalio.testing import WorkflowEnvironment

from connectors.plant.plant import EmbeddedPlant
from domain.effect import RequestSupply
from domain.fact import Fact, Reading
from domain.facts import Lot, Receipt
from relay.intake import IntakeRelay
from relay.sweep import Sweep
from storage.database import Database
from storage.facts import FactStore
from storage.intake import IncomingEvent, Intake
from tests.relay.record import ERP, NOON, Clock, cases, events
from tests.support.small_plant import SITE

HOUSINGS = Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(17))
ORDERED = Receipt(site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(6), expected_at=NOON)


async def told(record: Database, *facts: Fact, **different: Any) -> None:
    """Events say that *facts* are so now but for what is *different*."""
    for number, fact in enumerate(facts):
        data = fact.model_dump(mode="json") | different
        event = IncomingEvent(
            source="/erp", id=f"{number}-{different}", type=f"lockstep.fact.{fact.kind}.v1", data=data,
            time=NOON + timedelta(minutes=number + 1),
        )  # fmt: skip
        await Intake(record).receive([event], ERP, (SITE,), NOON + timedelta(minutes=30))
    while await IntakeRelay(record, {}, now=Clock()).once():
        pass


async def test_a_lot_that_may_not_be_used_any_more_opens_a_case_about_its_item(record: Database) -> None:
    await told(record, HOUSINGS, status="in_inspection")

    (case,) = await cases(record)
    assert (case.process, case.subject, case.request["reason"]) == ("shortage", "HOUSING", "LOT_CHANGED")
    assert case.before["fact"]["item"] == "HOUSING"
    assert "suppliers" in case.before["fact"]


async def test_whatever_comes_at_once_about_one_item_is_one_case(record: Database) -> None:
    await told(record, ORDERED)
    await told(record, HOUSINGS, quantity="9")
    await told(record, HOUSINGS, quantity="3")
    await told(record, ORDERED, quantity="2")

    (case,) = await cases(record)
    outcomes = [event.outcome for event in (await events(record)).values()]
    assert sum(outcome.endswith(f"opened {case.id}") for outcome in outcomes) == 1
    assert sum(outcome.endswith(f"known {case.id}") for outcome in outcomes) == 2


async def test_news_of_what_nobody_described_are_kept_and_open_nothing(record: Database) -> None:
    unknown = Lot(site=SITE, item="MYSTERY", lot="M1", quantity=Decimal(5))
    await told(record, unknown)
    await told(record, unknown, quantity="1")

    assert await cases(record) == []
    assert (await FactStore(record).read(Lot, SITE, "MYSTERY:M1")).fact.quantity == 1


async def test_what_we_ask_for_later_ourselves_opens_nothing(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await FactStore(record).keep([Reading(fact=ORDERED, source="erp", version="1", as_of=NOON)])
    later = RequestSupply(
        site=SITE, request="PO-1", item="HOUSING", quantity=Decimal(2), needed_at=NOON + timedelta(days=9)
    )

    await EmbeddedPlant(record).apply(later, "MS-1/1")

    assert await Sweep(record, environment.client, now=Clock()).changes_nobody_told() == 0
    assert await cases(record) == []
