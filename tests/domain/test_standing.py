"""Where jobs, lots and shipments are: exactly one status each, the first that fits, said once more and plainly."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.checks.work_in_process import has_started
from domain.fact import Fact, Reading
from domain.facts import (
    Inspection,
    Job,
    JobOperation,
    JobStatus,
    Lot,
    LotStatus,
    OrderLine,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
)
from domain.order_line.known import OpenCase
from domain.readiness.jobs import clear_to_start, materials_ready
from domain.readiness.judgement import Known
from domain.readiness.shipments import dispatch_approved, ready_for_release
from domain.readiness.truth import Truth
from domain.readiness.waiver import Consent
from domain.release import DispatchApproval, Document, Hold, JobPreparation, MachineState, Slot
from domain.roles import Role
from domain.standing.jobs import JobStage, job_standing
from domain.standing.lots import LotStage, lot_standing
from domain.standing.shipments import ShipmentStage, shipment_standing
from domain.standing.standing import Cause, Standing
from tests.domain.ready import HOUR, NOW, N, changed, job_facts, known, shipment_facts
from tests.domain.test_waiver import BOTH, waiver

GONE = (ShipmentStatus.DISPATCHED, ShipmentStatus.DELIVERED)


def reading_of(kind: type[Any], told: Known) -> Reading[Any]:
    return next(reading for reading in told.readings if isinstance(reading.fact, kind))


def job_world(status: JobStatus, step: str, *more: Fact, lots: LotStatus = LotStatus.UNRESTRICTED) -> list[Fact]:
    """A job of one step in W, with its material in two lots."""
    operation = JobOperation(
        operation=10, work_center="W", minutes=Decimal(9), starts_at=NOW, ends_at=NOW + HOUR, status=step
    )
    facts = changed(job_facts(lots), Job, status=status, operations=(operation,), order="SO", line="1")
    ordered = OrderLine(site=N, order="SO", line="1", item="P", quantity=Decimal(9), requested_at=NOW + HOUR)
    return [*facts, ordered, *more]


def prepared(*, tools: bool | None = True) -> JobPreparation:
    return JobPreparation(site=N, job="J", documents_released=True, tools_available=tools, people_available=True)


def machine(*, down: bool) -> MachineState:
    return MachineState(site=N, work_center="W", down=down, because="Hot.")


jobs = st.builds(
    job_world,
    st.sampled_from(JobStatus),
    st.sampled_from(["waiting", "running", "done"]),
    st.builds(prepared, tools=st.sampled_from([True, False, None])),
    st.builds(machine, down=st.booleans()),
    lots=st.sampled_from(LotStatus),
)


@settings(deadline=None)
@given(jobs, st.booleans())
def test_a_job_has_the_first_stage_that_fits(facts: list[Fact], waived: bool) -> None:
    told = known(*facts, waivers=(waiver(*BOTH, scope=materials_ready(N, "J", known(*facts)).reasons),) * waived)
    job: Job = reading_of(Job, told).fact
    down = any(isinstance(fact, MachineState) and fact.down for fact in facts)
    material, clear = materials_ready(N, "J", told), clear_to_start(N, "J", told)
    agreed = waived and "rejected" not in {reason.code for reason in material.reasons}
    plainly = {
        JobStage.CLOSED: job.status is JobStatus.CLOSED,
        JobStage.COMPLETE: job.status is JobStatus.COMPLETE,
        JobStage.ON_HOLD: job.status is JobStatus.ON_HOLD,
        JobStage.PAUSED: has_started(job) and down and job.operations[0].status != "done",
        JobStage.RUNNING: has_started(job),
        JobStage.KIT_SHORT: job.status is JobStatus.RELEASED and material.value is Truth.FALSE and not agreed,
        JobStage.CLEAR_TO_START: job.status is JobStatus.RELEASED and clear.value is Truth.TRUE,
        JobStage.RELEASED: job.status is JobStatus.RELEASED,
        JobStage.PLANNED: True,
    }

    assert list(plainly) == list(JobStage)
    assert job_standing(reading_of(Job, told), told).status == next(stage for stage, fits in plainly.items() if fits)


lots = st.builds(
    Lot,
    site=st.just(N), item=st.just("P"), lot=st.just("L"), quantity=st.sampled_from([Decimal(0), Decimal(5)]),
    status=st.sampled_from(LotStatus), expires_at=st.sampled_from([None, NOW - HOUR, NOW, NOW + HOUR]),
)  # fmt: skip
inspections = st.lists(
    st.builds(
        Inspection,
        site=st.just(N), item=st.just("P"), lot=st.just("L"), inspection=st.sampled_from(["A", "B"]),
        required=st.booleans(), result=st.sampled_from(["open", "pass", "fail"]),
    ),
    max_size=2,
    unique_by=lambda one: one.inspection,
)  # fmt: skip
holds = st.lists(
    st.builds(Hold, site=st.just(N), item=st.just("P"), lot=st.just("L"), active=st.booleans(), case=st.just("QH-1")),
    max_size=1,
)
takings = st.lists(st.sampled_from(ShipmentStatus), max_size=2)


@given(lots, inspections, holds, takings)
def test_a_lot_has_the_first_stage_that_fits(
    lot: Lot, inspected: list[Inspection], held: list[Hold], taking: list[ShipmentStatus]
) -> None:
    shipments = [
        Shipment(
            site=N, shipment=f"SH-{number}", status=status, ship_by=NOW + number * HOUR,
            lines=(ShipmentLine(order="SO", line="1", quantity=Decimal(1), lots=("L",)),),
        )
        for number, status in enumerate(taking)
    ]  # fmt: skip
    results = {inspection.result for inspection in inspected if inspection.required}
    plainly = {
        LotStage.SHIPPED: not lot.quantity and bool(set(GONE) & set(taking)),
        LotStage.CONSUMED: not lot.quantity,
        LotStage.REJECTED: lot.status is LotStatus.REJECTED,
        LotStage.ON_HOLD: lot.status is LotStatus.ON_HOLD or any(h.active for h in held) or "fail" in results,
        LotStage.EXPIRED: lot.expires_at is not None and lot.expires_at < NOW,
        LotStage.IN_INSPECTION: lot.status is LotStatus.IN_INSPECTION or "open" in results,
        LotStage.CONDITIONAL: lot.status is LotStatus.CONDITIONAL,
        LotStage.UNRESTRICTED: True,
    }
    told = known(lot, *inspected, *held, *shipments)

    found = lot_standing(reading_of(Lot, told), told)

    assert list(plainly) == list(LotStage)
    assert found.status == next(stage for stage, fits in plainly.items() if fits)
    needed = [s.ship_by for s in shipments if s.status not in (*GONE, ShipmentStatus.CANCELLED)]
    assert found.promised_at == min(needed, default=None)


@st.composite
def leaving(draw: st.DrawFn) -> list[Fact]:
    """A shipment that is ready in every way, but for what is drawn."""
    facts = changed(shipment_facts(5), Shipment, status=draw(st.sampled_from(ShipmentStatus)))
    facts = changed(facts, Lot, status=draw(st.sampled_from([LotStatus.UNRESTRICTED, LotStatus.ON_HOLD])))
    facts = changed(facts, DispatchApproval, revoked=draw(st.booleans()))
    without = draw(st.sampled_from([None, Document, Slot, DispatchApproval]))
    return [fact for fact in facts if without is None or not isinstance(fact, without)]


@settings(deadline=None)
@given(leaving())
def test_a_shipment_has_the_first_stage_that_fits(facts: list[Fact]) -> None:
    told = known(*facts)
    said = reading_of(Shipment, told).fact.status
    ready, approved = (judge(N, "SH", told).value for judge in (ready_for_release, dispatch_approved))
    planned = said is ShipmentStatus.PLANNED
    plainly = {
        ShipmentStage.CANCELLED: said is ShipmentStatus.CANCELLED,
        ShipmentStage.DELIVERED: said is ShipmentStatus.DELIVERED,
        ShipmentStage.DISPATCHED: said is ShipmentStatus.DISPATCHED,
        ShipmentStage.LOADED: said is ShipmentStatus.LOADED,
        ShipmentStage.LOADING: said is ShipmentStatus.LOADING,
        ShipmentStage.RELEASED: approved is Truth.TRUE,
        ShipmentStage.BLOCKED: not planned and ready is Truth.FALSE,
        ShipmentStage.AWAITING_RELEASE: not planned and ready is Truth.TRUE,
        ShipmentStage.PICKED: not planned,
        ShipmentStage.PLANNED: True,
    }

    assert list(plainly) == list(ShipmentStage)
    found = shipment_standing(reading_of(Shipment, told), told)
    assert found.status == next(stage for stage, fits in plainly.items() if fits)


def whole(kind: type[Any], *facts: Fact) -> Standing:
    told = known(*facts)
    standing: dict[type[Any], Any] = {Job: job_standing, Lot: lot_standing, Shipment: shipment_standing}
    found: Standing = standing[kind](reading_of(kind, told), told)
    return found


def test_says_who_has_to_act_until_when_how_late_it_is_and_why() -> None:
    short = whole(
        Job, *job_world(JobStatus.RELEASED, "waiting", prepared(), machine(down=False), lots=LotStatus.ON_HOLD)
    )

    assert (short.status, short.waiting_on, short.cause) == (JobStage.KIT_SHORT, Role.QUALITY_ENGINEER, Cause.QUALITY)
    assert short.next_due == NOW + HOUR
    assert (short.promised_at, short.projected_at) == (NOW + HOUR, NOW + 2 * HOUR)
    assert short.lateness == HOUR
    assert {reason.code for reason in short.reasons} == {"on_hold", "short"}


def test_what_stands_at_the_ramp_and_is_stopped_waits_for_dispatch() -> None:
    loading = changed(shipment_facts(5), Shipment, status=ShipmentStatus.LOADING)
    lot = next(fact for fact in loading if isinstance(fact, Lot))
    held = Hold(site=N, item=lot.item, lot=lot.lot, because="It leaks", case="QH-1")

    assert (whole(Shipment, *loading).waiting_on, whole(Shipment, *loading).reasons) == (Role.WAREHOUSE, ())
    stopped = whole(Shipment, *loading, held)
    assert (stopped.status, stopped.waiting_on) == (ShipmentStage.LOADING, Role.DISPATCH)
    assert [reason.code for reason in stopped.reasons] == ["on_hold"]


def test_what_stopped_is_not_projected_and_what_is_over_waits_for_nobody() -> None:
    held = whole(Job, *job_world(JobStatus.ON_HOLD, "waiting"))
    closed = whole(Job, *job_world(JobStatus.CLOSED, "done"))
    paused = whole(Job, *job_world(JobStatus.RUNNING, "running", machine(down=True)))

    assert (held.projected_at, held.lateness, held.waiting_on) == (None, None, Role.PRODUCTION)
    assert (closed.projected_at, closed.waiting_on, closed.next_due, closed.cause) == (None, None, None, None)
    assert [reason.text for reason in paused.reasons] == ["W is down: Hot."]


def test_a_waived_kit_lets_a_job_be_clear_to_start() -> None:
    facts = job_world(JobStatus.RELEASED, "waiting", prepared(), machine(down=False), lots=LotStatus.ON_HOLD)
    agreed = waiver(*BOTH, scope=materials_ready(N, "J", known(*facts)).reasons)
    told = known(*facts, waivers=(agreed,))

    assert job_standing(reading_of(Job, told), told).status == JobStage.CLEAR_TO_START
    half = known(*facts, waivers=(agreed.model_copy(update={"waived_by": (Consent(person="p", role=Role.PLANNER),)}),))
    assert job_standing(reading_of(Job, half), half).status == JobStage.KIT_SHORT


def test_a_lot_on_hold_waits_for_whom_its_case_waits() -> None:
    told = known(Lot(site=N, item="P", lot="L", quantity=Decimal(1), status=LotStatus.ON_HOLD))
    case = OpenCase(
        id="QH-1", process="quality_hold", state="contained", owner=Role.WAREHOUSE, opened_at=NOW, since=NOW,
        due_at=NOW + HOUR,
    )  # fmt: skip

    without, with_one = (lot_standing(reading_of(Lot, told), told, cases) for cases in ((), (case,)))

    assert (without.waiting_on, without.next_due) == (Role.QUALITY_ENGINEER, None)
    assert (with_one.waiting_on, with_one.next_due) == (Role.WAREHOUSE, NOW + HOUR)


@pytest.mark.parametrize("minutes", [0, 1])
def test_a_lot_is_good_through_its_last_instant(minutes: int) -> None:
    lot = Lot(site=N, item="P", lot="L", quantity=Decimal(1), expires_at=NOW - timedelta(minutes=minutes))

    assert whole(Lot, lot).status == (LotStage.EXPIRED if minutes else LotStage.UNRESTRICTED)
