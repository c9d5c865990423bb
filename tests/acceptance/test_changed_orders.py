"""Stories 1, 2, 6 and 11: a customer wants more than there is, says so twice, and wants nothing any more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from domain.decision import Principal, PrincipalKind
from domain.facts import Job, JobStatus, LineStatus, Lot, OrderLine, Receipt, Reservation
from relay.intake import IntakeRelay
from storage.intake import IncomingEvent, Intake
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE

ONE_PUMP = Lot(site=SITE, item="PUMP", lot="P1", quantity=Decimal(1))
"""What there is besides the five that SO-3 counts on."""


async def four_pumps_more(plant: RunningPlant) -> str:
    """The customer of SO-2 wants 14 pumps instead of 10; one more is in stock, and he is offered a split."""
    await plant.tell(ONE_PUMP)
    case = (await plant.change("SO-2", quantity="14")).case_id
    await plant.until(case, "awaiting_decision")
    found = await plant.evidence(case)
    assert found["capacity"]["values"]["zone"] == "slushy"
    assert Decimal(found["availability"]["values"]["short"]) > 0
    await plant.agree(case, "awaiting_decision", "split")
    await plant.until(case, "awaiting_customer")
    async with asyncio.timeout(plant.patience):
        while [effect.state for effect in await plant.effects(case)] != ["confirmed"]:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    return case


async def test_story_1_more_than_there_is_goes_in_two_parts_once_the_customer_agrees(plant: RunningPlant) -> None:
    case = await four_pumps_more(plant)
    held = await plant.fact(Reservation, "PUMP:SO-2:10")

    await plant.say(case, "awaiting_customer", "accepted", by="anna", reason="Mail of today.")
    await plant.until(case, "propagating")
    told = {handoff.draft["topic"] for handoff in await plant.questions(case)}
    await plant.take_over(case)
    await plant.until(case, "completed")

    taken_over = {
        line.details["topic"] for line in await plant.trail(case) if line.details.get("choice") == "acknowledge"
    }
    assert told == taken_over == {"production", "buyer", "sales"}
    first, rest = await plant.fact(OrderLine, "SO-2:10"), await plant.fact(OrderLine, "SO-2:10-2")
    kept = await plant.fact(Reservation, "PUMP:SO-2:10")
    assert first.quantity + rest.quantity == 14
    assert first.due_at < rest.due_at
    assert (held.expires_at is not None, kept.expires_at, held.quantity) == (True, None, kept.quantity)


async def test_story_2_what_is_taken_meanwhile_is_not_promised_and_another_way_is_decided(plant: RunningPlant) -> None:
    case = await four_pumps_more(plant)
    await plant.tell(ONE_PUMP.model_copy(update={"quantity": Decimal(0)}))

    await plant.say(case, "awaiting_customer", "accepted", by="anna", reason="Mail of today.")
    await plant.agree(case, "awaiting_decision", "expedite")
    await plant.take_over(case)
    await plant.until(case, "completed")

    looked = [(line.from_state, line.reason) for line in await plant.trail(case) if line.to_state == "assessing"]
    (_, (stale, why)) = looked
    assert stale == "committing"
    assert "Less can be delivered by" in why
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == (await plant.fact(Job, "J-2")).quantity == 14
    first_way = [effect for effect in await plant.effects(case) if "/001/1-write" in effect.key]
    assert {effect.state for effect in first_way} == {"planned"}


async def test_story_6_the_same_change_by_two_channels_is_one_case(plant: RunningPlant) -> None:
    told = IncomingEvent(
        source="/erp", id="1", type="lockstep.order_change.change_requested.v1", time=datetime.now(UTC),
        data={"site": SITE, "order": "SO-2", "line": "10", "quantity": "14.00", "reason": "CUSTOMER_REQUEST"},
    )  # fmt: skip
    erp = Principal(kind=PrincipalKind.MACHINE, id="erp")
    await Intake(plant.database).receive([told], erp, [SITE], datetime.now(UTC))
    intake = IntakeRelay(plant.database, {})

    by_mail, by_phone, _ = await asyncio.gather(
        plant.change("SO-2", quantity="14", reference="mail"),
        plant.change("SO-2", by="fritz", quantity="14.0", reference="phone"),
        intake.once(),
    )
    case = by_mail.case_id
    await plant.agree(case, "awaiting_decision", "expedite")
    await plant.take_over(case)
    await plant.until(case, "completed")

    asked = [line.action for line in await plant.trail(case) if line.action in ("opened", "requested_again")]
    assert (by_phone.case_id, asked) == (case, ["opened", "requested_again", "requested_again"])
    assert await plant.workflow_ids() == {f"order_change/{SITE}/SO-2:10"}


async def test_story_11_a_cancelled_line_s_work_is_stopped_and_what_was_bought_for_it_cancelled_for_a_fee(
    plant: RunningPlant,
) -> None:
    running = (await plant.fact(Job, "J-5")).model_copy(update={"status": JobStatus.RUNNING})
    purchase = Receipt(
        site=SITE, receipt="PO-7", item="HOUSING", quantity=Decimal(5), expected_at=plant.now + timedelta(days=20),
        supplier="Foundry", order="SO-5", line="10", cancellation_fee=Decimal(75),
    )  # fmt: skip
    await plant.tell(running, purchase)
    case = (await plant.change("SO-5", cancel=True)).case_id
    await plant.until(case, "awaiting_decision")
    ways = {name: Decimal(ruled["option"]["cost"]) for name, ruled in (await plant.options(case)).items()}

    await plant.agree(case, "awaiting_decision", "stop")
    await plant.until(case, "propagating")
    told = {handoff.draft["topic"] for handoff in await plant.questions(case)}
    await plant.take_over(case)
    await plant.until(case, "completed")

    assert ways == {"finish_to_stock": 0, "stop": 2075}
    assert told == {"production", "buyer", "sales"}
    assert (await plant.fact(OrderLine, "SO-5:10")).status is LineStatus.CANCELLED
    assert not (await plant.fact(Job, "J-5")).open
    assert (await plant.fact(Receipt, "PO-7")).quantity == 0
    fees = [
        line.details["effect"]["fee"] for line in await plant.trail(case)
        if line.action == "effect_confirmed" and line.details["effect"]["kind"] == "cancel_supply"
    ]  # fmt: skip
    assert fees == ["75"]
