"""What the plant's facts say has to be scheduled."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.fact import Fact
from domain.facts import Job, JobOperation, JobStatus, Lot, OrderLine, Receipt
from domain.master_data import Calendar, Component, Item, Operation, WorkCenter
from domain.schedule.disturbance import hit
from domain.schedule.importance import Importance
from domain.schedule.known import KnownSchedule, Outage, known_schedule
from domain.schedule.problem import ImpossibleProblem
from domain.supply import NotInPicture, SupplyPicture
from tests.domain.shop import DAY_SHIFT, MONDAY, at, placed

SITE = "north"


def work_center(name: str = "MILL", machines: int = 1, **more: Any) -> WorkCenter:
    return WorkCenter(site=SITE, work_center=name, calendar="day", machines=machines, **more)


def step(number: int, start: float, end: float, center: str = "MILL", **more: Any) -> JobOperation:
    minutes = more.pop("minutes", Decimal(int((end - start) * 60)))
    return JobOperation(
        operation=number, work_center=center, minutes=minutes, starts_at=at(start), ends_at=at(end), **more
    )


def job(name: str, *steps: JobOperation, line: str | None = None, **more: Any) -> Job:
    return Job(
        site=SITE, job=name, item="PUMP", quantity=Decimal(10), order="SO-1" if line else None, line=line,
        starts_at=steps[0].starts_at, ends_at=steps[-1].ends_at, operations=steps, **more,
    )  # fmt: skip


def order_line(line: str, due: float, **more: Any) -> OrderLine:
    said = {"quantity": Decimal(10), "priority": 10, **more}
    return OrderLine(site=SITE, order="SO-1", line=line, item="PUMP", requested_at=at(due), **said)


PUMP = Item(
    site=SITE, item="PUMP", operations=(Operation(operation=10, work_center="MILL", setup_minutes=Decimal(30)),)
)
DAY = Calendar(site=SITE, calendar="day", working=DAY_SHIFT)


def known(
    *facts: Fact, now: datetime = MONDAY, outages: tuple[Outage, ...] = (), closed: tuple[str, ...] = ()
) -> KnownSchedule:
    return known_schedule(SupplyPicture(now, (DAY, PUMP, *facts)), SITE, outages, closed=closed)


def test_a_job_is_a_chain_of_operations_planned_as_it_says() -> None:
    found = known(work_center(), work_center("BENCH"), job("J-1", step(10, 0, 2), step(20, 3, 4, "BENCH"))).problem

    assert [(one.name, one.after) for one in found.operations] == [("J-1:10", ()), ("J-1:20", ("J-1:10",))]
    assert found.baseline == (placed("J-1:10", 0, 2, "MILL"), placed("J-1:20", 3, 4, "BENCH"))
    assert hit(found) == frozenset()


def test_the_minutes_of_a_step_hold_its_set_up_and_count_by_the_efficiency_of_the_machine() -> None:
    slow = work_center("OLD", efficiency=Decimal("0.5"))
    found = known(work_center(alternates=("OLD",)), slow, job("J-1", step(10, 0, 2))).problem

    ways = {way.machine: (way.minutes, way.setup_minutes) for way in found.operation["J-1:10"].ways}

    assert ways == {"MILL": (90, 30), "OLD": (180, 60)}
    assert found.operation["J-1:10"].family == "PUMP:10"


def test_what_others_do_takes_no_machine_and_what_comes_behind_it_waits_until_it_is_back() -> None:
    away, behind = step(10, 0, 72, supplier="Weber"), step(20, 72, 73)

    found = known(work_center(), job("J-1", away, behind), job("J-2", step(10, 0, 4))).problem

    assert hit(found) == frozenset()
    assert found.operation["J-1:20"].after == ("J-1:10",)
    (way,) = found.operation["J-1:10"].ways
    assert (way.supplier, way.minutes, way.machine in {"MILL", "MILL #2"}) == ("Weber", 72 * 60, False)


def test_what_others_have_begun_is_not_back_before_they_said_nor_in_the_past() -> None:
    for ends, minutes in ((30, 31 * 60), (-0.5, 61)):
        away = step(10, -1, ends, supplier="Weber", status="running")

        (found,) = known(work_center(), job("J-1", away)).problem.operations

        assert (found.pinned_at, found.ways[0].minutes) == (at(-1), minutes)


def test_what_is_done_is_left_out_and_what_is_running_stays_with_what_is_still_to_come() -> None:
    half_done = step(20, -1, 1, status="running", good=Decimal(5))
    found = known(work_center(), job("J-1", step(10, -3, -2, status="done"), half_done, step(30, 2, 3))).problem

    running, waiting = found.operations
    assert (running.pinned_at, running.after) == (at(-1), ())
    # Nobody worked before six, and half the pieces of two hours are to come.
    assert running.ways[0].minutes == 60
    assert waiting.after == ("J-1:20",)


def test_what_is_running_and_late_still_takes_a_minute() -> None:
    late = step(10, 0, 2, status="running")
    found = known(work_center(), job("J-1", late), now=at(5)).problem

    assert found.operations[0].ways[0].minutes == 5 * 60 + 1


def test_alike_machines_are_filled_one_by_one_and_each_running_operation_has_its_own() -> None:
    running = [job(f"J-{number}", step(10, -1, 1, status="running")) for number in range(2)]
    found = known(work_center(machines=3), *running, job("J-2", step(10, 0, 1)), job("J-3", step(10, 1, 2))).problem

    assert [place.machine for place in found.baseline] == ["MILL #1", "MILL #2", "MILL #3", "MILL #1"]
    assert {machine.work_center for machine in found.machines} == {"MILL"}
    assert hit(found) == frozenset()


def test_more_running_than_machines_means_that_there_are_more() -> None:
    running = [job(f"J-{number}", step(10, -1, 1, status="running")) for number in range(2)]

    assert [machine.name for machine in known(work_center(), *running).problem.machines] == ["MILL #1", "MILL #2"]


def test_a_pool_without_machines_has_its_members_do_the_work() -> None:
    pool = work_center("POOL", machines=0, alternates=("A", "B"))
    found = known(pool, work_center("A"), work_center("B"), job("J-1", step(10, 0, 1, "POOL"))).problem

    assert [way.machine for way in found.operations[0].ways] == ["A", "B"]
    assert found.baseline[0].machine == "A"


def test_an_outage_hits_as_many_machines_as_are_down() -> None:
    work = [job(f"J-{number}", step(10, 0, 1)) for number in range(2)]
    one = known(work_center(machines=2), *work, outages=(Outage("MILL", at(0), at(1), machines=1),)).problem
    spare = known(work_center(machines=3), *work, outages=(Outage("MILL", at(0), at(1), machines=1),)).problem
    whole = known(work_center(machines=2), *work, outages=(Outage("MILL", at(0), at(1)),)).problem

    assert [hit(problem) for problem in (one, spare, whole)] == [{"J-1:10"}, frozenset(), {"J-0:10", "J-1:10"}]


def test_an_order_line_is_kept_by_all_its_jobs_and_counts_by_priority_and_value() -> None:
    lines = (order_line("10", 30, priority=1, price=Decimal(1000)), order_line("20", 40))
    jobs = (job("J-1", step(10, 0, 1), line="10"), job("J-2", step(10, 1, 2), line="10"), job("J-3", step(10, 2, 3)))
    found = known(work_center(), *lines, *jobs, job("J-4", step(10, 3, 4), line="20")).problem

    assert [(one.name, one.due, one.weight) for one in found.commitments] == [
        ("SO-1:10", at(30), Decimal(200)), ("J-3", at(3), Decimal("0.10")), ("SO-1:20", at(40), Decimal(10)),
    ]  # fmt: skip
    assert found.commitments[0].operations == ("J-1:10", "J-2:10")


def test_value_counts_by_what_is_still_to_be_shipped() -> None:
    dear = order_line("10", 0, quantity=Decimal(100), price=Decimal(500))

    assert Importance().weight(dear) == 30
    assert Importance().weight(dear.model_copy(update={"shipped": Decimal(50)})) == 20
    assert Importance().weight(dear.model_copy(update={"shipped": Decimal(99)})) == 10


def test_what_waits_for_material_starts_when_it_comes_and_what_nobody_knows_is_left_out() -> None:
    needs = PUMP.model_copy(update={"components": (Component(item="SEAL", per_piece=Decimal(1), operation=20),)})
    seal = Item(site=SITE, item="SEAL")
    coming = Receipt(
        site=SITE, receipt="PO-1", item="SEAL", quantity=Decimal(10), expected_at=at(30) + timedelta(seconds=1)
    )
    work = job("J-1", step(10, 0, 1), step(20, 1, 2))

    waits = known(work_center(), needs, seal, coming, work)
    never = known(work_center(), needs, seal, work)

    assert [one.release for one in waits.problem.operations] == [None, at(30) + timedelta(minutes=1)]
    assert hit(waits.problem) == {"J-1:20"}
    assert never.left_out == {"J-1": "J-1 lacks SEAL, and none is known to come."}
    assert never.problem.operations == ()


def test_a_step_waits_for_the_job_that_makes_what_goes_into_it_unless_enough_is_there() -> None:
    needs = PUMP.model_copy(update={"components": (Component(item="SHAFT", per_piece=Decimal(1), operation=20),)})
    shaft = Item(site=SITE, item="SHAFT", operations=(Operation(operation=10, work_center="LATHE"),))
    made = job("J-9", step(10, 0, 1, "LATHE"), step(20, 1, 2, "LATHE")).model_copy(update={"item": "SHAFT"})
    facts = (work_center(), work_center("LATHE"), needs, shaft, made, job("J-1", step(10, 0, 1), step(20, 3, 4)))
    in_store = Lot(site=SITE, item="SHAFT", lot="L1", quantity=Decimal(20))

    assert known(*facts).problem.operation["J-1:20"].after == ("J-1:10", "J-9:20")
    assert known(*facts, in_store).problem.operation["J-1:20"].after == ("J-1:10",)


def test_who_waits_for_what_nobody_can_schedule_is_left_out_too() -> None:
    def makes(item: str, component: str, center: str) -> Item:
        one = (Component(item=component, per_piece=Decimal(1)),)
        return Item(site=SITE, item=item, components=one, operations=(Operation(operation=10, work_center=center),))

    items = (makes("PUMP", "SHAFT", "MILL"), makes("SHAFT", "BAR", "MILL"), makes("BAR", "STEEL", "MILL"))
    bar = job("J-3", step(10, 0, 1)).model_copy(update={"item": "BAR"})
    shaft = job("J-2", step(10, 1, 2)).model_copy(update={"item": "SHAFT"})
    found = known(work_center(), *items, Item(site=SITE, item="STEEL"), bar, shaft, job("J-1", step(10, 2, 3)))

    assert found.left_out == {
        "J-3": "J-3 lacks STEEL, and none is known to come.",
        "J-2": "J-2 waits for J-3, which nobody can schedule.",
        "J-1": "J-1 waits for J-2, which nobody can schedule.",
    }
    assert found.problem.operations == ()


def test_of_two_steps_the_first_takes_what_is_there_and_the_other_waits() -> None:
    needs = PUMP.model_copy(update={"components": (Component(item="SHAFT", per_piece=Decimal(1)),)})
    shaft = Item(site=SITE, item="SHAFT", operations=(Operation(operation=10, work_center="LATHE"),))
    made = job("J-9", step(10, 0, 1, "LATHE")).model_copy(update={"item": "SHAFT"})
    in_store = Lot(site=SITE, item="SHAFT", lot="L1", quantity=Decimal(10))
    late, early = job("J-1", step(10, 2, 3)), job("J-2", step(10, 1, 2))
    found = known(work_center(), work_center("LATHE"), needs, shaft, made, in_store, late, early).problem

    assert [found.operation[name].after for name in ("J-1:10", "J-2:10")] == [("J-9:10",), ()]


def test_what_is_on_hold_is_left_out() -> None:
    held = known(work_center(), job("J-1", step(10, 0, 1), status=JobStatus.ON_HOLD))

    assert held.left_out == {"J-1": "J-1 is on hold, and nobody knows when it goes on."}
    assert held.problem.baseline == ()


def test_moments_are_rounded_down_so_that_what_followed_still_follows() -> None:
    odd = timedelta(seconds=30)
    first = step(10, 0, 1).model_copy(update={"ends_at": at(1) + odd, "minutes": Decimal("60.5")})
    second = step(20, 1, 2).model_copy(update={"starts_at": at(1) + odd, "ends_at": at(2) + odd})
    found = known(work_center(), job("J-1", first, second), now=MONDAY + timedelta(seconds=0)).problem

    assert found.baseline == (placed("J-1:10", 0, 1, "MILL"), placed("J-1:20", 1, 2, "MILL"))
    assert hit(found) == frozenset()


def test_a_work_centre_that_nobody_knows_or_that_has_no_machine_is_named() -> None:
    with pytest.raises(NotInPicture, match="MILL"):
        known(job("J-1", step(10, 0, 1)))
    with pytest.raises(ImpossibleProblem, match="MILL has no machine to do J-1 on"):
        known(work_center(machines=0), job("J-1", step(10, 0, 1)))


def test_no_work_is_moved_to_what_is_down_and_what_is_planned_there_stays() -> None:
    centers = (work_center(alternates=("SPARE",)), work_center("SPARE", alternates=("MILL",)))
    jobs = (job("J-1", step(10, 0, 1)), job("J-2", step(10, 0, 1, "SPARE")))

    found = known(*centers, *jobs, closed=("SPARE",)).problem

    assert {one.name: [way.machine for way in one.ways] for one in found.operations} == {
        "J-1:10": ["MILL"], "J-2:10": ["SPARE", "MILL"],
    }  # fmt: skip
