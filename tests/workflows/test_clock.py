"""What the clock alone sets going, and whom it wakes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from domain.decision import Channel
from domain.fact import Fact
from domain.facts import Job, Lot, OrderLine, Receipt, Shipment, ShipmentStatus
from domain.leaving.vehicle import VehicleNews
from domain.release import CustomerClearance, DispatchApproval, Hold, MachineState, Slot
from domain.timing import Timing
from storage.tables.questions import QuestionRow
from storage.vehicles import Vehicles
from tests.support.missing_housings import quiet_until
from tests.support.own_policy import due_by
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


async def test_a_shipment_is_got_ready_two_days_before_it_must_leave(plant: RunningPlant) -> None:
    facts = ready_shipment(plant.now)
    leaving = next(fact for fact in facts if isinstance(fact, Shipment))
    planned = {"status": ShipmentStatus.PLANNED, "picked_by": (), "ship_by": plant.now + timedelta(days=3)}
    await plant.tell(*facts, leaving.model_copy(update=planned))
    await plant.look_at_the_clock()
    assert await plant.cases("dispatch_release") == []

    await plant.look_at_the_clock(timedelta(hours=24, minutes=1))
    (case,) = await plant.cases("dispatch_release")
    await plant.until(case.id, "gathering")
    tasks = await plant.questions(case.id)
    await plant.tell(leaving)
    await plant.until(case.id, "awaiting_approval")

    assert (case.request["reason"], case.caused_by) == ("DUE", None)
    assert "not picked" in "".join(task.draft["context"] for task in tasks if task.draft["topic"] == "warehouse")


def missed_slot(plant: RunningPlant, *, promised_in: timedelta) -> tuple[Fact, ...]:
    """All that SH-9 needs; its slot ended almost half an hour ago."""
    told: list[Fact] = []
    for fact in ready_shipment(plant.now):
        if isinstance(fact, Slot):
            times = {"starts_at": plant.now - timedelta(hours=2), "ends_at": plant.now - timedelta(minutes=27)}
            told.append(fact.model_copy(update=times))
        elif isinstance(fact, OrderLine):
            due = plant.now + promised_in
            told.append(fact.model_copy(update={"requested_at": due, "promised_at": due}))
        else:
            told.append(fact)
    return tuple(told)


async def opened_before_the_slot_is_missed(plant: RunningPlant, *, promised_in: timedelta) -> str:
    """The case about SH-9, whose slot is over."""
    await plant.tell(*missed_slot(plant, promised_in=promised_in))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.until(case, "gathering")
    await plant.pass_time(case, timedelta(minutes=4))
    await plant.look_at_the_clock(timedelta(minutes=4))
    await plant.until(case, "slot_missed")
    return case


async def by_topic(plant: RunningPlant, case: str) -> dict[str, QuestionRow]:
    """What the case asks, by the first word of what it is about."""
    return {question.draft["topic"].split("_")[0]: question for question in await plant.questions(case)}


async def test_a_slot_that_was_missed_is_told_and_goes_on_with_another(plant: RunningPlant) -> None:
    case = await opened_before_the_slot_is_missed(plant, promised_in=timedelta(days=60))
    asked = await by_topic(plant, case)
    await plant.answer(asked["missed"], "done", by="anna")
    await plant.until(case, "gathering")
    still_asked = await by_topic(plant, case)
    booked = await plant.fact(Slot, "SH-9")
    times = {"starts_at": plant.now + timedelta(hours=6), "ends_at": plant.now + timedelta(hours=8)}
    await plant.tell(booked.model_copy(update=times))
    await plant.until(case, "awaiting_approval")

    assert "its slot" in (asked["missed"].draft["context"])
    assert still_asked["dispatch"].id == asked["dispatch"].id
    assert "missed" not in still_asked
    assert await plant.caused_by(case) == []


async def test_a_promise_that_a_missed_slot_breaks_is_proposed_for_later_once(plant: RunningPlant) -> None:
    case = await opened_before_the_slot_is_missed(plant, promised_in=timedelta(hours=4))
    (change,) = await plant.caused_by(case)
    await plant.until(change.id, "awaiting_decision")
    (question,) = await plant.questions(change.id)
    await plant.answer(question, "reject", by="boris", reason="It goes by courier tonight.")
    await plant.until(change.id, "rejected")
    clearance = await plant.fact(CustomerClearance, "ACME")

    await plant.tell(clearance.model_copy(update={"credit": "blocked"}))
    while "finance" not in await by_topic(plant, case):
        await plant.relay.once()
    again = await plant.caused_by(case)

    assert (change.subject, change.request["reason"]) == ("SO-1:10", "DISPATCH_PROBLEM")
    assert datetime.fromisoformat(change.request["requested_at"]) > plant.now + timedelta(hours=4)
    assert [one.id for one in again] == [change.id]


async def test_what_awaits_its_release_does_not_when_the_slot_is_over(plant: RunningPlant) -> None:
    facts = ready_shipment(plant.now)
    slot = next(fact for fact in facts if isinstance(fact, Slot))
    ends = {"starts_at": plant.now - timedelta(hours=1), "ends_at": plant.now + timedelta(minutes=4)}
    await plant.tell(*facts, slot.model_copy(update={**ends, "confirmed_at": plant.now}))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.until(case, "awaiting_approval")

    await plant.pass_time(case, timedelta(minutes=5))
    await plant.look_at_the_clock(timedelta(minutes=5))

    assert "is over" in (await plant.until(case, "gathering")).because


async def test_a_slot_is_confirmed_again_before_what_was_let_go_for_it_is_loaded(plant: RunningPlant) -> None:
    facts = ready_shipment(plant.now)
    slot = next(fact for fact in facts if isinstance(fact, Slot))
    begins = {"starts_at": plant.now + timedelta(hours=4, minutes=4), "confirmed_at": plant.now}
    leaving = next(fact for fact in facts if isinstance(fact, Shipment))
    in_three_days = {"ship_by": plant.now + timedelta(days=3)}
    await plant.tell(*facts, leaving.model_copy(update=in_three_days), slot.model_copy(update=begins))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(case, "awaiting_approval", "release", by="sven")
    await plant.until(case, "approved")

    await plant.pass_time(case, timedelta(minutes=5))
    await plant.look_at_the_clock(timedelta(minutes=5))
    because = (await plant.until(case, "gathering")).because
    asked = (await by_topic(plant, case))["dispatch"].draft["context"]
    said, later = VehicleNews(outcome="confirmed"), plant.now + timedelta(minutes=6)
    for _ in range(2):
        await Vehicles(plant.database).say(SITE, "SH-9", said, person("emma"), Channel.API, later)
    await plant.until(case, "awaiting_approval")
    lines = [line.action for line in await plant.trail(case)]

    assert "dispatch has to ask CARRIER-1" in because
    assert "dispatch has to ask CARRIER-1" in asked
    assert (await plant.fact(Slot, "SH-9")).confirmed_at == later
    assert lines.count("vehicle_confirmed") == 1


async def test_what_should_have_come_and_has_not_is_missed(plant: RunningPlant) -> None:
    ordered = Receipt(
        site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(6), expected_at=plant.now - timedelta(hours=3)
    )
    few = Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(9))
    await plant.tell(few, ordered)
    await plant.look_at_the_clock()
    assert await plant.cases("shortage") == []

    await plant.tell(ordered.model_copy(update={"expected_at": plant.now - timedelta(hours=5)}))
    await plant.look_at_the_clock()
    (case,) = await plant.cases("shortage")
    decided = await plant.until(case.id, "awaiting_decision")
    (question,) = [asked for asked in await plant.questions(case.id) if asked.draft["kind"] == "decision"]
    await plant.tell(ordered.model_copy(update={"expected_at": plant.now + timedelta(days=1)}))
    await quiet_until(plant, case.id, "no_shortage")

    assert case.request["reason"] == "RECEIPT_OVERDUE"
    assert "missing" in decided.because
    assert "Should have come, and has not: 6" in question.draft["context"]


async def test_a_job_that_nobody_has_material_for_is_found_before_it_begins(plant: RunningPlant) -> None:
    job = await plant.fact(Job, "J-5")
    soon = {"starts_at": plant.now + timedelta(days=1), "ends_at": plant.now + timedelta(days=2)}
    step = job.operations[0].model_copy(update=soon)
    await plant.tell(job.model_copy(update={**soon, "quantity": Decimal(50), "operations": (step,)}))

    await plant.look_at_the_clock()
    (case,) = await plant.cases("shortage")
    await plant.look_at_the_clock()
    short = await plant.until(case.id, "counting")

    assert (short.subject, short.request["reason"]) == ("HOUSING", "KIT_CHECK")
    assert len(await plant.cases("shortage")) == 1


async def test_what_is_late_and_how_long_an_approval_is_good_are_the_sites_own_figures(plant: RunningPlant) -> None:
    await due_by(plant, Timing(receipt_late=timedelta(hours=8), approval=timedelta(hours=1)))
    ordered = Receipt(
        site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(6), expected_at=plant.now - timedelta(hours=5)
    )
    await plant.tell(*ready_shipment(plant.now), Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(9)), ordered)
    await plant.look_at_the_clock()
    in_time = await plant.cases("shortage")

    await plant.tell(ordered.model_copy(update={"expected_at": plant.now - timedelta(hours=9)}))
    await plant.look_at_the_clock()
    (missed,) = await plant.cases("shortage")
    decided = await plant.until(missed.id, "awaiting_decision")
    leaving = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.say(leaving, "awaiting_approval", "release", by="sven")
    await plant.until(leaving, "approved")

    assert in_time == []
    assert "missing" in decided.because
    assert (await plant.fact(DispatchApproval, "SH-9")).valid_until - plant.now < timedelta(hours=2)


async def test_a_short_stop_is_nobodys_case_and_one_that_lasts_is(plant: RunningPlant) -> None:
    stopped = MachineState(
        site=SITE, work_center="ASSEMBLY", down=True, because="The spindle runs hot.", since=plant.now
    )
    await plant.tell(stopped.model_copy(update={"down": False, "since": None}))
    await plant.tell(stopped)
    await plant.look_at_the_clock(timedelta(minutes=5))
    short = await plant.cases("schedule_adjustment")

    await plant.look_at_the_clock(timedelta(minutes=16))
    (lasts,) = await plant.cases("schedule_adjustment")
    await plant.until(lasts.id, "triage")

    assert short == []
    assert (lasts.subject, lasts.request["reason"]) == ("ASSEMBLY", "MACHINE")


async def test_work_that_has_not_begun_when_it_should_have_is_planned_anew(plant: RunningPlant) -> None:
    job = await plant.fact(Job, "J-2")
    (step,) = job.operations
    began, ended = plant.now - timedelta(hours=2), plant.now + timedelta(hours=3)
    late = step.model_copy(update={"starts_at": began, "ends_at": ended})
    await plant.tell(job.model_copy(update={"starts_at": began, "ends_at": ended, "operations": (late,)}))

    await plant.look_at_the_clock()
    (case,) = await plant.cases("schedule_adjustment")
    await plant.until(case.id, "awaiting_decision")

    assert (case.subject, case.request["reason"]) == ("ASSEMBLY", "UPSTREAM_LATE")


async def test_a_lot_that_has_expired_is_held(plant: RunningPlant) -> None:
    expired = Lot(site=SITE, item="VALVE", lot="V9", quantity=Decimal(5), expires_at=plant.now - timedelta(minutes=1))
    await plant.tell(expired)

    await plant.look_at_the_clock()
    (case,) = await plant.cases("quality_hold")
    await plant.until(case.id, "contained")

    assert (case.request["reason"], (await plant.fact(Hold, "VALVE:V9")).active) == ("EXPIRED", True)
