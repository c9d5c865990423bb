"""A lot is released while tests are outstanding; it is held again by itself when they do not come out well in time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.decision import FormRefused, NotAllowed
from domain.facts import Inspection, Lot, LotStatus, Shipment, ShipmentStatus
from domain.release import DispatchApproval, Hold
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import CONCESSION, RunningPlant

WHERE = {"counted": "100", "place": "quarantine"}
DAYS = 3


async def investigated(plant: RunningPlant) -> str:
    """The case about lot V1, which Ines stops, contained."""
    opened = await plant.open("quality_hold", by="ines", item="VALVE", lot="V1", defect="It leaks.")
    await plant.say(opened.case_id, "contained", "done", by="willa", **WHERE)
    await plant.until(opened.case_id, "investigating")
    return opened.case_id


async def released(plant: RunningPlant, **parts: str) -> str:
    """The case, with *parts* agreed: by default all of it for ACME, while a burst test is outstanding."""
    case = await investigated(plant)
    await propose(plant, case, **(parts or {"conditional": "100"}))
    await agree(plant, case)
    await plant.until(case, "on_conditions")
    return case


async def propose(plant: RunningPlant, case: str, **values: str) -> None:
    """Quin proposes, with a burst test outstanding for some days and ACME as the only customer."""
    due = (plant.now + timedelta(days=DAYS)).isoformat()
    terms = {"tests": "Burst test", "tested_by": due, "customers": "ACME", "instructions": "Not for BOLT.", **values}
    await plant.say(case, "investigating", "propose", by="quin", **terms)


async def agree(plant: RunningPlant, case: str) -> None:
    """The engineer and the plant manager agree, and whoever else the parts need."""
    await plant.agree(case, "awaiting_disposition", "disposition", but="ines")


async def test_may_go_to_the_customers_named_and_to_no_other(plant: RunningPlant) -> None:
    await released(plant)

    lot = await plant.fact(Lot, "VALVE:V1")

    assert (lot.status, lot.allowed_for, lot.quantity) == (LotStatus.CONDITIONAL, ("ACME",), Decimal(100))
    assert lot.allowed_until is not None
    assert not (await plant.fact(Hold, "VALVE:V1")).active


async def test_needs_the_lead_of_quality_besides_the_engineer(plant: RunningPlant) -> None:
    case = await investigated(plant)
    await propose(plant, case, conditional="100")
    await plant.say(case, "awaiting_disposition", "disposition", by="quin")

    with pytest.raises(NotAllowed, match="plant manager"):
        await plant.say(case, "awaiting_disposition", "disposition", by="eli")

    (question,) = await plant.questions(case)
    assert question.choice is None
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD


async def test_is_free_once_the_tests_are_good_and_somebody_releases_it(plant: RunningPlant) -> None:
    case = await released(plant)

    await plant.say(case, "on_conditions", "pass", by="ines", results="120 bar held.")
    await plant.say(case, "ready_to_release", "confirm", by="rosa")
    await plant.take_over(case)
    await plant.until(case, "released")

    lot = await plant.fact(Lot, "VALVE:V1")
    assert (lot.status, lot.allowed_for, lot.allowed_until) == (LotStatus.UNRESTRICTED, (), None)


async def test_is_held_again_by_itself_when_the_time_for_the_tests_has_passed(plant: RunningPlant) -> None:
    case = await released(plant)

    await plant.pass_time(case, timedelta(days=DAYS, minutes=1))
    await plant.until(case, "contained")

    assert (await plant.fact(Hold, "VALVE:V1")).active
    assert (await plant.fact(Lot, "VALVE:V1")).status is LotStatus.ON_HOLD
    (segregation,) = await plant.questions(case)
    assert segregation.draft["topic"] == "segregation"
    missed = [line for line in await plant.trail(case) if line.action == "set_going"]
    assert len(missed) == 2  # when it was blocked, and when it was blocked again
    await plant.answer(segregation, "done", by="willa", **WHERE)
    await plant.until(case, "investigating")


async def test_a_late_bad_result_stops_what_was_going_to_leave(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    case = await released(plant)
    release = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(release, "awaiting_approval", "release", by="sven")
    await plant.say(release, "approved", "load", by="willa", vehicle="M-AB 1", vehicle_fit="yes")
    await plant.until(release, "loading")

    await plant.tell(Inspection(site="north", item="VALVE", lot="V1", inspection="burst", result="fail"))
    await plant.until(case, "contained")
    await plant.until(release, "load_stopped")

    assert "It failed burst" in (await plant.fact(Hold, "VALVE:V1")).because
    await plant.say(release, "load_stopped", "unload", by="emma")
    await plant.until(release, "gathering")
    assert (await plant.fact(DispatchApproval, "SH-9")).revoked
    assert (await plant.fact(Shipment, "SH-9")).status is ShipmentStatus.PICKED


async def test_a_bad_test_brings_it_back_to_those_who_decide(plant: RunningPlant) -> None:
    case = await released(plant, conditional="80", scrap="20")
    await plant.say(case, "on_conditions", "fail", by="ines", reason="Burst at 60 bar.")
    await plant.say(case, "contained", "done", by="willa", counted="80", place="quarantine")

    await plant.say(case, "investigating", "propose", by="quin", instructions="Gone.", scrap="80")
    await agree(plant, case)
    await plant.scrap(case)
    await plant.take_over(case)
    await plant.until(case, "released", "disposed")

    assert (await plant.fact(Lot, "VALVE:V1")).quantity == Decimal(0)


async def test_refuses_conditions_that_say_too_little(plant: RunningPlant) -> None:
    case = await investigated(plant)
    said = {"instructions": "So.", "conditional": "100", "tests": "Burst test"}
    gone, ahead = (plant.now - timedelta(days=1)).isoformat(), (plant.now + timedelta(days=1)).isoformat()

    for values, why in (
        (said, "Please fill in: Tested by"),
        ({**said, "tested_by": gone}, "Tested by must still be to come"),
        ({**said, "tested_by": ahead, "customers": "ACME/BOLT"}, "names such as ACME; BOLT"),
        ({**said, "tested_by": ahead, "conditional": "60", "conditional_2": "40"}, r"Tests outstanding \(2\)"),
    ):
        with pytest.raises(FormRefused, match=why):
            await plant.say(case, "investigating", "propose", by="quin", **values)

    assert (await plant.case(case)).state == "investigating"
    refused = [line.reason for line in await plant.trail(case) if line.action == "answer_refused"]
    assert len(refused) == 4


async def test_a_false_alarm_needs_a_test_and_another_engineer_than_who_placed_it(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    opened = await plant.open("quality_hold", by="quin", item="VALVE", lot="V1", defect="It leaks.")
    case = opened.case_id
    with pytest.raises(FormRefused, match="What was tested again"):
        await plant.say(case, "contained", "false_alarm", by="quin")
    await plant.say(case, "contained", "false_alarm", by="quin", instructions="Two tested, neither leaks.")
    await plant.say(case, "awaiting_disposition", "reject", by="rosa", reason="Two are too few.")
    await plant.say(case, "contained", "done", by="willa", **WHERE)
    await plant.say(case, "investigating", "false_alarm", by="quin", instructions="Ten tested, none leaks.")
    with pytest.raises(NotAllowed, match="Whoever asks"):
        await plant.say(case, "awaiting_disposition", "false_alarm", by="quin")

    await plant.say(case, "awaiting_disposition", "false_alarm", by="rosa")
    await plant.take_over(case)
    await plant.until(case, "false_alarm")

    lot = await plant.fact(Lot, "VALVE:V1")
    assert (lot.status, lot.quantity) == (LotStatus.UNRESTRICTED, Decimal(100))
    assert not (await plant.fact(Hold, "VALVE:V1")).active


async def test_a_concession_for_some_customers_goes_to_them_only(plant: RunningPlant) -> None:
    case = await investigated(plant)
    ends = (plant.now + timedelta(days=90)).replace(microsecond=0)
    await propose(plant, case, use_as_is="100", concession_for="BOLT", concession_until=ends.isoformat(), **CONCESSION)
    await agree(plant, case)
    await plant.take_over(case)
    await plant.until(case, "released")

    lot = await plant.fact(Lot, "VALVE:V1")

    assert (lot.status, lot.allowed_for, lot.expires_at) == (LotStatus.CONDITIONAL, ("BOLT",), ends)


async def test_waits_for_the_customer_and_goes_only_for_the_order_it_was_agreed_for(plant: RunningPlant) -> None:
    case = await investigated(plant)
    said = {**CONCESSION, "customer_specified": "yes", "concession_orders": "SO-9"}
    await propose(plant, case, use_as_is="60", scrap="40", **said)
    await agree(plant, case)
    await plant.say(case, "awaiting_consent", "reject", by="anna", reason="ACME wants them as drawn.")
    assert "ACME wants them as drawn." in (await plant.until(case, "investigating")).because
    (beside,) = [lot for lot in await plant.facts(Lot, "VALVE") if lot.lot != "V1"]
    assert (beside.quantity, beside.status) == (Decimal(40), LotStatus.ON_HOLD)

    await propose(plant, case, use_as_is="60", **said)
    await agree(plant, case)
    await plant.say(case, "awaiting_consent", "given", by="anna", given_by="Ms Roth", reference="Mail of today")
    await plant.take_over(case)
    await plant.until(case, "released")

    lot = await plant.fact(Lot, "VALVE:V1")
    assert (lot.quantity, lot.status, lot.allowed_orders) == (Decimal(60), LotStatus.CONDITIONAL, ("SO-9",))
    assert lot.concession == CONCESSION["concession"]
