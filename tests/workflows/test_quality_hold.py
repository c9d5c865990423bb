"""A suspect lot is stopped: what becomes of it, and of whatever was going to use it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.decision import FormRefused, NotAllowed
from domain.facts import Lot, LotStatus, Shipment, ShipmentStatus
from domain.release import DispatchApproval, Hold
from storage.ageing import Ageing
from tests.support.ready_shipment import being_loaded, ready_shipment
from tests.support.running_plant import CONCESSION, RunningPlant
from tests.workflows.conftest import REPLAYED_TOO

WHERE = {"counted": "100", "place": "quarantine"}


async def held(plant: RunningPlant, *, by: str = "ines", severity: str = "functional") -> str:
    """The case about lot V1, which Ines stops."""
    opened = await plant.open("quality_hold", by=by, item="VALVE", lot="V1", defect="It leaks.", severity=severity)
    return opened.case_id


async def proposed(plant: RunningPlant, **parts: str) -> str:
    """The case about lot V1, contained, with what Quin proposes."""
    case = await held(plant)
    await plant.say(case, "contained", "done", by="willa", **WHERE)
    await plant.say(case, "investigating", "propose", by="quin", instructions="See drawing.", **parts)
    return case


async def told(plant: RunningPlant, case: str, end: str) -> None:
    """Those who counted on the lot know, and the case is over."""
    await plant.say(case, "propagating", "acknowledge", by="boris")
    await plant.until(case, end)


async def test_is_in_force_before_anybody_has_looked(plant: RunningPlant) -> None:
    await held(plant)

    assert (await plant.fact(Hold, "VALVE:V1")).active


async def test_blocks_the_lot_in_the_stock_system_and_has_it_set_apart(plant: RunningPlant) -> None:
    case = await held(plant)

    await plant.until(case, "contained")

    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD
    (question,) = await plant.questions(case)
    assert question.draft["topic"] == "segregation"


async def test_releases_what_conforms_once_two_have_agreed(plant: RunningPlant) -> None:
    case = await proposed(plant, release="100")

    await plant.say(case, "awaiting_disposition", "disposition", by="quin")
    with pytest.raises(NotAllowed, match="Whoever asks"):
        await plant.say(case, "awaiting_disposition", "disposition", by="ines")
    (question,) = await plant.questions(case)
    assert question.choice is None


async def test_scraps_a_part_and_uses_the_rest_by_concession(plant: RunningPlant) -> None:
    case = await proposed(plant, scrap="20", use_as_is="80", **CONCESSION)

    for person in ("quin", "carla", "eli"):
        await plant.say(case, "awaiting_disposition", "disposition", by=person)
    await plant.scrap(case)
    await told(plant, case, "released")

    (part,) = await released_parts(plant)
    assert (part.quantity, part.status) == (Decimal(80), LotStatus.UNRESTRICTED)
    assert (await plant.fact(Lot, "VALVE:V1")).quantity == 0
    assert not (await plant.fact(Hold, "VALVE:V1")).active


async def test_parts_of_a_lot_go_their_own_ways_and_come_to_the_whole(plant: RunningPlant) -> None:
    case = await proposed(
        plant, use_as_is="30", scrap="10", rework="40", rework_2="20", instructions_2="Weld it.", **CONCESSION
    )
    for person in ("quin", "carla", "eli"):
        await plant.say(case, "awaiting_disposition", "disposition", by=person)
    await plant.until(case, "reworking")
    parts = {row.subject: row.id for row in await plant.caused_by(case) if row.process == "quality_hold"}
    lots = {lot.quantity: lot for lot in await plant.facts(Lot, "VALVE")}
    assert {amount: lot.status for amount, lot in lots.items()} == {
        Decimal(40): LotStatus.ON_HOLD, Decimal(30): LotStatus.UNRESTRICTED,
        Decimal(20): LotStatus.ON_HOLD, Decimal(10): LotStatus.ON_HOLD,
    }  # fmt: skip
    welded, scrapped = parts[lots[Decimal(20)].key], parts[lots[Decimal(10)].key]

    for part, counted in ((welded, "20"), (scrapped, "10")):
        await plant.say(part, "contained", "done", by="willa", counted=counted, place="quarantine")
    await plant.scrap(scrapped)
    await plant.take_over(scrapped)
    await plant.until(scrapped, "disposed")
    await plant.say(welded, "reworking", "done", by="carla", good="20")
    await plant.say(welded, "reinspection", "pass", by="ines")
    await plant.say(welded, "ready_to_release", "release_reworked", by="rosa")
    await plant.take_over(welded)
    await plant.until(welded, "released")

    assert (await plant.fact(Lot, lots[Decimal(20)].key)).status is LotStatus.UNRESTRICTED
    assert (await plant.fact(Lot, lots[Decimal(10)].key)).quantity == 0
    assert (await plant.case(case)).state == "reworking"


@REPLAYED_TOO
async def test_reworks_has_somebody_else_inspect_it_and_releases_what_came_well(plant: RunningPlant) -> None:
    case = await proposed(plant, rework="100")
    for person in ("quin", "carla"):
        await plant.say(case, "awaiting_disposition", "disposition", by=person)
    await plant.say(case, "reworking", "done", by="carla", good="90", bad="10", work_order="W-1")
    await plant.say(case, "reinspection", "pass", by="ines")
    await plant.say(case, "ready_to_release", "release_reworked", by="rosa")
    await plant.until(case, "investigating")

    assert (await plant.fact(Lot, "VALVE:V1")).quantity == 10
    assert [lot.quantity for lot in await released_parts(plant)] == [90]
    await plant.say(case, "investigating", "propose", by="quin", instructions="Gone.", scrap="10")
    for person in ("quin", "carla"):
        await plant.say(case, "awaiting_disposition", "disposition", by=person)
    await plant.scrap(case)
    await told(plant, case, "released")


@pytest.mark.parametrize("to_release", [False, True], ids=["inspected", "released"])
async def test_rework_that_fails_is_thought_about_anew(plant: RunningPlant, to_release: bool) -> None:
    case = await proposed(plant, rework="100")
    for person in ("quin", "carla"):
        await plant.say(case, "awaiting_disposition", "disposition", by=person)
    await plant.say(case, "reworking", "done", by="carla", good="100")

    if to_release:
        await plant.say(case, "reinspection", "pass", by="ines")
        await plant.say(case, "ready_to_release", "reject", by="rosa", reason="It still leaks.")
    else:
        await plant.say(case, "reinspection", "fail", by="ines", reason="It still leaks.")
    anew = await plant.until(case, "investigating")

    assert anew.because == "After the rework: It still leaks."
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD


async def test_more_tests_lead_back_to_finding_out(plant: RunningPlant) -> None:
    case = await proposed(plant, scrap="100")

    await plant.say(case, "awaiting_disposition", "reject", by="carla", reason="Test ten more.")
    await plant.until(case, "investigating")

    assert (await plant.fact(Lot, "VALVE:V1")).quantity == 100


async def test_scraps_all_of_it(plant: RunningPlant) -> None:
    case = await proposed(plant, scrap="100")

    for person in ("quin", "carla"):
        await plant.say(case, "awaiting_disposition", "disposition", by=person)
    for wrong, match in (({}, "Please fill in: Scrap ticket"), ({"ticket": "T 1", "rma": "R"}, "has no rma")):
        with pytest.raises(FormRefused, match=match):
            await plant.say(case, "executing", "scrapped", by="willa", **wrong)
    await plant.say(case, "executing", "scrapped", by="willa", ticket="SCRAP-7")
    with pytest.raises(NotAllowed):
        await plant.say(case, "executing", "scrapped", by="willa", ticket="SCRAP-7")
    assert (await plant.fact(Lot, "VALVE:V1")).quantity == 100
    await plant.say(case, "executing", "scrapped", by="fay", ticket="SCRAP-7")
    await told(plant, case, "disposed")

    assert (await plant.fact(Lot, "VALVE:V1")).quantity == Decimal(0)


async def test_returns_it_by_its_papers_or_thinks_anew_when_the_vendor_does_not_take_it(
    plant: RunningPlant,
) -> None:
    case = await proposed(plant, return_to_vendor="100")
    await plant.agree(case, "awaiting_disposition", "disposition")
    await plant.say(case, "executing", "reject", by="dev", reason="Foundry does not take it.")
    assert "Foundry does not take it." in (await plant.until(case, "investigating")).because
    await plant.say(case, "investigating", "propose", by="quin", instructions="Agreed now.", return_to_vendor="100")
    await plant.agree(case, "awaiting_disposition", "disposition")
    with pytest.raises(FormRefused, match="Please fill in: RMA number, Supplier claim"):
        await plant.say(case, "executing", "returned", by="dev")

    for person in ("dev", "willa"):
        await plant.say(case, "executing", "returned", by=person, rma="RMA-12", claim="CLAIM-3")
    await told(plant, case, "disposed")

    (gone,) = [row.body for row in await plant.effects(case) if row.body["kind"] == "write_off_lot"]
    assert (gone["because"], gone["reference"]) == ("return_to_vendor", "RMA-12, CLAIM-3")


async def test_what_a_customer_owns_is_offered_back_before_it_is_scrapped(plant: RunningPlant) -> None:
    lot = await plant.fact(Lot, "VALVE:V1")
    await plant.tell(lot.model_copy(update={"owner": "ACME"}))
    case = await proposed(plant, scrap="100")
    await plant.agree(case, "awaiting_disposition", "disposition")

    with pytest.raises(FormRefused, match="Please fill in: Offered back to ACME"):
        await plant.say(case, "executing", "scrapped", by="willa", ticket="SCRAP-7")


async def test_refuses_parts_that_are_not_all_that_is_held(plant: RunningPlant) -> None:
    with pytest.raises(FormRefused, match="come to 99; they must come to 100"):
        await proposed(plant, scrap="20", use_as_is="79", **CONCESSION)


async def test_asks_two_engineers_where_people_may_come_to_harm(plant: RunningPlant) -> None:
    case = await held(plant, severity="safety")
    await plant.say(case, "contained", "done", by="willa", **WHERE)
    await plant.say(
        case, "investigating", "propose", by="quin", instructions="See drawing.", use_as_is="100", **CONCESSION
    )
    for person in ("quin", "eli"):
        await plant.say(case, "awaiting_disposition", "disposition", by=person)
    (question,) = await plant.questions(case)
    assert question.choice is None

    await plant.say(case, "awaiting_disposition", "disposition", by="rosa")
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD
    with pytest.raises(FormRefused, match="Please fill in: Who gave it, Where it is written"):
        await plant.say(case, "awaiting_consent", "given", by="quin")
    await plant.say(case, "awaiting_consent", "given", by="quin", given_by="TUV", reference="Letter 12/7")
    await told(plant, case, "released")


async def test_a_second_finding_joins_the_case_that_is_open(plant: RunningPlant) -> None:
    case = await held(plant)
    await plant.until(case, "contained")

    again = await plant.open("quality_hold", by="quin", item="VALVE", lot="V1", defect="It is cracked.")
    await plant.say(case, "contained", "done", by="willa", **WHERE)
    await plant.until(case, "investigating")
    (asked,) = await plant.questions(case)

    assert (again.case_id, again.result) == (case, "merged")
    assert (await plant.fact(Hold, "VALVE:V1")).because == "It is cracked."
    assert "100 of VALVE are held: It leaks; It is cracked." in asked.draft["context"]


async def test_stops_what_is_being_loaded(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    release = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(release, "awaiting_approval", "release", by="sven")
    await plant.until(release, "approved")

    hold = await held(plant)
    await plant.until(release, "gathering")

    assert (await plant.fact(DispatchApproval, "SH-9")).revoked
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.PICKED
    await plant.until(hold, "contained")


async def test_stops_what_is_being_loaded_though_no_case_was_about_it(plant: RunningPlant) -> None:
    await plant.tell(*being_loaded(plant.now))

    hold = await held(plant)
    await plant.until(hold, "contained")
    (release,) = await plant.cases("dispatch_release")
    await plant.until(release.id, "load_stopped")
    (stop,) = await plant.questions(release.id)

    assert (release.subject, release.caused_by) == ("SH-9", hold)
    assert (stop.draft["title"], stop.draft["context"]) == (
        "Stop loading SH-9", "Lot V1 is on hold (functional): It leaks.",
    )  # fmt: skip
    assert (stop.due_at - stop.asked_at) == timedelta(minutes=15)


async def released_parts(plant: RunningPlant) -> list[Lot]:
    """What became of parts of V1 that may be used again."""
    return [lot for lot in await plant.facts(Lot, "VALVE") if lot.lot.startswith("V1-")]


async def test_who_hears_that_it_is_on_hold_for_long_may_answer_as_well(plant: RunningPlant) -> None:
    case = await held(plant)
    await plant.until(case, "contained")
    (before,) = await plant.questions(case)

    raised = await Ageing(plant.database).raise_aged(datetime.now(UTC) + timedelta(days=6))
    (after,) = await plant.questions(case)
    await plant.say(case, "contained", "done", by="quin", **WHERE)
    await plant.until(case, "investigating")

    assert (raised, before.further_roles, after.further_roles) == (1, [], ["quality_engineer"])
