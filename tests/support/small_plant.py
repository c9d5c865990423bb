"""A plant small enough to do the sums by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from domain.calendar import WorkingCalendar
from domain.fact import Fact
from domain.facts import Job, JobOperation, JobStatus, Lot, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.master_data import Calendar, Component, Customer, Item, Operation, Person, Site, Supplier, WorkCenter
from domain.roles import Role

SITE = "north"

PEOPLE: dict[str, tuple[Role, ...]] = {
    "anna": (Role.SALES,),
    "boris": (Role.PLANNER,),
    "petra": (Role.PLANNER,),
    "carla": (Role.PRODUCTION,),
    "dora": (Role.PRODUCTION,),
    "paul": (Role.PLANT_MANAGER,),
    "dev": (Role.BUYER,),
    "emma": (Role.DISPATCH,),
    "fritz": (Role.SALES_MANAGER,),
    "quin": (Role.QUALITY_ENGINEER,),
    "willa": (Role.WAREHOUSE,),
    "sven": (Role.SHIPPING_MANAGER,),
    "ines": (Role.QUALITY_INSPECTOR,),
    "rosa": (Role.QUALITY_ENGINEER,),
    "eli": (Role.ENGINEERING,),
    "fay": (Role.FINANCE,),
    "cora": (Role.COMPLIANCE,),
    "adam": (Role.ADMINISTRATOR,),
}


def small_plant(now: datetime) -> tuple[Fact, ...]:
    """
    Valves from stock and pumps made to order, all days counted from *now*.

    A pump takes one housing and half an hour; of 17 housings on hand two jobs take 15. Five pumps are in stock, and
    spoken for by SO-3, whose customer matters less.
    """

    def day(number: float) -> datetime:
        return now + timedelta(days=number)

    return (
        Site(site=SITE, name="North", calendar="always"),
        Calendar(site=SITE, calendar="always", working=WorkingCalendar.always()),
        WorkCenter(site=SITE, work_center="ASSEMBLY", calendar="always", overtime_cost_per_hour=Decimal(60)),
        Item(
            site=SITE, item="VALVE", price=Decimal(10), cost=Decimal(6),
            suppliers=(Supplier(supplier="Acme", lead_time_days=Decimal(10)),),
        ),
        Item(
            site=SITE, item="HOUSING", cost=Decimal(80),
            suppliers=(
                Supplier(
                    supplier="Foundry", lead_time_days=Decimal(14), expedite_days=Decimal(5), expedite_cost=Decimal(450)
                ),
            ),
        ),
        Item(
            site=SITE, item="PUMP", price=Decimal(900), cost=Decimal(400),
            components=(Component(item="HOUSING", per_piece=Decimal(1)),),
            operations=(Operation(operation=10, work_center="ASSEMBLY", minutes_per_piece=Decimal(30)),),
        ),
        Lot(site=SITE, item="VALVE", lot="V1", quantity=Decimal(100)),
        Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(17)),
        Lot(site=SITE, item="PUMP", lot="P0", quantity=Decimal(5)),
        Customer(site=SITE, customer="ACME", name="Acme Water"),
        Customer(site=SITE, customer="BOLT", name="Bolt Works"),
        _line("SO-1", "VALVE", 40, day(60), price=10),
        _line("SO-2", "PUMP", 10, day(12), price=900),
        _line("SO-3", "PUMP", 5, day(13), price=900, customer="BOLT", priority=20),
        _line("SO-4", "VALVE", 20, day(2), price=10),
        _line("SO-5", "PUMP", 5, day(45), price=900),
        _job("J-2", 10, "SO-2", day(8)),
        _job("J-5", 5, "SO-5", day(38)),
        Shipment(
            site=SITE, shipment="SH-4", status=ShipmentStatus.LOADING, ship_by=day(2),
            lines=(ShipmentLine(order="SO-4", line="10", quantity=Decimal(20)),),
        ),
        *(Person(site=SITE, person=name, name=name.title(), roles=roles) for name, roles in PEOPLE.items()),
    )  # fmt: skip


def _line(
    order: str,
    item: str,
    quantity: int,
    due: datetime,
    *,
    price: int,
    customer: str = "ACME",
    priority: int = 10,
) -> OrderLine:
    return OrderLine(
        site=SITE, order=order, line="10", customer=customer, item=item, quantity=Decimal(quantity),
        requested_at=due, promised_at=due, price=Decimal(price), priority=priority,
    )  # fmt: skip


def _job(name: str, quantity: int, order: str, start: datetime) -> Job:
    minutes = Decimal(30 * quantity)
    end = start + timedelta(minutes=30 * quantity)
    return Job(
        site=SITE, job=name, item="PUMP", quantity=Decimal(quantity), order=order, line="10",
        status=JobStatus.RELEASED, starts_at=start, ends_at=end,
        operations=(
            JobOperation(operation=10, work_center="ASSEMBLY", minutes=minutes, starts_at=start, ends_at=end),
        ),
    )  # fmt: skip
