"""Ways out of a shortage to their end: who agrees, what is written, that it is over; and what follows if it fails."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from domain.fact import Fact
from domain.facts import Job, Lot, LotStatus, OrderLine, Receipt, Reservation
from domain.master_data import Component, Item, Supplier
from storage.tables.cases import CaseRow
from tests.support.missing_housings import awaited, housings, quiet_until, short
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE


async def sold_by(plant: RunningPlant, *suppliers: Supplier) -> Item:
    """Housings as *suppliers* sell them, and nobody else."""
    return (await plant.fact(Item, "HOUSING")).model_copy(update={"suppliers": suppliers})


def on_its_way(plant: RunningPlant, *, days: int) -> Receipt:
    """The six housings that are missing come in so many days."""
    at = plant.now + timedelta(days=days)
    return Receipt(site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(6), expected_at=at)


async def over(plant: RunningPlant, case: str) -> None:
    """Nothing is missing any more, and whoever waits for it has heard so."""
    await quiet_until(plant, case, "propagating")
    await plant.take_over(case)
    await plant.until(case, "cleared")


async def missed(plant: RunningPlant, *facts: Fact) -> CaseRow:
    """The case about what is missing once another system tells of *facts*."""
    known = len(await plant.cases("shortage"))
    await plant.tell_of(*facts)
    await plant.when(lambda: more_than(plant, known))
    return await plant.until((await plant.cases("shortage"))[-1].id, "sourcing", "awaiting_decision")


async def more_than(plant: RunningPlant, known: int) -> bool:
    """Whether there are more shortages than that by now."""
    return len(await plant.cases("shortage")) > known


async def written(plant: RunningPlant, case: str, *fields: str) -> list[tuple[Any, ...]]:
    """What the case has written, with *fields* of each."""
    return [(row.body["kind"], *(row.body[field] for field in fields)) for row in await plant.effects(case)]


async def agreeing(plant: RunningPlant, case: str, option: str) -> set[str]:
    """Who must agree to the option."""
    await plant.until(case, "awaiting_decision")
    return {need["role"] for need in (await plant.options(case))[option]["ruling"]["require"]}


async def test_another_item_is_built_in_once_three_have_agreed_and_when_it_is_blocked_it_is_missed(
    plant: RunningPlant,
) -> None:
    pump, other = await plant.fact(Item, "PUMP"), Item(site=SITE, item="HOUSING-B")
    either = Component(item="HOUSING", per_piece=Decimal(1), alternates=("HOUSING-B",))
    lot = Lot(site=SITE, item="HOUSING-B", lot="B1", quantity=Decimal(8))
    case = await short(
        plant, housings(4), await sold_by(plant), pump.model_copy(update={"components": (either,)}), other, lot
    )
    who = await agreeing(plant, case, "alternate-HOUSING-B")

    await plant.agree(case, "awaiting_decision", "alternate-HOUSING-B")
    await over(plant, case)
    taken = await written(plant, case, "job", "lot", "quantity")
    again = await missed(plant, lot.model_copy(update={"status": LotStatus.ON_HOLD}))

    assert who == {"planner", "engineering", "quality_engineer"}
    assert taken == [("allocate", "J-2", "B1", "6")]
    assert (again.subject, "6 HOUSING-B are missing" in again.because) == ("HOUSING-B", True)


async def test_what_is_reserved_for_later_is_lent_and_missed_there_when_what_makes_up_for_it_is_late(
    plant: RunningPlant,
) -> None:
    later, line = plant.now + timedelta(days=20), await plant.fact(OrderLine, "SO-5:10")
    asked = {"order": "SO-9", "item": "HOUSING", "quantity": Decimal(6), "requested_at": later, "promised_at": later}
    kept = Reservation(site=SITE, item="HOUSING", order="SO-9", line="10", quantity=Decimal(6))
    case = await short(
        plant, housings(10), await sold_by(plant), line.model_copy(update=asked), kept, on_its_way(plant, days=15)
    )
    who = await agreeing(plant, case, "reallocate-SO-9:10")

    await plant.agree(case, "awaiting_decision", "reallocate-SO-9:10")
    await over(plant, case)
    given = await written(plant, case, "order", "quantity")
    again = await missed(plant, on_its_way(plant, days=25))

    assert who == {"planner"}
    assert given == [("reserve", "SO-9", "0")]
    left = (await plant.options(again.id))["short"]["option"]
    assert [late["order"] for late in left["disturbed"]] == ["SO-9"]


async def test_a_job_is_built_in_part_and_the_rest_is_missed_when_what_it_waits_for_is_late(
    plant: RunningPlant,
) -> None:
    case = await short(plant, housings(4), await sold_by(plant), on_its_way(plant, days=10))
    who = await agreeing(plant, case, "partial-J-2")

    await plant.agree(case, "awaiting_decision", "partial-J-2")
    await over(plant, case)
    cut = await written(plant, case, "job", "quantity")
    rest = await plant.fact(Job, f"{case}-1-1")
    again = await missed(plant, on_its_way(plant, days=25))

    assert who == {"planner"}
    assert cut == [("change_job", "J-2", "4"), ("create_job", rest.job, "6")]
    assert (rest.order, rest.starts_at) == ("SO-2", plant.now + timedelta(days=10))
    left = (await plant.options(again.id))["short"]["option"]
    assert [late["order"] for late in left["disturbed"]] == ["SO-2"]


async def test_another_supplier_delivers_by_his_own_terms_and_when_he_is_late_another_way_is_looked_for(
    plant: RunningPlant,
) -> None:
    foundry = Supplier(supplier="Foundry", lead_time_days=Decimal(14))
    caster = Supplier(supplier="Caster", lead_time_days=Decimal(6), minimum=Decimal(10))
    case = await short(plant, housings(4), await sold_by(plant, foundry, caster))
    who = await agreeing(plant, case, "buy-Caster")
    asked = {question.draft["topic"] for question in await plant.questions(case)}

    await plant.agree(case, "awaiting_decision", "buy-Caster")
    await plant.until(case, "monitoring")
    ordered = await awaited(plant, case)
    await plant.tell(ordered.model_copy(update={"expected_at": plant.now + timedelta(days=12)}))
    await quiet_until(plant, case, "awaiting_decision")
    instead = set(await plant.options(case))
    await plant.agree(case, "awaiting_decision", "partial-J-2")
    await quiet_until(plant, case, "monitoring")
    await plant.tell(ordered.model_copy(update={"quantity": Decimal(0)}), housings(10, "H2"))
    await over(plant, case)

    assert (who, asked) == ({"buyer"}, {"decision", "can:buy-Caster"})
    assert (ordered.quantity, ordered.supplier) == (Decimal(10), "Caster")
    assert {"partial-J-2", "short"} <= instead


async def test_another_way_is_looked_for_when_quality_rejects_the_lot_that_was_waited_for(plant: RunningPlant) -> None:
    case = await short(plant, housings(4), await sold_by(plant), housings(8, "H2", LotStatus.ON_HOLD))
    soon, good = (plant.now + timedelta(hours=4)).isoformat(), (plant.now + timedelta(days=3)).isoformat()
    said = {"quantity": "8", "at": soon, "confidence": "likely", "valid_until": good}
    await plant.say(case, "sourcing", "offered", by="quin", **said)
    await plant.agree(case, "awaiting_decision", "release-H2")
    await plant.until(case, "monitoring")

    await plant.tell(housings(8, "H2", LotStatus.REJECTED))
    await quiet_until(plant, case, "awaiting_decision")

    assert list(await plant.options(case)) == ["short"]
