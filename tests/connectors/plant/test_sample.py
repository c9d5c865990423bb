"""The sample plant holds together, and shows what it promises to show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from connectors.plant.files import read_file, write_file
from connectors.plant.sample import SHORT, SITUATIONS, sample_plant
from domain.capacity import Load
from domain.fact import Fact, Reading
from domain.facts import (
    Inspection,
    Job,
    JobStatus,
    LineStatus,
    Lot,
    LotStatus,
    OrderLine,
    Receipt,
    Reservation,
    Shipment,
    ShipmentStatus,
)
from domain.fences import Fence, fences
from domain.master_data import Calendar, Customer, Item, Person, Site, WorkCenter
from domain.promise import Enquiry, Promise, capable
from domain.roles import Role
from domain.shortage.combination import worth_choosing
from domain.shortage.stocktaking import balance_of
from domain.shortage.ways import ways
from domain.supply import Place, SupplyPicture, availability_of
from domain.told_fact import fact_of

F = TypeVar("F", bound=Fact)

NOWS = {
    "a Tuesday morning": datetime(2026, 3, 10, 9, 20, tzinfo=UTC),
    "an evening after the office has closed": datetime(2026, 8, 24, 19, 23, tzinfo=UTC),
    "a Saturday night": datetime(2026, 10, 24, 23, 59, tzinfo=UTC),
    "the week before Christmas": datetime(2026, 12, 19, 3, tzinfo=UTC),
    "the first of January": datetime(2027, 1, 1, tzinfo=UTC),
}


@dataclass(frozen=True)
class Plant:
    """The sample plant with its facts in reach."""

    now: datetime
    facts: tuple[Fact, ...]

    def all(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def one(self, kind: type[F], site: str, key: str) -> F:
        [fact] = [fact for fact in self.all(kind) if (fact.site, fact.key) == (site, key)]
        return fact

    def line(self, situation: str) -> OrderLine:
        site, order, line = SITUATIONS[situation]
        return self.one(OrderLine, site, f"{order}:{line}")

    def jobs_for(self, line: OrderLine) -> list[Job]:
        return [j for j in self.all(Job) if (j.site, j.order, j.line) == (line.site, line.order, line.line)]

    def fence(self, site: str) -> Fence:
        place = self.one(Site, site, site)
        hours = self.one(Calendar, site, place.calendar).working
        return fences(self.now, place.demand_time_fence, place.planning_time_fence, hours)

    def picture(self) -> SupplyPicture:
        return SupplyPicture(self.now, self.facts)

    def free(self, line: OrderLine) -> Decimal:
        """What of the line's item can be promised for its date, the line itself aside."""
        seen = availability_of(
            self.picture(),
            Place(line.site, line.item),
            excluding=line,
            customer=line.customer,
            good_through=line.due_at,
        )
        return seen.cumulative_available(line.due_at)

    def promise(self, line: OrderLine, quantity: int, *, item: str | None = None, expedite: bool = False) -> Promise:
        enquiry = Enquiry(
            site=line.site,
            item=item or line.item,
            quantity=Decimal(quantity),
            by=line.due_at,
            customer=line.customer,
            excluding=line,
        )
        return capable(self.picture(), enquiry, with_expedite=expedite)


@pytest.fixture(scope="module", params=list(NOWS.values()), ids=list(NOWS))
def plant(request: pytest.FixtureRequest) -> Plant:
    return Plant(request.param, sample_plant(request.param))


def test_every_fact_is_valid_and_none_is_told_twice(plant: Plant) -> None:
    again = tuple(fact_of(fact.kind, fact.model_dump(mode="json")) for fact in plant.facts)

    assert again == plant.facts
    assert max(Counter((fact.kind, fact.site, fact.key) for fact in plant.facts).values()) == 1


def test_is_the_same_after_it_was_written_to_a_file_and_read(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "sample.ndjson"

    write_file(path, plant.facts)
    readings = list(read_file(path, source="import", read_at=plant.now))

    assert tuple(reading.fact for reading in readings if isinstance(reading, Reading)) == plant.facts


def test_has_something_of_everything(plant: Plant) -> None:
    lines = plant.all(OrderLine)

    assert {site.zone for site in plant.all(Site)} == {"Europe/Berlin", "America/Chicago"}
    assert len({item.item for item in plant.all(Item)}) >= 12
    assert len(plant.all(WorkCenter)) >= 6
    assert len(lines) >= 25
    assert len({line.customer for line in lines}) == 6
    assert {lot.status for lot in plant.all(Lot)} >= {LotStatus.ON_HOLD, LotStatus.CONDITIONAL}
    assert any(lot.expires_at is not None and lot.expires_at < plant.now for lot in plant.all(Lot))
    assert {job.status for job in plant.all(Job)} >= {
        JobStatus.PLANNED,
        JobStatus.RELEASED,
        JobStatus.RUNNING,
    }
    assert {line.status for line in lines} == {LineStatus.OPEN, LineStatus.DELIVERED, LineStatus.CANCELLED}


def test_every_role_is_held_by_somebody_at_each_site(plant: Plant) -> None:
    for site in plant.all(Site):
        held = {role for person in plant.all(Person) if person.site == site.site for role in person.roles}

        assert held == set(Role)


def test_every_item_that_is_named_exists_at_the_site(plant: Plant) -> None:
    known = {(item.site, item.item) for item in plant.all(Item)}

    for fact in plant.facts:
        if isinstance(fact, Lot | Reservation | Receipt | OrderLine | Job | Inspection):
            assert (fact.site, fact.item) in known
    for item in plant.all(Item):
        assert {(item.site, component.item) for component in item.components} <= known
        assert {(item.site, substitute) for substitute in item.substitutes} <= known
        assert {(transfer.origin, item.item) for transfer in item.transfers} <= known


def test_every_work_centre_and_calendar_that_is_named_exists_at_the_site(plant: Plant) -> None:
    centers = {(center.site, center.work_center) for center in plant.all(WorkCenter)}
    calendars = {(calendar.site, calendar.calendar) for calendar in plant.all(Calendar)}

    for item in plant.all(Item):
        assert {(item.site, step.work_center) for step in item.operations} <= centers
    for job in plant.all(Job):
        assert {(job.site, step.work_center) for step in job.operations} <= centers
    for center in plant.all(WorkCenter):
        assert {(center.site, alternate) for alternate in center.alternates} <= centers
        assert (center.site, center.calendar) in calendars
    for site in plant.all(Site):
        assert (site.site, site.calendar) in calendars


def test_every_order_line_lot_and_customer_that_is_named_exists_at_the_site(plant: Plant) -> None:
    lines = {(line.site, line.order, line.line): line for line in plant.all(OrderLine)}
    lots = {(lot.site, lot.item, lot.lot) for lot in plant.all(Lot)}
    customers = {(customer.site, customer.customer) for customer in plant.all(Customer)}

    for job in plant.all(Job):
        if job.order is not None and job.line is not None:
            assert lines[job.site, job.order, job.line].item == job.item
    for held in plant.all(Reservation):
        assert lines[held.site, held.order, held.line].item == held.item
    for shipment in plant.all(Shipment):
        for part in shipment.lines:
            item = lines[shipment.site, part.order, part.line].item
            assert {(shipment.site, item, lot) for lot in part.lots} <= lots
    assert {(i.site, i.item, i.lot) for i in plant.all(Inspection)} <= lots
    assert {(line.site, line.customer) for line in lines.values()} <= customers
    assert {(lot.site, name) for lot in plant.all(Lot) for name in lot.allowed_for} <= customers


def test_work_is_done_in_working_time_and_one_step_after_the_other(plant: Plant) -> None:
    hours = {site.site: plant.one(Calendar, site.site, "shop").working for site in plant.all(Site)}

    for job in plant.all(Job):
        assert job.starts_at == job.operations[0].starts_at
        assert job.ends_at == job.operations[-1].ends_at
        for step in job.operations:
            assert hours[job.site].is_working(step.starts_at)
            assert hours[job.site].working_time_between(step.starts_at, step.ends_at) >= timedelta(minutes=60)
        for before, after in zip(job.operations, job.operations[1:], strict=False):
            assert before.ends_at <= after.starts_at


def test_no_machine_is_given_two_things_at_a_time(plant: Plant) -> None:
    for center in plant.all(WorkCenter):
        capacity = plant.picture().capacity(Place(center.site, center.work_center))

        for load in capacity.loads:
            assert at_once(capacity.loads, load.start) <= center.machines


def at_once(loads: tuple[Load, ...], moment: datetime) -> int:
    return sum(load.start <= moment < load.end for load in loads)


def test_no_promise_is_short_as_planned(plant: Plant) -> None:
    for item in plant.all(Item):
        seen = availability_of(plant.picture(), Place(item.site, item.item))

        assert (seen.shortfall_from() is not None) == ((item.site, item.item) == SHORT), item.item


def test_of_the_item_that_is_short_some_more_can_be_had_in_several_ways(plant: Plant) -> None:
    place = Place(*SHORT)
    balance = balance_of(plant.picture(), place)
    gap = balance.gap()
    assert gap is not None
    hours = plant.one(Calendar, place.site, "shop").working

    found = worth_choosing(balance, ways(plant.picture(), place, balance, gap, hours))

    assert gap.quantity == 18
    assert [combination.name for combination in found] == ["transfer-south", "expedite-PO-7006", "short"]


def test_stock_covers_two_more_far_ahead_for_little_money(plant: Plant) -> None:
    line = plant.line("stock_covers")

    promise = plant.promise(line, int(line.quantity) + 2)

    assert plant.fence(line.site).zone(line.due_at) == "liquid"
    assert [step.kind for step in promise.steps] == ["stock"]
    assert promise.cost == 0
    assert Decimal(2) / line.quantity <= Decimal("0.05")
    assert 2 * line.price <= 5000
    assert not plant.jobs_for(line)


def test_short_in_slushy_lacks_twelve_of_seventy_and_expediting_finds_them(plant: Plant) -> None:
    line = plant.line("short_in_slushy")
    wanted = int(line.quantity * Decimal("1.4"))

    as_asked = plant.promise(line, wanted)
    expedited = plant.promise(line, wanted, expedite=True)

    assert plant.fence(line.site).zone(line.due_at) == "slushy"
    assert plant.free(line) == wanted - 12
    assert as_asked.at is not None
    assert not as_asked.on_time
    assert expedited.on_time
    assert expedited.cost > 500


def test_short_in_slushy_is_covered_at_once_when_a_less_important_order_gives_way(plant: Plant) -> None:
    line = plant.line("short_in_slushy")
    other = plant.one(OrderLine, line.site, "SO-1003:10")
    held = plant.one(Reservation, line.site, f"{line.item}:SO-1003:10")
    without = Plant(plant.now, tuple(fact for fact in plant.facts if fact not in (other, held)))

    freed = without.free(line)
    again = Plant(plant.now, (*plant.facts, line.model_copy(update={"quantity": Decimal(70)})))

    assert other.priority > line.priority
    assert freed >= 70
    assert again.free(other) < other.quantity


def test_short_in_slushy_can_have_some_from_the_other_site_but_not_all(plant: Plant) -> None:
    line = plant.line("short_in_slushy")
    there = availability_of(plant.picture(), Place("south", line.item)).cumulative_available(plant.now)

    assert 0 < there < 12


def test_frozen_is_on_a_machine_now(plant: Plant) -> None:
    line = plant.line("frozen")

    [job] = plant.jobs_for(line)

    assert job.status is JobStatus.RUNNING
    assert [step.status for step in job.operations] == ["done", "running"]
    assert plant.fence(line.site).zone(line.due_at) == "frozen"


def test_loading_is_on_a_shipment_that_is_being_loaded(plant: Plant) -> None:
    line = plant.line("loading")

    [shipment] = [s for s in plant.all(Shipment) if (line.order, line.line) in {(p.order, p.line) for p in s.lines}]

    assert shipment.status is ShipmentStatus.LOADING
    assert shipment.lines[0].quantity == line.quantity


def test_cancelling_meets_begun_work_worth_more_than_two_thousand_and_an_open_purchase(plant: Plant) -> None:
    line = plant.line("cancel_with_work_in_process")
    item = plant.one(Item, line.site, line.item)

    [job] = plant.jobs_for(line)
    bought = [r for r in plant.all(Receipt) if r.item in {component.item for component in item.components}]

    assert job.operations[0].status == "done"
    assert job.quantity * item.cost > 2000
    assert bought
    assert min(receipt.expected_at for receipt in bought) > plant.now


def test_revision_meets_begun_work_of_another_revision_than_the_released_one(plant: Plant) -> None:
    line = plant.line("revision_with_work_in_process")
    item = plant.one(Item, line.site, line.item)

    [job] = plant.jobs_for(line)

    assert job.status is JobStatus.RUNNING
    assert job.revision == line.revision != item.revision


def test_a_substitute_is_free_where_no_more_of_the_item_can_be_had(plant: Plant) -> None:
    line = plant.line("substitute_possible")
    [substitute] = plant.one(Item, line.site, line.item).substitutes

    same = plant.promise(line, int(line.quantity) + 6)
    other = plant.promise(line, int(line.quantity) + 6, item=substitute)

    assert line.substitute_allowed
    assert not same.on_time
    assert [step.kind for step in other.steps] == ["stock"]


def test_a_transfer_covers_ten_more_where_the_own_store_is_empty(plant: Plant) -> None:
    line = plant.line("transfer_possible")

    promise = plant.promise(line, int(line.quantity) + 10)

    assert plant.free(line) == line.quantity
    assert promise.on_time
    assert [(step.kind, step.quantity) for step in promise.steps if step.kind != "stock"] == [("transfer", Decimal(10))]
