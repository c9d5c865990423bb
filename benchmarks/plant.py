"""A plant with order lines enough to change one after the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from domain.fact import Fact
from domain.facts import Lot, OrderLine
from domain.master_data import Item, Person
from domain.roles import Role
from tests.storage.plant import PLANNERS
from tests.support.small_plant import SITE, small_plant

LINES_OF_AN_ITEM = 5
QUANTITY = 40
IN_STOCK = 100


def plant(now: datetime, lines: int) -> tuple[Fact, ...]:
    """The small plant with planners enough for a race, and *lines* more: one piece more is taken without asking."""
    more: list[Fact] = [Person(site=SITE, person=name, name=name.title(), roles=(Role.PLANNER,)) for name in PLANNERS]
    for number in range(lines):
        item = f"VALVE-{number // LINES_OF_AN_ITEM}"
        if number % LINES_OF_AN_ITEM == 0:
            stock = Decimal(IN_STOCK * LINES_OF_AN_ITEM)
            more.append(Item(site=SITE, item=item, price=Decimal(10), cost=Decimal(6)))
            more.append(Lot(site=SITE, item=item, lot=f"LOT-{number}", quantity=stock))
        due = now + timedelta(days=60)
        more.append(
            OrderLine(
                site=SITE,
                order=order(number),
                line="10",
                customer="ACME",
                item=item,
                quantity=Decimal(QUANTITY),
                requested_at=due,
                promised_at=due,
                price=Decimal(10),
            )
        )
    return (*small_plant(now), *more)


def order(number: int) -> str:
    """The order that holds line *number*."""
    return f"B-{number}"
