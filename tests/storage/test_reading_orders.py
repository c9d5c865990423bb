"""What people see of an order line: what the facts and its open cases say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.facts import Lot
from domain.order_line.stage import LineStage
from domain.ports import NotInSystem
from domain.roles import Role
from storage.database import Database
from storage.reading_orders import OrderReader
from tests.storage.plant import (
    NOW,
    asked_to_decide,
    minutes,
    move,
    tell,
)
from tests.support.small_plant import SITE

HERE = (SITE,)
ELSEWHERE = ("south",)


async def test_an_order_line_is_change_pending_while_its_case_is_open_and_then_what_the_facts_say(
    database: Database,
) -> None:
    reader = OrderReader(database)
    before = await reader.order_line_status(SITE, "SO-1:10", HERE, NOW)
    case_id = await asked_to_decide(database)

    during = await reader.order_line_status(SITE, "SO-1:10", HERE, minutes(5))
    await move(database, case_id, 3, "rejected", assessment=1, at=minutes(6))
    after = await reader.order_line_status(SITE, "SO-1:10", HERE, minutes(7))

    assert before.status is after.status is LineStage.READY_TO_SHIP
    assert (during.status, during.waiting_on) == (LineStage.CHANGE_PENDING, Role.PLANNER)
    assert during.next_due == NOW + timedelta(hours=4)
    assert [(case.id, case.state, case.interruptible) for case in during.open_cases] == [
        (case_id, "awaiting_decision", True)
    ]


async def test_every_line_of_the_small_plant_is_where_a_person_would_say_it_is(database: Database) -> None:
    fewer = Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(12))
    await tell(database, fewer, at=minutes(1))
    reader = OrderReader(database)

    found = {
        order: await reader.order_line_status(SITE, f"{order}:10", HERE, minutes(2))
        for order in ("SO-1", "SO-2", "SO-3", "SO-4", "SO-5")
    }

    assert {order: status.status for order, status in found.items()} == {
        "SO-1": LineStage.READY_TO_SHIP,
        "SO-2": LineStage.SCHEDULED,
        "SO-3": LineStage.READY_TO_SHIP,
        "SO-4": LineStage.LOADING,
        "SO-5": LineStage.MATERIAL_SHORT,
    }
    assert [(reason.thing, reason.text[:17]) for reason in found["SO-5"].reasons] == [("HOUSING", "3 HOUSING are sho")]
    assert found["SO-2"].projected_at == NOW + timedelta(days=8, minutes=300)


async def test_an_order_line_elsewhere_is_told_of_like_one_that_is_nowhere(database: Database) -> None:
    reader = OrderReader(database)

    said = []
    for site, order, sites in ((SITE, "SO-1", ELSEWHERE), (SITE, "SO-404", HERE)):
        with pytest.raises(NotInSystem) as refusal:
            await reader.order_line_status(site, f"{order}:10", sites, NOW)
        said.append(str(refusal.value).replace(order, "it"))

    assert said[0] == said[1]
