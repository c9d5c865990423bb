"""Which news start which process."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alert.requested import QualityAlertRequest
from domain.bypass import governed
from domain.facts import (
    BLOCKED,
    GONE,
    Inspection,
    Job,
    JobStatus,
    LineStatus,
    LotStatus,
    OrderLine,
    Shipment,
    ShipmentStatus,
)
from domain.held_lot.requested import QualityHoldRequest
from domain.order_line.requested import OrderChangeRequest
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.processes.order_change import ORDER_CHANGE
from domain.processes.quality_hold import QUALITY_HOLD
from domain.processes.schedule_adjustment import SCHEDULE_ADJUSTMENT
from domain.processes.shortage import SHORTAGE
from domain.release import Gauge, MachineState
from domain.schedule.damping import Damping
from domain.shortage.requested import ShortageRequest
from domain.triggers import (
    TRIGGERS,
    FurtherDemand,
    blocked_by,
    blocked_lot,
    changed_order,
    failed_inspection,
    further_demand,
    left_shipment,
    lesser_job,
    lesser_lot,
    lesser_receipt,
    machine_down,
    moved_job,
    picked_shipment,
    unreliable_gauge,
)
from tests.domain.pumps import day, job, line, lot, receipt


def asked(before: OrderLine, **now: Any) -> OrderChangeRequest | None:
    """What is asked for when the line becomes what is given."""
    found = changed_order(before, before.model_copy(update=now))
    assert found is None or isinstance(found, OrderChangeRequest)
    return found


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ({"quantity": Decimal(14)}, {"quantity": "14"}),
        ({"requested_at": day(5)}, {"requested_at": "2026-10-10T08:00:00Z"}),
        ({"item": "VALVE"}, {"item": "VALVE"}),
        ({"revision": "C"}, {"revision": "C"}),
        ({"status": LineStatus.CANCELLED}, {"cancel": True}),
        ({"quantity": Decimal(0)}, {"quantity": "0"}),
    ],
)
def test_asks_for_just_what_is_different(now: dict[str, Any], wanted: dict[str, Any]) -> None:
    request = asked(line(), **now)

    assert request is not None
    assert {name: value for name, value in request.wants().items() if value} == wanted
    assert (request.subject_key, request.already_made) == ("SO-1:10", True)


@pytest.mark.parametrize(
    "now",
    [
        {},
        {"quantity": Decimal("10.000")},
        {"priority": 1},
        {"shipped": Decimal(4)},
        {"price": Decimal(9)},
        {"promised_at": day(20)},
    ],
)
def test_asks_for_nothing_where_nothing_is_different_that_matters(now: dict[str, Any]) -> None:
    assert asked(line(), **now) is None


@pytest.mark.parametrize("status", [LineStatus.DELIVERED, LineStatus.CLOSED])
def test_a_line_that_is_over_asks_for_nothing_any_more(status: LineStatus) -> None:
    assert asked(line(), status=status, quantity=Decimal(8)) is None


def test_a_line_that_was_cancelled_before_is_not_cancelled_again() -> None:
    assert asked(line(status=LineStatus.CANCELLED), quantity=Decimal(5)) is None


def test_news_of_anything_else_ask_for_no_order_change() -> None:
    assert changed_order(lot(10), lot(5)) is None


def test_a_reason_is_given_that_the_process_knows() -> None:
    request = asked(line(), quantity=Decimal(14))

    assert request is not None
    assert request.reason in ORDER_CHANGE.reasons


changes = st.fixed_dictionaries(
    {},
    optional={
        "quantity": st.integers(0, 20).map(Decimal),
        "requested_at": st.integers(0, 20).map(lambda days: day(9) + timedelta(days=days)),
        "item": st.sampled_from(["PUMP", "VALVE"]),
        "priority": st.integers(0, 20),
    },
)


@given(changes)
def test_doing_what_is_asked_makes_the_old_line_say_what_the_new_one_says(now: dict[str, Any]) -> None:
    before, after = line(), line().model_copy(update=now)

    request = asked(before, **now)

    wanted = {field: getattr(request, field, None) for field in ("quantity", "requested_at", "item")}
    done = before.model_copy(update={field: value for field, value in wanted.items() if value is not None})
    assert (done.quantity, done.requested_at, done.item) == (after.quantity, after.requested_at, after.item)


def test_a_trigger_starts_a_case_about_the_fact_itself_or_what_it_names() -> None:
    for trigger in TRIGGERS:
        assert trigger.of_subject or {"item", "work_center", "gauge"} & set(trigger.fact.model_fields)


@pytest.mark.parametrize("now", [{"quantity": Decimal(14)}, {"requested_at": day(8), "promised_at": day(8)}])
def test_an_order_line_that_is_new_larger_or_sooner_wants_more(now: dict[str, Any]) -> None:
    after = line().model_copy(update=now)

    assert further_demand(line(), after) == further_demand(None, after) == FurtherDemand("PUMP", after.due_at)


def test_a_job_that_is_new_larger_sooner_or_open_again_wants_more_of_its_parts() -> None:
    made = Job(
        site="north", job="J-1", item="PUMP", quantity=Decimal(5), status=JobStatus.RELEASED,
        starts_at=day(4), ends_at=day(5),
    )  # fmt: skip
    changes = ({"quantity": Decimal(4)}, {"starts_at": day(5)}, {"status": JobStatus.CLOSED})
    less = [made.model_copy(update=now) for now in changes]
    wanted = FurtherDemand("PUMP", day(4), parts_of_it=True)

    assert further_demand(None, made) == wanted
    assert [further_demand(before, made) for before in less] == [wanted] * 3
    assert [further_demand(made, after) for after in less] == [None] * 3


@pytest.mark.parametrize("now", [{}, {"quantity": Decimal(9)}, {"status": LineStatus.CANCELLED}, {"priority": 1}])
def test_an_order_line_that_wants_less_or_as_much_asks_for_no_look(now: dict[str, Any]) -> None:
    assert further_demand(line(), line().model_copy(update=now)) is None


@pytest.mark.parametrize(
    "now",
    [
        {"quantity": Decimal(3)},
        {"quantity": Decimal(0)},
        {"status": LotStatus.IN_INSPECTION},
        {"expires_at": day(3)},
    ],
)
def test_a_lot_that_is_worth_less_may_mean_a_shortage_of_its_item(now: dict[str, Any]) -> None:
    before = lot(4)

    request = lesser_lot(before, before.model_copy(update=now))

    assert isinstance(request, ShortageRequest)
    assert (request.subject_key, request.reason) == ("PUMP", "LOT_CHANGED")
    assert request.reason in SHORTAGE.reasons


@given(st.sampled_from(LotStatus), st.sampled_from(LotStatus), st.integers(0, 9))
def test_a_lot_that_becomes_blocked_is_held_and_what_is_missing_is_found_by_the_hold(
    was: LotStatus, now: LotStatus, left: int
) -> None:
    before, after = lot(4, was), lot(left, now)

    held, missed = blocked_lot(before, after), lesser_lot(before, after)

    assert (held is not None) == (was not in BLOCKED and now in BLOCKED)
    assert held is None or (held.subject_key, missed) == (after.key, None)
    assert held is None or held.reason in QUALITY_HOLD.reasons


def test_a_hold_says_which_system_has_blocked_the_lot() -> None:
    held = blocked_lot(lot(4), lot(4, LotStatus.ON_HOLD))
    assert held is not None

    asked, long = (
        QualityHoldRequest.model_validate(blocked_by(held, system).model_dump()) for system in ("/lims", "x" * 900)
    )

    assert (asked.blocked_by, asked.defect) == ("/lims", "/lims says: Lot L1 is on hold.")
    assert long.defect.endswith("says: Lot L1 is on hold.")


def test_a_lot_that_is_worth_as_much_or_more_means_nothing() -> None:
    held, spoils = lot(4, LotStatus.ON_HOLD), lot(4, expires_at=day(3))

    assert lesser_lot(lot(4), lot(5)) is None
    assert lesser_lot(held, lot(4)) is None
    assert lesser_lot(held, lot(4, LotStatus.REJECTED)) is None
    assert lesser_lot(spoils, lot(4, expires_at=day(9))) is None


@pytest.mark.parametrize("now", [{"quantity": Decimal(3)}, {"expected_at": day(5)}])
def test_a_receipt_that_comes_later_or_is_smaller_may_mean_a_shortage(now: dict[str, Any]) -> None:
    before = receipt(4, day(4))

    request = lesser_receipt(before, before.model_copy(update=now))

    assert request is not None
    assert (request.subject_key, request.reason) == ("PUMP", "RECEIPT_CHANGED")


@pytest.mark.parametrize("now", [{}, {"quantity": Decimal(9)}, {"expected_at": day(3)}, {"confidence": "planned"}])
def test_a_receipt_that_comes_sooner_or_brings_more_means_nothing(now: dict[str, Any]) -> None:
    before = receipt(4, day(4))

    assert lesser_receipt(before, before.model_copy(update=now)) is None


def machine(*, down: bool) -> MachineState:
    return MachineState(site="north", work_center="MILLING", down=down, because="The spindle runs hot.")


def inspected(result: str) -> Inspection:
    return Inspection(site="north", item="PUMP", lot="L-1", inspection="final", result=result)


def test_a_machine_that_stops_disturbs_the_schedule() -> None:
    asked = machine_down(machine(down=False), machine(down=True))

    assert asked is not None
    assert (asked.subject_key, asked.reason, asked.comment) == ("MILLING", "MACHINE", "The spindle runs hot.")


def test_a_stop_is_left_to_the_clock_where_it_is_told_since_when() -> None:
    assert machine_down(machine(down=False), machine(down=True).model_copy(update={"since": day(3)})) is None


def test_work_of_which_more_is_scrapped_may_mean_a_shortage() -> None:
    whole = job(quantity=4)
    less = whole.model_copy(
        update={"operations": tuple(step.model_copy(update={"scrapped": Decimal(1)}) for step in whole.operations)}
    )

    request = lesser_job(whole, less)

    assert request is not None
    assert (request.subject_key, request.reason) == (whole.item, "SCRAP")
    assert request.reason in SHORTAGE.reasons
    assert lesser_job(less, whole) is None
    assert lesser_job(whole, less.model_copy(update={"status": JobStatus.COMPLETE})) is None


@pytest.mark.parametrize(("before", "after"), [(True, True), (True, False), (False, False)])
def test_a_machine_that_does_not_stop_disturbs_nothing(before: bool, after: bool) -> None:
    assert machine_down(machine(down=before), machine(down=after)) is None


def test_a_gauge_found_wrong_makes_suspect_what_it_measured_since_it_was_good() -> None:
    good = Gauge(site="north", gauge="G7", good=True, good_at=day(3))
    wrong = good.model_copy(update={"good": False})

    asked = unreliable_gauge(good, wrong)

    assert isinstance(asked, QualityAlertRequest)
    assert (asked.subject_key, asked.since, asked.reason) == ("gauge:G7", day(3), "CALIBRATION")
    assert unreliable_gauge(wrong, wrong) is None
    assert unreliable_gauge(wrong, good) is None


def test_a_lot_that_fails_is_held() -> None:
    asked = failed_inspection(inspected("open"), inspected("fail"))

    assert asked is not None
    assert (asked.subject_key, asked.reason) == ("PUMP:L-1", "INSPECTION_FAILED")


@pytest.mark.parametrize(("before", "after"), [("open", "pass"), ("fail", "fail"), ("fail", "pass")])
def test_a_lot_that_does_not_fail_is_not_held(before: str, after: str) -> None:
    assert failed_inspection(inspected(before), inspected(after)) is None


def shipment(status: ShipmentStatus) -> Shipment:
    return Shipment(site="north", shipment="SH-1", status=status, ship_by=day(2), lines=())


@pytest.mark.parametrize("before", ShipmentStatus)
@pytest.mark.parametrize("after", ShipmentStatus)
def test_a_shipment_that_was_just_picked_is_to_be_let_go(before: ShipmentStatus, after: ShipmentStatus) -> None:
    asked = picked_shipment(shipment(before), shipment(after))

    just_picked = (before, after) == (ShipmentStatus.PLANNED, ShipmentStatus.PICKED)
    assert (asked is not None) == just_picked


@pytest.mark.parametrize("before", ShipmentStatus)
@pytest.mark.parametrize("after", ShipmentStatus)
def test_a_shipment_that_left_past_us_is_looked_at_and_counted(before: ShipmentStatus, after: ShipmentStatus) -> None:
    was, now = shipment(before), shipment(after)

    asked = left_shipment(was, now)

    assert (asked is not None) == (before not in GONE and after in GONE) == (governed(was, now) == ("status",))
    assert asked is None or asked.reason in DISPATCH_RELEASE.reasons


@given(st.sampled_from(JobStatus), st.integers(-600, 600), st.integers(-600, 600), st.integers(1, 600))
def test_only_a_job_that_has_not_begun_and_was_moved_far_by_the_sites_figure_disturbs_the_schedule(
    status: JobStatus, start: int, end: int, least: int
) -> None:
    before = job().model_copy(update={"status": status})
    times = (before.starts_at + timedelta(minutes=start), before.ends_at + timedelta(minutes=end))
    after = before.model_copy(update=dict(zip(("starts_at", "ends_at"), times, strict=True)))

    (trigger,) = [one for one in TRIGGERS if one.request is moved_job]
    asked = trigger.asks(before, after, Damping(least_move=timedelta(minutes=least)))

    far = max(abs(start), abs(end)) >= least
    assert (asked is not None) == (far and status in (JobStatus.PLANNED, JobStatus.RELEASED))
    assert asked is None or (asked.subject_key, asked.reference) == (before.operations[0].work_center, before.job)
    assert asked is None or asked.reason in SCHEDULE_ADJUSTMENT.reasons
