"""Some of a suspect lot has left already: whoever got of it, or of what was made of it, is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.decision import FormRefused, NotAllowed
from domain.facts import Lot, LotStatus, Shipment, ShipmentLine, ShipmentStatus
from domain.release import Hold
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE


def left(plant: RunningPlant, shipment: str, order: str, lot: str, quantity: int) -> Shipment:
    """A shipment that has left with so many of a lot."""
    entry = ShipmentLine(order=order, line="10", quantity=Decimal(quantity), lots=(lot,))
    return Shipment(
        site=SITE, shipment=shipment, status=ShipmentStatus.DISPATCHED, ship_by=plant.now, lines=(entry,)
    )  # fmt: skip


async def held(plant: RunningPlant) -> str:
    """The case about V1, of which ACME has valves and BOLT a pump that was made with them."""
    await plant.tell(
        left(plant, "SH-8", "SO-1", "V1", 30),
        left(plant, "SH-7", "SO-3", "P1", 2),
        Lot(site=SITE, item="PUMP", lot="P1", quantity=Decimal(3), made_from=("VALVE:V1",)),
    )
    opened = await plant.open("quality_hold", by="ines", item="VALVE", lot="V1", defect="It leaks.")
    await plant.until(opened.case_id, "contained")
    return opened.case_id


async def asked(plant: RunningPlant, case: str) -> dict[str, str]:
    """What is asked now, by topic."""
    return {question.draft["topic"]: question.draft["context"] for question in await plant.questions(case)}


async def tell(plant: RunningPlant, case: str, customer: str, about: str) -> None:
    """Sales and quality have told the customer about what came in these shipments."""
    (question,) = [one for one in await plant.questions(case) if one.draft["topic"] == f"customer:{customer}"]
    for person in ("anna", "quin"):
        await plant.answer(question, "done", by=person, shipments=about, told="Their quality, by phone.")


async def test_names_customers_shipments_and_quantities(plant: RunningPlant) -> None:
    case = await held(plant)

    tasks = await asked(plant, case)

    assert set(tasks) == {"segregation", "customer:ACME", "customer:BOLT"}
    assert "30 of VALVE, lot V1, in SH-8 for SO-1:10" in tasks["customer:ACME"]
    assert "2 of PUMP, lot P1, in SH-7 for SO-3:10" in tasks["customer:BOLT"]
    found = (await plant.evidence(case))["where_used"]
    assert {reason["code"] for reason in found["reasons"]} == {"shipped_at_risk", "made_of_it"}


async def test_is_contained_once_sales_and_quality_have_told_everybody(plant: RunningPlant) -> None:
    case = await held(plant)
    segregation = next(one for one in await plant.questions(case) if one.draft["topic"] == "segregation")
    await plant.answer(segregation, "done", by="willa", counted="70", place="quarantine")
    await plant.when(lambda: only(plant, case, "customer:ACME", "customer:BOLT"))
    await tell(plant, case, "ACME", "SH-8")
    await plant.when(lambda: only(plant, case, "customer:BOLT"))
    await plant.until(case, "contained")

    await tell(plant, case, "BOLT", "SH-7")

    await plant.until(case, "investigating")


async def only(plant: RunningPlant, case: str, *topics: str) -> bool:
    """Whether just this is asked."""
    return set(await asked(plant, case)) == set(topics)


async def test_needs_to_be_said_who_was_told_about_what(plant: RunningPlant) -> None:
    case = await held(plant)
    question = next(one for one in await plant.questions(case) if one.draft["topic"] == "customer:ACME")

    with pytest.raises(FormRefused, match="Who was told"):
        await plant.answer(question, "done", by="anna", shipments="SH-8")
    with pytest.raises(FormRefused, match="must be one of SH-8"):
        await plant.answer(question, "done", by="anna", shipments="SH-1", told="Somebody.")

    assert "customer:ACME" in await asked(plant, case)


async def test_tells_again_when_it_turns_out_that_more_has_left(plant: RunningPlant) -> None:
    case = await held(plant)
    await tell(plant, case, "ACME", "SH-8")
    await plant.when(lambda: only(plant, case, "segregation", "customer:BOLT"))

    await plant.tell(left(plant, "SH-6", "SO-4", "V1", 5), Lot(site=SITE, item="VALVE", lot="V1", quantity=Decimal(65)))

    await plant.when(lambda: only(plant, case, "segregation", "customer:ACME", "customer:BOLT"))
    assert "5 of VALVE, lot V1, in SH-6" in (await asked(plant, case))["customer:ACME"]


async def test_what_was_made_of_it_is_held_with_it_and_let_go_by_a_second_engineer(plant: RunningPlant) -> None:
    pump = Lot(site=SITE, item="PUMP", lot="P1", quantity=Decimal(3), made_from=("VALVE:V1",))
    await plant.tell(pump, pump.model_copy(update={"lot": "P2"}))
    opened = await plant.open("quality_hold", by="ines", item="VALVE", lot="V1", defect="It leaks.")
    case = opened.case_id
    held = {lot: (await plant.fact(Hold, f"PUMP:{lot}")).active for lot in ("P1", "P2")}
    assert held == {"P1": True, "P2": True}
    await plant.until(case, "contained")
    await plant.tell(pump.model_copy(update={"lot": "P3"}))
    assert (await plant.fact(Hold, "PUMP:P3")).active
    cases = {row.subject: row.id for row in await plant.caused_by(case) if row.process == "quality_hold"}
    await plant.until(cases["PUMP:P1"], "contained")

    narrow = {"lots": "PUMP:P1", "evidence": "Tight at 6 bar."}
    await plant.say(case, "contained", "narrow", by="quin", **narrow)
    with pytest.raises(NotAllowed, match="quin asked for it"):
        await plant.say(case, "awaiting_second", "narrow", by="quin")
    await plant.say(case, "awaiting_second", "narrow", by="rosa")
    await plant.take_over(cases["PUMP:P1"])
    await plant.until(cases["PUMP:P1"], "false_alarm")

    assert not (await plant.fact(Hold, "PUMP:P1")).active
    assert (await plant.fact(Lot, "PUMP:P1")).status is LotStatus.UNRESTRICTED
    assert (await plant.fact(Hold, "PUMP:P2")).active
    await plant.until(case, "contained")
