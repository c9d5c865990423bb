"""When something comes due though nothing changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from domain.fact import Fact
from domain.facts import (
    Inspection,
    Job,
    JobOperation,
    JobStatus,
    Lot,
    LotStatus,
    Receipt,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
)
from domain.moments import MOMENTS, moments_of, next_look
from domain.release import MachineState, Slot, WaiverStanding
from domain.timing import USUAL, Timing
from tests.domain.pumps import NOW, SITE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSTANT = timedelta(microseconds=1)
RECEIPT = Receipt(site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(6), expected_at=NOW + DAY)
LOT = Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(17), expires_at=NOW + 30 * DAY)
STOPPED = MachineState(site=SITE, work_center="ASSEMBLY", down=True, since=NOW)
OWED = Inspection(site=SITE, item="HOUSING", lot="H1", inspection="final", due_at=NOW + DAY)


def shipment(**different: object) -> Shipment:
    """Leaves in three days."""
    lines = (ShipmentLine(order="SO-1", line="10", quantity=Decimal(10)),)
    leaving = Shipment(site=SITE, shipment="SH-1", ship_by=NOW + timedelta(days=3), lines=lines)
    return leaving.model_copy(update=different)


def slot(**different: object) -> Slot:
    """From one hour from now on, for two."""
    booked = Slot(site=SITE, shipment="SH-1", status="confirmed", starts_at=NOW + HOUR, ends_at=NOW + 3 * HOUR)
    return booked.model_copy(update=different)


def comes(fact: Fact, timing: Timing = USUAL) -> dict[str, datetime]:
    """When each of its moments comes, by name."""
    return {due.moment.name: due.at for due in moments_of(fact, timing)}


def test_a_shipment_is_got_ready_two_days_before_it_must_leave_and_looked_for_then() -> None:
    assert comes(shipment()) == {
        "departure_near": NOW + timedelta(days=1),
        "departure_missed": NOW + timedelta(days=3),
    }


@pytest.mark.parametrize("status", [ShipmentStatus.LOADING, ShipmentStatus.DISPATCHED, ShipmentStatus.CANCELLED])
def test_what_is_being_loaded_or_is_over_is_not_looked_for(status: ShipmentStatus) -> None:
    assert comes(shipment(status=status)) == {}


def test_a_slot_is_missed_half_an_hour_after_it_was_over() -> None:
    assert comes(slot(came_at=NOW)) == {"slot_over": NOW + 3 * HOUR, "slot_missed": NOW + 3.5 * HOUR}


def test_a_slot_is_to_be_confirmed_again_four_hours_before_it_begins_unless_its_vehicle_is_here() -> None:
    never = Timing(reconfirmation=timedelta(0))

    assert comes(slot())["slot_confirmation_due"] == NOW - 3 * HOUR
    assert comes(slot(), Timing(reconfirmation=2 * HOUR))["slot_confirmation_due"] == NOW - HOUR
    assert "slot_confirmation_due" not in {*comes(slot(came_at=NOW)), *comes(slot(), never)}


def test_what_a_waiver_is_for_is_looked_at_when_it_ends_unless_it_was_taken_back() -> None:
    waiver = WaiverStanding(
        site=SITE, subject="SH-1", waiver="WV-1", predicate="slot_booked", expires_at=NOW + HOUR, waived_by=("sven",)
    )  # fmt: skip

    assert comes(waiver) == {"over": NOW + HOUR}
    assert comes(waiver.model_copy(update={"ended": True})) == {}


@pytest.mark.parametrize("status", ["requested", "missed"])
def test_a_slot_that_nobody_confirmed_or_that_is_missed_already_is_not_waited_for(status: str) -> None:
    assert comes(slot(status=status)) == {}


def job(minutes: int = 60, status: JobStatus = JobStatus.RELEASED) -> Job:
    """One step on ASSEMBLY, from tomorrow on."""
    begins, ends = NOW + DAY, NOW + DAY + timedelta(minutes=minutes)
    step = JobOperation(
        operation=10, work_center="ASSEMBLY", minutes=Decimal(minutes), starts_at=begins, ends_at=ends
    )  # fmt: skip
    return Job(
        site=SITE, job="J-1", item="PUMP", quantity=Decimal(2), status=status, starts_at=begins, ends_at=ends,
        operations=(step,),
    )  # fmt: skip


def test_a_receipt_is_overdue_once_it_is_four_hours_late_until_it_has_come() -> None:
    assert comes(RECEIPT) == {"overdue": NOW + DAY + 4 * HOUR}
    assert comes(RECEIPT.model_copy(update={"quantity": Decimal(0)})) == {}


def test_a_lot_is_looked_at_before_it_expires_and_when_it_has() -> None:
    expires = NOW + 30 * DAY

    assert comes(LOT) == {"expires_soon": expires - USUAL.expiring, "expired": expires + INSTANT}


@pytest.mark.parametrize("status", [LotStatus.ON_HOLD, LotStatus.REJECTED, LotStatus.IN_INSPECTION])
def test_a_lot_that_nobody_uses_anyway_may_expire(status: LotStatus) -> None:
    assert comes(LOT.model_copy(update={"status": status})) == {}


def test_a_lot_that_is_good_for_some_up_to_a_time_is_looked_at_then() -> None:
    conditions = {"status": LotStatus.CONDITIONAL, "allowed_until": NOW + DAY, "expires_at": None}

    assert comes(LOT.model_copy(update=conditions)) == {"allowance_over": NOW + DAY + INSTANT}


def test_an_inspection_is_overdue_until_it_has_a_result() -> None:
    assert comes(OWED) == {"inspection_overdue": NOW + DAY}
    assert comes(OWED.model_copy(update={"result": "pass"})) == {}
    assert comes(OWED.model_copy(update={"due_at": None})) == {}


@pytest.mark.parametrize(("minutes", "late"), [(60, 30), (1000, 200)])
def test_a_job_may_begin_half_an_hour_late_or_a_fifth_of_what_its_step_takes(minutes: int, late: int) -> None:
    assert comes(job(minutes))["not_begun"] == NOW + DAY + timedelta(minutes=late)


def test_the_material_of_a_job_is_looked_at_two_days_and_a_shift_before_it_begins() -> None:
    looks = {name: at for name, at in comes(job(60)).items() if "kit_check" in name}

    assert looks == {"kit_check": NOW - DAY, "last_kit_check": NOW + DAY - timedelta(hours=8)}


def test_a_work_centre_that_stands_still_is_looked_at_after_a_quarter_of_an_hour() -> None:
    assert comes(STOPPED) == {"still_down": NOW + HOUR / 4}
    assert comes(STOPPED.model_copy(update={"since": None})) == {}
    assert comes(STOPPED.model_copy(update={"down": False})) == {}


def test_a_job_that_runs_is_looked_at_when_it_should_be_done() -> None:
    assert comes(job(status=JobStatus.RUNNING)) == {"not_done": NOW + DAY + timedelta(minutes=90)}
    assert comes(job(status=JobStatus.COMPLETE)) == {}


OWN = Timing(
    gathering=DAY, vehicle_late=2 * HOUR, receipt_late=timedelta(0), expiring=7 * DAY, step_late=HOUR,
    step_late_share=Decimal("0.5"), kit_check=25 * HOUR, last_kit_check=DAY, stopped=HOUR,
)  # fmt: skip


def test_moments_come_when_a_sites_own_figures_say() -> None:
    expires = NOW + 30 * DAY

    assert comes(shipment(), OWN)["departure_near"] == NOW + 2 * DAY
    assert comes(slot(), OWN)["slot_missed"] == NOW + 5 * HOUR
    assert comes(RECEIPT, OWN) == {"overdue": NOW + DAY}
    assert comes(LOT, OWN) == {"expires_soon": expires - 7 * DAY, "expired": expires + INSTANT}
    assert comes(job(), OWN) == {"kit_check": NOW - HOUR, "last_kit_check": NOW, "not_begun": NOW + DAY + HOUR}
    assert comes(job(1000), OWN)["not_begun"] == NOW + DAY + timedelta(minutes=500)
    assert comes(STOPPED, OWN) == {"still_down": NOW + HOUR}


@pytest.mark.parametrize(
    "thing", [shipment(), slot(), RECEIPT, LOT, OWED, STOPPED, job(), job(status=JobStatus.RUNNING)]
)
def test_a_moment_that_other_figures_move_is_the_same_and_none_comes_or_goes_by_them(thing: Fact) -> None:
    assert {due.key for due in moments_of(thing, OWN)} == {due.key for due in moments_of(thing, USUAL)}


def test_a_moment_is_named_after_its_time_so_that_another_slip_is_another() -> None:
    first, same, later = (
        moments_of(leaving, USUAL)[0].key
        for leaving in (shipment(), shipment(picked_by=("dev",)), shipment(ship_by=NOW + timedelta(days=4)))
    )

    assert first == same
    assert first != later


def test_the_next_look_is_at_the_first_moment_that_is_still_to_come() -> None:
    near, missed = (due.at for due in moments_of(shipment(), USUAL))

    assert next_look(shipment(), USUAL) == near
    assert next_look(shipment(), USUAL, near) == missed
    assert next_look(shipment(), USUAL, missed) is None


def test_every_moment_has_a_name_of_its_own_and_asks_for_a_reason_that_its_process_knows() -> None:
    assert len({moment.name for moment in MOMENTS}) == len(MOMENTS)
    things = (shipment(), slot(), RECEIPT, LOT, OWED, STOPPED, job(), job(status=JobStatus.RUNNING))
    asked = {
        due.moment.name: (due.moment.process, due.moment.request(due.fact))
        for thing in things
        for due in moments_of(thing, USUAL)
        if due.moment.request is not None
    }
    assert set(asked) == {moment.name for moment in MOMENTS if moment.request is not None}
    assert all(request.reason in process.reasons for process, request in asked.values())
    assert {request.subject_key for _, request in asked.values()} == {"SH-1", "HOUSING", "HOUSING:H1", "ASSEMBLY"}
