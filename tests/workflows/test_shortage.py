"""Material is short: how that is found, what is done about it, and how it ends."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.decision import NotAllowed
from domain.facts import Job, JobStatus, LotStatus, OrderLine, Receipt
from domain.master_data import Item
from domain.policy import Condition, Requirement, Row
from domain.roles import Role
from domain.shortage.giving import GIVE
from runtime.policies import FOLDER, read_policy
from storage.policies import Policies
from tests.support.missing_housings import awaited, give, housings, only_from_the_south, quiet_until, short
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE
from tests.workflows.conftest import REPLAYED_TOO


async def test_ends_quietly_where_nothing_is_missing(plant: RunningPlant) -> None:
    case = await short(plant, housings(10))

    ended = await plant.until(case, "no_shortage")

    assert ended.because == "Nothing is missing of HOUSING."


@REPLAYED_TOO
async def test_expedites_what_is_missing_and_is_over_when_it_can_be_used(plant: RunningPlant) -> None:
    case = await short(plant)
    await plant.say(case, "awaiting_decision", "expedite-Foundry", by="dev")
    await plant.until(case, "monitoring")
    ordered = await awaited(plant, case)
    (asked,) = await plant.questions(case)
    assert (ordered.quantity, ordered.supplier, asked.draft["topic"]) == (Decimal(6), "Foundry", "buyer")

    # It comes, and quality has to see it first.
    came = ordered.model_copy(update={"quantity": Decimal(0)})
    await plant.tell(came, housings(6, "H2", LotStatus.IN_INSPECTION))
    await quiet_until(plant, case, "monitoring", "quality_inspector")
    await plant.tell(housings(6, "H2"))
    await quiet_until(plant, case, "propagating")
    await plant.say(case, "propagating", "acknowledge", by="carla")
    ended = await plant.until(case, "cleared")

    assert ended.because == "Everybody concerned has taken it over."


async def test_finds_another_way_when_what_was_expedited_comes_later(plant: RunningPlant) -> None:
    case = await short(plant)
    await plant.say(case, "awaiting_decision", "expedite-Foundry", by="dev")
    await plant.until(case, "monitoring")

    ordered = await awaited(plant, case)
    await plant.tell(ordered.model_copy(update={"expected_at": plant.now + timedelta(days=11)}))
    decided = await quiet_until(plant, case, "awaiting_decision")

    assert "are missing from" in decided.because


async def test_has_the_stock_counted_before_anybody_is_alarmed(plant: RunningPlant) -> None:
    case = await short(plant, housings(17), line_stopped=True)

    await plant.say(case, "counting", "as_recorded", by="willa")
    await plant.until(case, "no_shortage")

    assert not await plant.effects(case)


async def test_waits_for_the_books_where_the_count_differs(plant: RunningPlant) -> None:
    case = await short(plant, housings(17), line_stopped=True)

    await plant.say(case, "counting", "differs", by="willa", counted="4")
    differs = await plant.until(case, "count_differs")
    await plant.tell(housings(4))
    await quiet_until(plant, case, "awaiting_decision")

    assert differs.because == "4 HOUSING were counted and 17 are recorded."


async def test_what_stays_short_is_proposed_to_those_whose_promise_it_breaks(plant: RunningPlant) -> None:
    late = Receipt(
        site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(6), expected_at=plant.now + timedelta(days=15),
    )  # fmt: skip
    case = await short(plant, housings(4), late)
    await plant.until(case, "awaiting_decision")
    (question,) = [asked for asked in await plant.questions(case) if asked.draft["topic"] == "decision"]

    await plant.answer(question, "short", by="boris")
    await plant.answer(question, "short", by="fritz", reason="Nobody has any sooner.")
    await plant.until(case, "monitoring")

    change = next(line.reason for line in await plant.trail(case) if line.action == "set_going").split()[-1]
    opened = await plant.until(change, "awaiting_decision")
    assert (opened.subject, opened.caused_by, opened.request["reference"]) == ("SO-2:10", case, case)
    assert opened.requester["id"] == "lockstep"
    assert opened.request["comment"].startswith(f"{case}: 6 HOUSING are missing from ")
    assert opened.request["comment"].endswith(": Nobody has any sooner")
    assert {followed.process for followed in await plant.caused_by(case)} == {"order_change", "schedule_adjustment"}


async def test_tells_the_buyer_when_nobody_needs_it_any_more(plant: RunningPlant) -> None:
    case = await short(plant)
    await plant.say(case, "awaiting_decision", "expedite-Foundry", by="dev")
    await plant.until(case, "monitoring")

    job = await plant.fact(Job, "J-2")
    await plant.tell(job.model_copy(update={"status": JobStatus.CLOSED}))
    await quiet_until(plant, case, "propagating", "buyer")
    await plant.say(case, "propagating", "acknowledge", by="dev")

    await plant.until(case, "demand_gone")


async def test_a_lot_that_quality_held_is_waited_for_and_the_case_is_over_when_it_is_released(
    plant: RunningPlant,
) -> None:
    await plant.tell((await plant.fact(Item, "HOUSING")).model_copy(update={"suppliers": ()}))
    case = await short(plant, housings(4), housings(8, "H2", LotStatus.ON_HOLD))

    # Nothing else would do, so quality is heard before anybody decides.
    good = (plant.now + timedelta(days=3)).isoformat()
    soon = (plant.now + timedelta(hours=4)).isoformat()
    await plant.say(
        case, "sourcing", "offered", by="quin", quantity="8", at=soon, confidence="likely", valid_until=good
    )  # fmt: skip
    await plant.say(case, "awaiting_decision", "release-H2", by="boris")
    await plant.until(case, "monitoring")
    (asked,) = await plant.questions(case)
    await plant.tell(housings(8, "H2"))
    await quiet_until(plant, case, "propagating")

    assert asked.draft["topic"] == "quality_engineer"
    assert not await plant.effects(case)


async def test_a_lot_that_quality_stops_is_missed_at_once_where_it_was_counted_on(plant: RunningPlant) -> None:
    hold = await plant.open("quality_hold", by="ines", item="HOUSING", lot="H1", defect="It is cracked.")
    await plant.until(hold.case_id, "contained")

    case = next(line.reason for line in await plant.trail(hold.case_id) if line.action == "set_going").split()[-1]
    await plant.until(case, "awaiting_decision")

    options = await plant.options(case)
    assert f"as {hold.case_id} decides" in options["release-H1"]["option"]["title"]


async def test_more_is_wanted_than_comes_so_it_is_missed_though_no_supply_has_changed(plant: RunningPlant) -> None:
    job, line = await plant.fact(Job, "J-2"), await plant.fact(OrderLine, "SO-1:10")
    soon = {"order": None, "line": None, "quantity": Decimal(4)}
    more = [job.model_copy(update={"job": name, **soon}) for name in ("J-8", "J-9")]
    covered = line.model_copy(update={"order": "SO-9", "requested_at": plant.now, "promised_at": None})
    far = line.model_copy(update={"order": "SO-10", "quantity": Decimal(900)})
    await plant.tell_of(*more, covered, far)

    # Two jobs want housings and one line valves: that is two looks, and only housings are too few.
    assert [await plant.look_for_demand(), await plant.look_for_demand()] == [2, 0]
    case = "MS-1"
    decided = await plant.until(case, "awaiting_decision")
    assert (decided.subject, decided.request["reason"], len(await plant.workflow_ids())) == ("HOUSING", "PROJECTION", 1)

    # What comes to want more while a case is open is the same case.
    await plant.tell_of(more[0].model_copy(update={"quantity": Decimal(5)}))
    await plant.look_for_demand()
    await plant.tell_of(*(one.model_copy(update={"status": JobStatus.CLOSED}) for one in more))
    await quiet_until(plant, case, "no_shortage")

    ended = await plant.case(case)
    assert (len(await plant.workflow_ids()), ended.further, await plant.questions(case)) == (1, None, [])


async def test_the_safety_stock_is_used_without_a_word_and_that_of_another_site_with_its_leads_agreement(
    plant: RunningPlant,
) -> None:
    await only_from_the_south(plant, 7, days=3)
    here, there = await plant.fact(Item, "HOUSING"), await plant.fact(Item, "HOUSING", site="south")
    eight, five = ({"safety_stock": Decimal(kept)} for kept in (8, 5))
    warned = await short(plant, housings(17), here.model_copy(update=eight), there.model_copy(update=five))
    told = await plant.until(warned, "below_safety_stock")
    assert "1 of the 8 HOUSING kept for safety are used; nothing is missing." in told.because

    case = await short(plant)
    way = "transfer-south-safety-stock"
    await give(plant, case, way, "sara", "stan", quantity=7)
    await plant.say(case, "awaiting_decision", way, by="boris")
    option = (await plant.options(case))[way]["option"]
    await plant.say(case, "awaiting_decision", way, by="paul")
    await plant.until(case, "monitoring")

    assert "Bring it from south, safety stock too: 4 of 6 are kept for safety." in option["because"]
    assert (await awaited(plant, case)).quantity == Decimal(6)
    assert not await plant.questions(warned)


async def test_whoever_uses_the_items_own_safety_stock_has_the_planners_lead_agree(plant: RunningPlant) -> None:
    housing = await plant.fact(Item, "HOUSING")
    case = await short(plant, housings(4), housing.model_copy(update={"safety_stock": Decimal(8)}))
    await plant.until(case, "awaiting_decision")
    options = await plant.options(case)
    agree = {name: [need["role"] for need in one["ruling"]["require"]] for name, one in options.items()}
    assert agree["expedite-Foundry"] == ["buyer", "plant_manager"]
    assert agree["expedite-Foundry+kept"] == ["buyer"]
    assert "8 of the 8 HOUSING kept for safety are used." in options["expedite-Foundry"]["option"]["because"]

    await plant.say(case, "awaiting_decision", "expedite-Foundry", by="dev")
    assert (await plant.case(case)).state == "awaiting_decision"
    await plant.say(case, "awaiting_decision", "expedite-Foundry", by="paul")
    await plant.until(case, "monitoring")

    assert (await awaited(plant, case)).quantity == Decimal(6)


async def test_a_second_report_joins_the_open_case_and_makes_it_as_pressing_as_it_says(plant: RunningPlant) -> None:
    case = await short(plant)
    await plant.until(case, "awaiting_decision")

    again = await plant.open("shortage", by="willa", item="HOUSING", line_stopped=True)
    await quiet_until(plant, case, "counting")

    assert (again.case_id, again.result) == (case, "merged")


async def test_nothing_is_missed_any_more_before_anybody_has_chosen(plant: RunningPlant) -> None:
    case = await short(plant)
    await plant.until(case, "awaiting_decision")

    await plant.tell(housings(10))

    await quiet_until(plant, case, "no_shortage")


async def test_everybody_who_knows_is_asked_at_once_and_it_is_decided_on_what_is_there_at_half_the_time(
    plant: RunningPlant,
) -> None:
    # Nobody sells it, and the other site has too little; the rest is for quality to say.
    await only_from_the_south(plant, 3, days=10)
    case = await short(plant, housings(4), housings(4, "H2", LotStatus.ON_HOLD))
    await plant.until(case, "sourcing")
    asked = {question.draft["topic"]: question for question in await plant.questions(case)}
    assert {topic: question.site for topic, question in asked.items()} == {
        "can:release-H2": SITE, "can:transfer-south": "south",
    }  # fmt: skip

    # Only who gives it away can say what he can spare; here nobody may say it for him.
    moment, good = (plant.now + timedelta(days=2)).isoformat(), (plant.now + timedelta(days=5)).isoformat()
    said = {"quantity": "2", "at": moment, "cost": "75", "confidence": "sure", "valid_until": good}
    with pytest.raises(NotAllowed):
        await plant.answer(asked["can:transfer-south"], "offered", by="boris", **said)
    await plant.answer(asked["can:transfer-south"], "offered", by="sara", **said)
    await quiet_until(plant, case, "sourcing", "can:release-H2")
    await plant.pass_time(case, timedelta(hours=8))
    await quiet_until(plant, case, "awaiting_decision", "decision")

    options = [entry["option"] for entry in (await plant.options(case)).values()]
    brought = next(option for option in options if set(option["name"].split("+")) == {"release-H2", "transfer-south"})
    assert any("sara says so, sure, good until" in line for line in brought["because"])
    assert ("75", "2") in {(step["cost"], step["quantity"]) for step in brought["supply"]}


async def test_another_site_gives_what_it_has_agreed_to_by_its_own_policy(plant: RunningPlant) -> None:
    shipped = read_policy(FOLDER / "shortage.yaml")
    theirs = Row(rule="ours", when=Condition(option=(GIVE,)), require=(Requirement(role=Role.PLANT_MANAGER),))
    south = shipped.model_copy(update={"site": "south", "rows": (theirs, *shipped.rows)})
    await Policies(plant.database).publish_shipped(south, plant.now)
    await only_from_the_south(plant, 20, days=3)
    case = await short(plant)
    await plant.until(case, "sourcing")
    (asked,) = await plant.questions(case)
    assert (asked.site, asked.draft["topic"]) == ("south", "can:transfer-south")

    for name in ("paul", "sara"):
        with pytest.raises(NotAllowed):
            await give(plant, case, "transfer-south", name, quantity=20)
    await give(plant, case, "transfer-south", "stan", quantity=20)
    await plant.until(case, "awaiting_decision")
    chosen = (await plant.options(case))["transfer-south"]["option"]
    await plant.say(case, "awaiting_decision", "transfer-south", by="boris")
    await plant.until(case, "monitoring")

    assert (await awaited(plant, case)).quantity == Decimal(6)
    assert any("stan says so, sure" in line for line in chosen["because"])


async def test_what_another_site_refuses_to_give_is_no_way_and_its_planners_silence_is_no_consent(
    plant: RunningPlant,
) -> None:
    await only_from_the_south(plant, 20, days=3)
    case = await short(plant)

    await plant.say(case, "sourcing", "cannot", by="sara", reason="All of it is promised.")
    await plant.until(case, "awaiting_decision")
    refused = list(await plant.options(case))
    await plant.say(case, "awaiting_decision", "reject", by="boris", reason="Ask them again.")
    await plant.until(case, "sourcing")
    await plant.pass_time(case, timedelta(days=2))
    await quiet_until(plant, case, "awaiting_decision", "decision")

    assert refused == list(await plant.options(case)) == ["short"]


async def test_a_supplier_who_does_better_than_his_terms_is_heard_beside_the_decision(plant: RunningPlant) -> None:
    case = await short(plant)
    await plant.until(case, "awaiting_decision")

    moment, good = (plant.now + timedelta(days=4)).isoformat(), (plant.now + timedelta(days=2)).isoformat()
    said = {"quantity": "6", "at": moment, "cost": "120", "confidence": "sure", "valid_until": good}
    await plant.say(case, "awaiting_decision", "offered", by="dev", **said)
    await plant.when(lambda: costs(plant, case, "expedite-Foundry", "120"))

    option = (await plant.options(case))["expedite-Foundry"]["option"]
    assert option["deliveries"][0]["at"][:10] == moment[:10]
    assert any("dev says so" in line for line in option["because"])
    asked = {question.draft["topic"] for question in await plant.questions(case)}
    assert asked == {"decision"}


async def costs(plant: RunningPlant, case: str, option: str, cost: str) -> bool:
    """Whether the option costs that by now."""
    known = (await plant.options(case)).get(option)
    return known is not None and bool(known["option"]["cost"] == cost)
