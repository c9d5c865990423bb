"""An order is changed: how it can end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.facts import Job, JobStatus, LineStatus, Lot, OrderLine, Receipt, Reservation
from domain.master_data import Customer
from domain.ports import NotInSystem
from domain.release import Hold
from tests.support.running_plant import RunningPlant
from tests.workflows.conftest import REPLAYED_TOO


async def looks_again(plant: RunningPlant, case: str) -> None:
    """Nothing changes any more, and the case has looked at what did."""

    async def has_looked() -> bool:
        await plant.pass_time(case, timedelta(minutes=1))
        now = await plant.case(case)
        return (now.state, now.assessment) == ("awaiting_decision", before.assessment + 1)

    before = await plant.case(case)
    await plant.when(has_looked)


async def test_takes_a_small_increase_from_stock_without_asking_anybody(plant: RunningPlant) -> None:
    opened = await plant.change("SO-1", quantity="41")

    case = await plant.until(opened.case_id, "completed")

    assert (await plant.fact(OrderLine, "SO-1:10")).quantity == 41
    assert (await plant.fact(Reservation, "VALVE:SO-1:10")).quantity == 41
    assert case.chosen is not None
    assert case.chosen["name"] == "accept_as_asked"
    assert await plant.questions(opened.case_id) == []


async def test_takes_nothing_by_itself_of_a_lot_that_was_stopped_here_a_moment_ago(plant: RunningPlant) -> None:
    await plant.tell(Hold(site="north", item="VALVE", lot="V1", case="QH-0"))
    opened = await plant.change("SO-1", quantity="41")

    await plant.until(opened.case_id, "awaiting_decision")

    evidence = await plant.evidence(opened.case_id)
    assert evidence["availability"]["values"]["on_hand"] == "0"
    assert evidence["quality"]["values"]["held_lots"] == ["V1"]


@REPLAYED_TOO
async def test_asks_the_planner_and_makes_the_decision_true_everywhere(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "expedite", by="boris")
    await plant.until(opened.case_id, "propagating")
    for handoff, by in zip(await plant.questions(opened.case_id), ("carla", "dev", "anna"), strict=True):
        await plant.answer(handoff, "acknowledge", by=by)
    await plant.until(opened.case_id, "completed")

    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14
    assert (await plant.fact(Job, "J-2")).quantity == 14
    written = [effect.body["kind"] for effect in await plant.effects(opened.case_id)]
    assert written == ["revise_order_line", "reserve", "change_job", "request_supply"]


async def test_shows_every_way_with_its_date_and_cost(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")

    await plant.until(opened.case_id, "awaiting_decision")

    options = await plant.options(opened.case_id)
    assert set(options) == {"expedite", "reallocate", "split", "partial", "accept_later"}
    assert options["expedite"]["option"]["cost"] == "450"
    assert options["split"]["option"]["deliveries"][0]["quantity"] == "12"
    assert options["reallocate"]["option"]["disturbed"][0]["order"] == "SO-3"
    evidence = await plant.evidence(opened.case_id)
    assert {check: found["verdict"] for check, found in evidence.items()} == {
        "order": "pass", "availability": "warn", "capacity": "warn", "quality": "pass", "work_in_process": "pass",
        "dispatch": "pass", "pegging": "pass",
    }  # fmt: skip


async def test_leaves_everything_as_it_was_when_the_planner_says_no(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "reject", by="boris", reason="The foundry is closed.")
    case = await plant.until(opened.case_id, "rejected")

    assert case.because == "The foundry is closed."
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 10
    assert await plant.effects(opened.case_id) == []


async def test_refuses_to_change_what_is_being_loaded(plant: RunningPlant) -> None:
    opened = await plant.change("SO-4", quantity="25")

    case = await plant.until(opened.case_id, "rejected")

    assert "SH-4 is being loaded" in case.because


async def test_ends_at_once_when_the_line_says_already_what_is_asked(plant: RunningPlant) -> None:
    opened = await plant.change("SO-1", quantity="40")

    await plant.until(opened.case_id, "no_effect")

    assert await plant.effects(opened.case_id) == []


async def test_offers_the_customer_a_split_and_holds_the_supply_until_he_accepts(plant: RunningPlant) -> None:
    await plant.tell(Lot(site="north", item="PUMP", lot="P1", quantity=Decimal(1)))
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "split", by="boris")
    await plant.until(opened.case_id, "awaiting_customer")
    (offer,) = await plant.questions(opened.case_id)
    await plant.answer(offer, "accepted", by="anna", reason="mail of today")
    await plant.until(opened.case_id, "propagating")

    lines = [await plant.fact(OrderLine, "SO-2:10"), await plant.fact(OrderLine, "SO-2:10-2")]
    assert sum(line.quantity for line in lines) == 14
    held = [effect for effect in await plant.effects(opened.case_id) if "hold" in effect.key]
    assert [effect.body["expires_at"] is not None for effect in held] == [True]


@pytest.mark.parametrize("word", ["declined", "lapsed"])
async def test_lets_go_of_what_it_held_when_the_customer_does_not_want_it(plant: RunningPlant, word: str) -> None:
    await plant.tell(Lot(site="north", item="PUMP", lot="P1", quantity=Decimal(1)))
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    await plant.answer(question, "split", by="boris")
    await plant.until(opened.case_id, "awaiting_customer")
    (offer,) = await plant.questions(opened.case_id)

    await plant.answer(offer, word, by="anna", reason="He wants all at once.")
    await plant.until(opened.case_id, {"declined": "rejected", "lapsed": "expired"}[word])

    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 10
    with pytest.raises(NotInSystem):
        await plant.fact(Reservation, "PUMP:SO-2:10")


async def test_shows_other_ways_as_soon_as_what_they_rest_on_has_changed(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="16")
    await plant.until(opened.case_id, "awaiting_decision")
    (asked,) = await plant.questions(opened.case_id)

    await plant.tell(Lot(site="north", item="VALVE", lot="V2", quantity=Decimal(9)))
    await plant.tell(Lot(site="north", item="PUMP", lot="P1", quantity=Decimal(3)))
    await looks_again(plant, opened.case_id)

    assert (await plant.options(opened.case_id))["split"]["option"]["deliveries"][0]["quantity"] == "15"
    (now,) = await plant.questions(opened.case_id)
    assert (now.id == asked.id, now.evidence == asked.evidence) == (False, False)
    woken = [line.reason for line in await plant.trail(opened.case_id) if line.action == "look_again"]
    assert woken == ["Lot PUMP:P1 is new, as erp says."]


async def test_hears_who_speaks_while_it_waits_for_the_plant_to_be_quiet(plant: RunningPlant) -> None:
    decided = (await plant.change("SO-2", quantity="14")).case_id
    dropped = (await plant.change("SO-5", cancel=True)).case_id
    for case in (decided, dropped):
        await plant.until(case, "awaiting_decision")
    (question,) = await plant.questions(decided)
    customer = await plant.fact(Customer, "ACME")

    async def both_have_looked() -> bool:
        return not any([(await plant.case(case)).hinted for case in (decided, dropped)])

    await plant.tell(customer.model_copy(update={"name": "Acme Waterworks"}))
    await plant.when(both_have_looked)
    await plant.answer(question, "expedite", by="boris")
    await plant.withdraw(dropped, "He wants them all the same.")

    # No time passes meanwhile.
    await plant.until(decided, "propagating")
    await plant.until(dropped, "withdrawn")
    assert [(await plant.case(case)).assessment for case in (decided, dropped)] == [2, 1]


async def test_looks_again_before_writing_and_asks_anew_when_the_stock_is_gone(plant: RunningPlant) -> None:
    opened = await plant.change("SO-1", quantity="50")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    await plant.tell(Lot(site="north", item="VALVE", lot="V1", quantity=Decimal(45)))

    await plant.answer(question, "accept_as_asked", by="boris")
    case = await plant.until(opened.case_id, "awaiting_decision")
    while case.assessment < 2:
        case = await plant.until(opened.case_id, "awaiting_decision")

    trail = [line.reason for line in await plant.trail(opened.case_id) if line.to_state == "assessing"]
    assert len(trail) == 2
    assert trail[1]
    assert (await plant.fact(OrderLine, "SO-1:10")).quantity == 40


async def test_cancels_a_line_whose_work_has_not_begun_and_stops_the_job(plant: RunningPlant) -> None:
    opened = await plant.change("SO-5", cancel=True)
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "reduce", by="boris")
    await plant.until(opened.case_id, "propagating")

    assert (await plant.fact(OrderLine, "SO-5:10")).status is LineStatus.CANCELLED
    assert not (await plant.fact(Job, "J-5")).open


async def test_finishes_to_stock_what_has_begun(plant: RunningPlant) -> None:
    job = await plant.fact(Job, "J-5")
    await plant.tell(job.model_copy(update={"status": JobStatus.RUNNING}))
    opened = await plant.change("SO-5", cancel=True)
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "finish_to_stock", by="boris")
    await plant.until(opened.case_id, "propagating")

    job = await plant.fact(Job, "J-5")
    assert (job.open, job.order) == (True, None)


async def test_asks_purchasing_for_the_material_an_accepted_change_needs(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "expedite", by="boris")
    await plant.until(opened.case_id, "propagating")

    requested = next(e for e in await plant.effects(opened.case_id) if e.body["kind"] == "request_supply")
    receipt = await plant.fact(Receipt, requested.body["request"])
    assert (receipt.item, receipt.confidence) == ("HOUSING", "planned")
    assert receipt.expected_at - plant.now < timedelta(days=6)


async def test_promises_the_line_that_gives_way_for_later_and_orders_its_supply(plant: RunningPlant) -> None:
    await plant.tell(Reservation(site="north", item="PUMP", order="SO-3", line="10", quantity=Decimal(5)))
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "reallocate", by="boris")
    await plant.answer(question, "reallocate", by="fritz")
    await plant.until(opened.case_id, "propagating")

    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14
    giver = await plant.fact(OrderLine, "SO-3:10")
    assert giver.due_at > giver.requested_at
    kept = {told.order: told.quantity for told in await plant.facts(Reservation, "PUMP")}
    assert kept == {"SO-2": 5, "SO-3": 0}
    made = next(e.body for e in await plant.effects(opened.case_id) if e.body["kind"] == "create_job")
    assert (made["order"], made["operations"] != []) == ("SO-3", True)
