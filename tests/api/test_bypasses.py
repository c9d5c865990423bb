"""What was changed past everybody, at the door."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import httpx2

from api.services import Services
from connectors.plant.plant import EmbeddedPlant
from domain.decision import Channel
from domain.effect import BlockLot
from domain.facts import Job, Lot, LotStatus, OrderLine, Shipment, ShipmentStatus
from domain.roles import Role
from relay.following import follow
from storage.alone import alone
from storage.facts import FactStore, unfollowed, unfollowed_change
from storage.trail import LOCKSTEP
from tests.api.conftest import NOON, Tokens
from tests.storage.plant import tell
from tests.support.small_plant import SITE

BYPASSES = "/v1/sites/north/bypasses"


async def test_nothing_that_takes_a_decision_has_changed(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    boris = await tokens.of_person("boris", Role.PLANNER)

    told = (await api.get(BYPASSES, headers=boris)).json()

    assert (told["changes"], told["undecided"], told["rate"], told["newest"]) == (0, 0, None, [])


async def test_tells_what_was_changed_past_everybody_newest_first_with_what_became_of_it(
    api: httpx2.AsyncClient, tokens: Tokens, services: Services
) -> None:
    boris = await tokens.of_person("boris", Role.PLANNER)
    known = FactStore(services.database)
    line = (await known.read(OrderLine, SITE, "SO-2:10")).fact
    job = (await known.read(Job, SITE, "J-2")).fact
    left = (await known.read(Shipment, SITE, "SH-4")).fact
    await EmbeddedPlant(services.database).apply(BlockLot(site=SITE, item="VALVE", lot="V1"), "QH-1/1")
    for minute, fact in enumerate(
        (
            line.model_copy(update={"quantity": Decimal(14), "priority": 1}),
            job.model_copy(update={"starts_at": job.starts_at + timedelta(minutes=5)}),
            Lot(site=SITE, item="PUMP", lot="P0", quantity=Decimal(5), status=LotStatus.ON_HOLD),
            left.model_copy(update={"status": ShipmentStatus.DISPATCHED}),
        ),
        start=1,
    ):
        await tell(services.database, fact, at=NOON + timedelta(minutes=minute))
    async with services.database.transaction() as session:
        await alone(session)
        for fact in await unfollowed(session):
            change = await unfollowed_change(session, fact)
            assert change is not None
            await follow(session, change, LOCKSTEP, Channel.TIMER, NOON)

    told = (await api.get(BYPASSES, headers=boris)).json()

    assert (told["changes"], told["undecided"], told["rate"]) == (5, 4, 0.8)
    assert [(one["kind"], one["key"], one["fields"]) for one in told["newest"]] == [
        ("shipment", "SH-4", ["status"]), ("lot", "PUMP:P0", ["status"]), ("job", "J-2", ["starts_at"]),
        ("order_line", "SO-2:10", ["quantity"]),
    ]  # fmt: skip
    became = {one["kind"]: one["became"].split("-")[0] for one in told["newest"]}
    assert became == {"shipment": "opened DR", "lot": "opened QH", "job": "", "order_line": "opened OC"}
    assert {one["source"] for one in told["newest"]} == {"erp"}


async def test_who_has_no_part_at_the_plant_is_told_nothing_of_it(api: httpx2.AsyncClient, tokens: Tokens) -> None:
    stranger = await tokens.of_person("stranger", Role.PLANNER, site="south")

    assert (await api.get(BYPASSES, headers=stranger)).status_code == 404
