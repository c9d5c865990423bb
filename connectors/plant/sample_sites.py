"""The two sites of the sample plant: their hours, machines, people and customers."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from domain.calendar import DayException, Duration, Shift, WorkingCalendar
from domain.fact import Fact
from domain.master_data import Calendar, Customer, OutsideCapacity, Person, Site, WorkCenter
from domain.roles import Role

NORTH: Final = "north"
SOUTH: Final = "south"

_MONDAY_TO_FRIDAY = range(5)
_GERMAN_HOLIDAYS = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
_AMERICAN_HOLIDAYS = ((1, 1), (6, 19), (7, 4), (12, 25))


def calendar_of(site: str, name: str, now: datetime) -> WorkingCalendar:
    """The working hours called *name* at *site*, with the holidays of the years around *now*."""
    zone, holidays, hours = _HOURS[site]
    return WorkingCalendar(
        name=f"{site} {name}",
        zone=zone,
        shifts=tuple(
            Shift(weekday=day, start=start, end=end) for day in _MONDAY_TO_FRIDAY for start, end in hours[name]
        ),
        exceptions=tuple(
            DayException(date=date(year, month, day))
            for year in range(now.year - 1, now.year + 3)
            for month, day in holidays
        ),
    )


def sites(now: datetime) -> tuple[Fact, ...]:
    """Both sites with their calendars, work centres, people and customers."""
    return (
        Site(
            site=NORTH,
            name="North pump works",
            zone="Europe/Berlin",
            calendar="office",
            demand_time_fence=Duration(working_days=5),
            planning_time_fence=Duration(working_days=20),
        ),
        Site(
            site=SOUTH,
            name="South assembly and warehouse",
            zone="America/Chicago",
            calendar="office",
            demand_time_fence=Duration(working_days=3),
            planning_time_fence=Duration(working_days=15),
        ),
        *(
            Calendar(site=site, calendar=name, working=calendar_of(site, name, now))
            for site, (_, _, hours) in _HOURS.items()
            for name in hours
        ),
        *WORK_CENTERS,
        OUTSIDE,
        *_PEOPLE,
        *_CUSTOMERS,
    )


_Hours = dict[str, tuple[tuple[time, time], ...]]

_HOURS: Final[dict[str, tuple[str, tuple[tuple[int, int], ...], _Hours]]] = {
    NORTH: (
        "Europe/Berlin",
        _GERMAN_HOLIDAYS,
        {"shop": ((time(6), time(14)), (time(14), time(22))), "office": ((time(7, 30), time(16, 30)),)},
    ),
    SOUTH: (
        "America/Chicago",
        _AMERICAN_HOLIDAYS,
        {"shop": ((time(7), time(15)),), "office": ((time(8), time(17)),)},
    ),
}


def _work_center(
    site: str,
    name: str,
    machines: int,
    overtime: int,
    efficiency: str = "1",
    alternates: tuple[str, ...] = (),
) -> WorkCenter:
    return WorkCenter(
        site=site,
        work_center=name,
        calendar="shop",
        machines=machines,
        efficiency=Decimal(efficiency),
        overtime_cost_per_hour=Decimal(overtime),
        alternates=alternates,
    )


WORK_CENTERS: Final = (
    _work_center(NORTH, "TURNING", 2, 58, "0.9"),
    _work_center(NORTH, "MILLING", 1, 64, alternates=("TURNING",)),
    _work_center(NORTH, "WINDING", 1, 52),
    _work_center(NORTH, "ASSEMBLY", 2, 48),
    # One bench for all pumps and motors: where orders compete.
    _work_center(NORTH, "TEST", 1, 55),
    _work_center(SOUTH, "SKID-LINE", 1, 61),
    _work_center(SOUTH, "PACKING", 2, 38),
)


# A neighbour with a mill of his own; north's only one does not work.
OUTSIDE: Final = OutsideCapacity(
    site=NORTH,
    offer="O-881",
    supplier="S-MILLING",
    work_center="MILLING",
    price_per_hour=Decimal(96),
    lead_days=Decimal(3),
    approved=True,
)


def _person(site: str, name: str, *roles: Role) -> Person:
    return Person(site=site, person=name.lower().replace(" ", "."), name=name, roles=roles)


_PEOPLE: Final = (
    _person(NORTH, "Ida Brandt", Role.SALES),
    _person(NORTH, "Jonas Keller", Role.SALES, Role.SALES_MANAGER),
    _person(NORTH, "Mira Vogt", Role.PLANNER),
    _person(NORTH, "Piet Harms", Role.PLANNER),
    _person(NORTH, "Anja Seidel", Role.PRODUCTION),
    _person(NORTH, "Ralf Thoma", Role.PLANT_MANAGER),
    _person(NORTH, "Leyla Demir", Role.BUYER),
    _person(NORTH, "Hugo Lang", Role.FINANCE, Role.COMPLIANCE),
    _person(NORTH, "Nina Ott", Role.QUALITY_INSPECTOR),
    _person(NORTH, "Karl Wiese", Role.QUALITY_ENGINEER),
    _person(NORTH, "Tove Lindqvist", Role.ENGINEERING),
    _person(NORTH, "Emre Aydin", Role.WAREHOUSE),
    _person(NORTH, "Greta Pohl", Role.DISPATCH),
    _person(NORTH, "Sven Maurer", Role.SHIPPING_MANAGER, Role.DUTY_MANAGER),
    _person(NORTH, "Olga Reuter", Role.AUDITOR),
    _person(NORTH, "Timo Falk", Role.ADMINISTRATOR),
    _person(SOUTH, "Grace Holloway", Role.SALES, Role.DISPATCH),
    _person(SOUTH, "Marcus Bell", Role.SALES_MANAGER, Role.SHIPPING_MANAGER, Role.DUTY_MANAGER),
    _person(SOUTH, "Dana Whitfield", Role.PLANNER, Role.BUYER),
    _person(SOUTH, "Luis Ortega", Role.PRODUCTION, Role.WAREHOUSE),
    _person(SOUTH, "Ruth Calloway", Role.PLANT_MANAGER, Role.ADMINISTRATOR),
    _person(SOUTH, "Neil Abbott", Role.FINANCE, Role.COMPLIANCE, Role.AUDITOR),
    _person(SOUTH, "Priya Raman", Role.QUALITY_INSPECTOR),
    _person(SOUTH, "Walter Knox", Role.QUALITY_ENGINEER, Role.ENGINEERING),
)


def _customer(site: str, customer: str, name: str, credit_limit: int, exposure: int) -> Customer:
    return Customer(
        site=site,
        customer=customer,
        name=name,
        credit_limit=Decimal(credit_limit),
        exposure=Decimal(exposure),
    )


_CUSTOMERS: Final = (
    _customer(NORTH, "C-WATER", "Elbe Waterworks", 250_000, 61_000),
    _customer(NORTH, "C-DAIRY", "Alpine Dairy", 120_000, 48_000),
    _customer(NORTH, "C-HEAT", "Nordic Heating", 180_000, 22_000),
    _customer(NORTH, "C-CHEM", "Rhine Chemicals", 400_000, 95_000),
    # Little room: a larger order of theirs needs Finance.
    _customer(NORTH, "C-MARINE", "Baltic Marine", 90_000, 86_500),
    _customer(SOUTH, "C-BREW", "Prairie Brewing", 150_000, 37_000),
    _customer(SOUTH, "C-DAIRY", "Alpine Dairy", 80_000, 12_000),
)
