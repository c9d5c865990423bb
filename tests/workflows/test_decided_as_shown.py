"""A yes is for what was shown: where that has become something else, it is asked anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal

from temporalio.testing import WorkflowEnvironment

from domain.fact import F, Reading
from domain.facts import Inspection, Lot, LotStatus, Shipment, ShipmentStatus
from domain.ports import Facts
from domain.release import Slot
from storage.database import Database
from storage.facts import FactStore
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import CONCESSION, RunningPlant, running_plant
from tests.support.small_plant import SITE

FINAL = Inspection(site=SITE, item="VALVE", lot="V1", inspection="final", result="pass", covered=Decimal(100))
FAILED = FINAL.model_copy(update={"result": "fail"})


LAPSED = "answers_lapsed"


async def to_be_reworked(plant: RunningPlant) -> str:
    """The case about lot V1, which passed and of which Quin proposes to rework all."""
    return await proposed(plant, instructions="Grind it.", rework="100")


async def proposed(plant: RunningPlant, **said: str) -> str:
    """The case about lot V1, which passed, with what Quin proposes."""
    await plant.tell(FINAL)
    opened = await plant.open("quality_hold", by="ines", item="VALVE", lot="V1", defect="It leaks.")
    await plant.say(opened.case_id, "contained", "done", by="willa", counted="100", place="quarantine")
    await plant.say(opened.case_id, "investigating", "propose", by="quin", **said)
    await plant.until(opened.case_id, "awaiting_disposition")
    return opened.case_id


async def why_asked_anew(plant: RunningPlant, case: str) -> list[str]:
    """Why what was said counts no more, as often as it does not."""
    return [line.reason.partition("counts no more. ")[2] for line in await plant.trail(case) if line.action == LAPSED]


async def test_a_yes_to_what_becomes_of_a_lot_counts_no_more_when_a_test_of_it_fails(plant: RunningPlant) -> None:
    case = await to_be_reworked(plant)
    (shown,) = await plant.questions(case)
    option = (await plant.options(case))["disposition"]["option"]
    await plant.answer(shown, "disposition", by="quin")

    await plant.tell(FAILED)
    await plant.when(lambda: is_asked_anew(plant, case, shown.id))
    await plant.say(case, "awaiting_disposition", "disposition", by="carla")
    (anew,) = await plant.questions(case)
    await plant.answer(anew, "disposition", by="quin")
    await plant.until(case, "reworking")

    assert (option["rests_on"]["quantity"], option["rests_on"]["inspections"]) == ("100", "final pass of 100")
    assert await why_asked_anew(plant, case) == ["Inspections: final pass of 100; now final fail of 100."]


async def test_who_agreed_to_another_quantity_than_there_is_has_agreed_to_nothing(plant: RunningPlant) -> None:
    case = await to_be_reworked(plant)
    (shown,) = await plant.questions(case)
    lot = await plant.fact(Lot, "VALVE:V1")

    await plant.tell(lot.model_copy(update={"quantity": Decimal(90)}))
    for person in ("quin", "carla"):
        await plant.answer(shown, "disposition", by=person)
    await plant.until(case, "investigating")
    await plant.tell(lot)
    await plant.until(case, "awaiting_disposition")

    assert await why_asked_anew(plant, case) == ["100 rework is no longer possible."]


async def test_what_is_decided_while_the_lot_is_blocked_once_more_is_asked_anew(plant: RunningPlant) -> None:
    case = await to_be_reworked(plant)
    (shown,) = await plant.questions(case)
    lot = await plant.fact(Lot, "VALVE:V1")

    await plant.tell(lot.model_copy(update={"status": LotStatus.UNRESTRICTED}))
    for person in ("quin", "carla"):
        await plant.answer(shown, "disposition", by=person)
    await plant.when(lambda: is_asked_anew(plant, case, shown.id))

    assert (await plant.case(case)).state == "awaiting_disposition"
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD
    assert await why_asked_anew(plant, case) == ["100 rework is no longer possible."]


async def test_no_consent_releases_what_has_failed_a_test_since_it_was_agreed_to(plant: RunningPlant) -> None:
    specified = CONCESSION | {"customer_specified": "yes"}
    case = await proposed(plant, instructions="Only for cold water.", use_as_is="100", **specified)
    await plant.agree(case, "awaiting_disposition", "disposition")
    await plant.until(case, "awaiting_consent")
    (asked,) = await plant.questions(case)

    await plant.tell(FAILED)
    await plant.answer(asked, "given", by="anna", given_by="ACME", reference="Mail of today")
    because = (await plant.until(case, "investigating")).because
    still = (await plant.fact(Lot, "VALVE:V1")).status
    await plant.say(case, "investigating", "propose", by="quin", instructions="Gone.", scrap="100")
    await plant.until(case, "awaiting_disposition")

    assert because == "Since it was agreed to: Inspections: final pass of 100; now final fail of 100."
    assert still is LotStatus.ON_HOLD


async def is_asked_anew(plant: RunningPlant, case: str, before: str) -> bool:
    """Whether something else is asked now than the question *before*."""
    return [asked.id for asked in await plant.questions(case)] not in ([], [before])


@dataclass
class AskedEachTime:
    """The plant's facts, except that the laboratory is asked each time and tells nobody by itself."""

    real: Facts
    failed: bool = False

    async def read(self, kind: type[F], site: str, key: str) -> Reading[F]:
        return await self.real.read(kind, site, key)

    async def find(
        self, kind: type[F], site: str | None = None, *, item: str | None = None, order: str | None = None
    ) -> tuple[Reading[F], ...]:
        return await self.real.find(kind, site, item=item, order=order)

    async def find_by(self, kind: type[F], site: str, field: str, names: Collection[str]) -> tuple[Reading[F], ...]:
        told = await self.real.find_by(kind, site, field, names)
        if kind is not Inspection or not self.failed:
            return told
        bad = {"result": "fail"}
        return tuple(one.model_copy(update={"fact": one.fact.model_copy(update=bad)}) for one in told)


async def test_what_is_seen_only_as_it_is_written_goes_back_to_those_who_decided(
    environment: WorkflowEnvironment, database: Database
) -> None:
    laboratory = AskedEachTime(FactStore(database))
    async with running_plant(environment, database, change=lambda parts: replace(parts, facts=laboratory)) as plant:
        case = await to_be_reworked(plant)
        (shown,) = await plant.questions(case)
        await plant.answer(shown, "disposition", by="quin")
        laboratory.failed = True
        await plant.answer(shown, "disposition", by="carla")
        await plant.when(lambda: is_asked_anew(plant, case, shown.id))

        assert (await plant.case(case)).state == "awaiting_disposition"
        assert await why_asked_anew(plant, case) == ["Inspections: final pass of 100; now final fail of 100."]
        assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD
        await plant.agree(case, "awaiting_disposition", "disposition")
        await plant.until(case, "reworking")


async def test_nothing_leaves_by_a_word_that_was_for_another_vehicle(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.say(case, "approved", "load", by="willa", vehicle="M-LK 77", vehicle_fit="yes", seal="S-1")
    await plant.say(case, "loading", "complete_loading", by="willa")
    await plant.until(case, "ready_to_depart")
    (shown,) = await plant.questions(case)

    await plant.tell((await plant.fact(Slot, "SH-9")).model_copy(update={"carrier": "CARRIER-2"}))
    await plant.answer(shown, "depart", by="emma", seal="S-1")
    await plant.when(lambda: is_asked_anew(plant, case, shown.id))
    standing = (await plant.fact(Shipment, "SH-9")).status
    await plant.say(case, "ready_to_depart", "depart", by="emma", seal="S-1")
    await plant.until(case, "propagating")

    assert standing is ShipmentStatus.LOADED
    assert await why_asked_anew(plant, case) == ["Carrier: CARRIER-1; now CARRIER-2."]
