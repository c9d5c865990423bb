"""Events say what became of shipments and their vehicles, as people do at their own doors."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.decision import Channel
from domain.facts import Shipment, ShipmentStatus
from domain.leaving.arrival import Arrival
from domain.release import Slot
from relay.intake import PATIENCE, IntakeRelay
from storage.arrivals import Arrivals
from storage.database import Database
from storage.facts import FactStore
from storage.intake import IncomingEvent, Intake
from tests.relay.record import ERP, NOON, Clock, cases, events, trail
from tests.storage.plant import tell
from tests.support.ready_shipment import has_left, ready_shipment
from tests.support.running_plant import person
from tests.support.small_plant import SITE

OF = {"site": SITE, "shipment": "SH-9"}
WET = {"reason": "The pallets are wet.", "returned": [{"item": "VALVE", "lot": "V1"}]}


@pytest.fixture
def clock() -> Clock:
    """The relay's."""
    return Clock()


async def pass_on(record: Database, clock: Clock, *said: tuple[str, dict[str, Any]]) -> IntakeRelay:
    """The carrier says it, each at its own minute."""
    relay = IntakeRelay(record, {}, now=clock)
    for number, (what, data) in enumerate(said):
        event = IncomingEvent(
            source="/carrier", id=f"{what}-{number}", type=f"lockstep.shipment.{what}.v1", data=data,
            time=NOON + timedelta(minutes=number),
        )  # fmt: skip
        await Intake(record).receive([event], ERP, (SITE,), NOON + timedelta(minutes=30))
    while await relay.once():
        pass
    return relay


async def test_what_was_said_at_another_door_already_counts_once(record: Database, clock: Clock) -> None:
    await tell(record, *has_left(NOON), at=NOON)
    said = Arrival.model_validate(WET | {"outcome": "refused"})
    by_hand = await Arrivals(record).say(SITE, "SH-9", said, person("anna"), Channel.API, NOON)

    await pass_on(record, clock, ("refused", OF | WET), ("refused", OF | WET), ("delivered", OF))

    (hold,) = await cases(record)
    assert by_hand.holds == (hold.id,)
    assert [line.action for line in await trail(record, hold.id)] == ["opened"]
    assert [line.action for line in await trail(record, f"{SITE}/SH-9")] == ["arrival_refused", "arrival_delivered"]
    assert (await FactStore(record).read(Shipment, SITE, "SH-9")).fact.status is ShipmentStatus.DELIVERED
    assert (await events(record))["refused-1"].outcome == f"SH-9 dispatched {hold.id}"


async def test_a_proof_of_delivery_that_overtook_the_departure_waits_for_it(record: Database, clock: Clock) -> None:
    await tell(record, *ready_shipment(NOON), at=NOON)
    relay = await pass_on(record, clock, ("delivered", OF))
    early = (await events(record))["delivered-0"]

    await tell(record, *has_left(NOON), at=NOON + timedelta(minutes=1))
    clock.run_on(timedelta(seconds=2))
    await relay.once()

    assert (early.state, early.outcome) == ("waiting", "SH-9 is picked: it has not left.")
    assert (await FactStore(record).read(Shipment, SITE, "SH-9")).fact.status is ShipmentStatus.DELIVERED


async def test_what_never_left_is_put_aside_with_its_reason(record: Database, clock: Clock) -> None:
    await tell(record, *ready_shipment(NOON), at=NOON)

    relay = await pass_on(record, clock, ("delivered", OF))
    for _ in range(PATIENCE):
        clock.run_on(timedelta(minutes=10))
        await relay.once()

    told = (await events(record))["delivered-0"]
    assert (told.state, told.outcome) == ("failed", "SH-9 is picked: it has not left.")


async def test_a_vehicle_that_came_opens_a_case_and_one_that_does_not_misses_its_slot(
    record: Database, clock: Clock
) -> None:
    others = ready_shipment(NOON, name="SH-10", line="20", lot="V3")
    await tell(record, *ready_shipment(NOON), *others, at=NOON)

    of_other = OF | {"shipment": "SH-10"}
    await pass_on(record, clock, ("came", OF), ("came", OF), ("confirmed", of_other), ("no_show", of_other))

    about = {case.subject: [line.action for line in await trail(record, case.id)] for case in await cases(record)}
    slots = {told.fact.shipment: told.fact for told in await FactStore(record).find(Slot, SITE)}
    assert (about["SH-9"].count("vehicle_came"), about["SH-10"].count("vehicle_no_show")) == (1, 1)
    assert (slots["SH-9"].came_at, slots["SH-9"].status) == (NOON, "confirmed")
    assert (slots["SH-10"].came_at, slots["SH-10"].status) == (None, "missed")
    assert slots["SH-10"].confirmed_at == NOON + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("what", "data", "state", "why"),
    [
        ("delivered", {"site": SITE}, "failed", "The data must name the shipment."),
        ("delivered", {"shipment": "SH-9"}, "failed", "The data must name the site."),
        ("damaged", OF | {"returned": "V1"}, "failed", "returned"),
        ("delivered", OF | {"site": "south"}, "ignored", "may not speak of south"),
        ("lost", OF, "ignored", "Nothing follows"),
    ],
)
async def test_what_cannot_be_used_is_put_aside_and_changes_nothing(
    record: Database, clock: Clock, what: str, data: dict[str, Any], state: str, why: str
) -> None:
    await tell(record, *has_left(NOON), at=NOON)

    await pass_on(record, clock, (what, data))

    told = (await events(record))[f"{what}-0"]
    assert (told.state, why in told.outcome) == (state, True)
    assert (await FactStore(record).read(Shipment, SITE, "SH-9")).fact.status is ShipmentStatus.DISPATCHED


async def test_what_was_said_of_a_vehicle_stands_when_the_slot_is_told_again(record: Database, clock: Clock) -> None:
    others = ready_shipment(NOON, name="SH-10", line="20", lot="V3")
    told = (*ready_shipment(NOON), *others)
    await tell(record, *told, at=NOON)
    await pass_on(record, clock, ("came", OF), ("no_show", OF | {"shipment": "SH-10"}))
    first, second = (fact for fact in told if isinstance(fact, Slot))

    for minute in (10, 11):
        roomier = {"capacity": Decimal(minute)}
        again = (first.model_copy(update=roomier), second.model_copy(update=roomier))
        await tell(record, *again, at=clock() + timedelta(minutes=minute))
    came, missed = await slot(record, "SH-9"), await slot(record, "SH-10")
    later = second.model_copy(update={"starts_at": second.ends_at, "ends_at": second.ends_at + timedelta(hours=2)})
    seen = first.model_copy(update={"came_at": NOON + timedelta(minutes=5)})
    await tell(record, later, seen, at=clock() + timedelta(minutes=12))

    assert (came.came_at, came.status, came.capacity) == (NOON, "confirmed", Decimal(11))
    assert (missed.came_at, missed.status, missed.capacity) == (None, "missed", Decimal(11))
    # Another time is another slot, and who knows of it himself has seen for himself.
    assert (await slot(record, "SH-10")).status == "confirmed"
    assert (await slot(record, "SH-9")).came_at == NOON + timedelta(minutes=5)


async def test_what_was_delivered_stays_so_while_its_source_still_says_that_it_left(
    record: Database, clock: Clock
) -> None:
    left = has_left(NOON)
    await tell(record, *left, at=NOON)
    await pass_on(record, clock, ("delivered", OF))

    await tell(record, *left, at=clock() + timedelta(minutes=10))

    assert (await FactStore(record).read(Shipment, SITE, "SH-9")).fact.status is ShipmentStatus.DELIVERED


async def slot(record: Database, shipment: str) -> Slot:
    """The slot of the shipment."""
    return (await FactStore(record).read(Slot, SITE, shipment)).fact
