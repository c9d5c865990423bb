"""A work centre stops: how the plan is mended, and who must know."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from domain.decision import ReasonMissing
from domain.facts import Job, JobOperation, JobStatus, Lot, Receipt, Shipment, ShipmentLine
from domain.master_data import WorkCenter
from domain.release import MachineState
from relay.sweep import Sweep
from relay.webhooks import type_of
from storage.reading_cases import CaseReader
from storage.tables.messages import OutboxRow
from tests.storage.plant import rows
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE
from tests.workflows.conftest import REPLAYED_TOO

MACHINE = MachineState(site=SITE, work_center="ASSEMBLY", down=True, because="The spindle runs hot.")


def soon(now: datetime) -> Job:
    """The job for SO-2 in an hour instead of next week: its five hours are in the way of any repair."""
    start = now.replace(second=0) + timedelta(hours=1)
    end = start + timedelta(hours=5)
    return Job(
        site=SITE, job="J-2", item="PUMP", quantity=Decimal(10), order="SO-2", line="10", status=JobStatus.RELEASED,
        starts_at=start, ends_at=end,
        operations=(
            JobOperation(operation=10, work_center="ASSEMBLY", minutes=Decimal(300), starts_at=start, ends_at=end),
        ),
    )  # fmt: skip


async def down(plant: RunningPlant) -> str:
    """The case about the assembly, which is down."""
    await plant.tell(soon(plant.now), MACHINE)
    opened = await plant.open(
        "schedule_adjustment", by="carla", work_center="ASSEMBLY", reason="MACHINE", comment="The spindle runs hot."
    )
    return opened.case_id


async def confirmed(plant: RunningPlant, **lasts: float) -> str:
    """The same, of which Carla knows how long it *lasts*."""
    case = await down(plant)
    until = (plant.now + timedelta(**lasts)).isoformat()
    await plant.say(case, "triage", "confirm", by="carla", until=until, confidence="likely")
    await plant.until(case, "awaiting_decision")
    return case


@REPLAYED_TOO
async def test_moves_what_cannot_be_done_as_planned_and_tells_who_works_by_the_plan(plant: RunningPlant) -> None:
    case = await confirmed(plant, hours=4)

    await plant.agree(case, "awaiting_decision", "do_nothing", but="carla")
    await plant.take_over(case)
    await plant.until(case, "effective")

    job = await plant.fact(Job, "J-2")
    assert job.starts_at >= plant.now + timedelta(hours=3, minutes=59)
    assert [effect.body["kind"] for effect in await plant.effects(case)] == ["reschedule_job"]


async def test_whoever_takes_another_plan_than_the_best_says_why(plant: RunningPlant) -> None:
    case = await confirmed(plant, days=9)
    (question,) = [one for one in await plant.questions(case) if one.draft["topic"] == "decision"]
    best, other, *_ = await plant.options(case)

    with pytest.raises(ReasonMissing):
        await plant.answer(question, other, by="boris")
    await plant.agree(case, "awaiting_decision", other, but="carla")
    await plant.until(case, "propagating")

    (taken,) = [line.details for line in await plant.trail(case) if line.details.get("chosen")]
    assert (taken["chosen"], taken["rank"]) == (other, 2)
    assert [one["reason_needed"] for one in question.draft["choices"] if one["name"] in (best, other)] == [False, True]


async def test_what_was_agreed_while_it_looks_again_counts_for_the_plan_that_was_shown(plant: RunningPlant) -> None:
    await plant.tell(Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(100)))
    case = await confirmed(plant, hours=4)
    (shown,) = [asked.id for asked in await plant.questions(case) if asked.draft["topic"] == "decision"]

    another = soon(plant.now).model_copy(update={"job": "J-9", "order": "SO-1"})
    await plant.tell(another)
    await plant.relay.once()
    await plant.agree(case, "awaiting_decision", "do_nothing", but="carla")
    await plant.pass_time(case, timedelta(minutes=3, seconds=1))
    await plant.when(lambda: asked_anew(plant, case, shown))
    await plant.agree(case, "awaiting_decision", "do_nothing", but="carla")
    await plant.take_over(case)
    await plant.until(case, "effective")

    (line,) = [line for line in await plant.trail(case) if line.action == "answers_lapsed"]
    assert "It now also moves J-9." in line.reason
    assert {effect.body["job"] for effect in await plant.effects(case)} == {"J-2", "J-9"}


@REPLAYED_TOO
async def test_dispatch_takes_it_over_too_where_a_shipment_is_to_be_ready_before(plant: RunningPlant) -> None:
    lines = (ShipmentLine(order="SO-2", line="10", quantity=Decimal(10)),)
    leaves = plant.now + timedelta(hours=7)
    await plant.tell(Shipment(site=SITE, shipment="SH-2", ship_by=leaves, lines=lines))
    case = await confirmed(plant, hours=4)

    await plant.agree(case, "awaiting_decision", "do_nothing", but="carla")
    await plant.until(case, "propagating")
    told = {asked.draft["topic"]: asked.draft["context"] for asked in await plant.questions(case)}
    await plant.take_over(case)
    await plant.until(case, "effective")

    assert set(told) == {"production", "warehouse", "dispatch"}
    assert "SH-2 is to be ready at" in told["dispatch"]
    assert "SH-2" not in told["production"]


async def test_whether_the_plan_held_is_on_the_trail_once_its_time_is_over(plant: RunningPlant) -> None:
    case = await confirmed(plant, hours=4)
    await plant.agree(case, "awaiting_decision", "do_nothing", but="carla")
    await plant.take_over(case)
    closed = await plant.until(case, "effective")
    job = await plant.fact(Job, "J-2")
    reader = CaseReader(plant.database)
    before = await reader.case(case, [SITE], plant.now)

    done = tuple(step.model_copy(update={"status": "done"}) for step in job.operations)
    await plant.tell(job.model_copy(update={"operations": done, "status": JobStatus.COMPLETE}))
    over = job.ends_at + timedelta(hours=1)
    for _ in range(2):
        await Sweep(plant.database, plant.environment.client, now=lambda: over).moments_that_came()
    after = await reader.case(case, [SITE], over)

    lines = [line for line in await plant.trail(case) if line.action == "plan_compared"]
    assert (before.recovered, after.recovered, after.state) == (None, True, "effective")
    assert [(one.job, one.planned_end) for one in after.plan] == [("J-2", job.ends_at)]
    assert [line.reason for line in lines] == [after.plan[0].because]
    sent = [row.body for row in await rows(plant.database, OutboxRow, case_id=case, kind="event")]
    (told,) = [body for body in sent if body["happened"] == "closed"]
    assert type_of(told) == "lockstep.schedule_adjustment.closed.v1"
    assert (told["recovered"], told["not_recovered"], told["state"]) == (True, [], "effective")
    assert told["because"] == after.plan[0].because
    assert after.closed_at == closed.closed_at


async def test_shows_each_plan_with_its_measures_one_by_one(plant: RunningPlant) -> None:
    case = await confirmed(plant, hours=4)

    options = await plant.options(case)

    assert "do_nothing" in options
    because = next(iter(options.values()))["option"]["because"]
    assert any("changes in the frozen window" in line for line in because)
    assert any("weighted days late" in line for line in because)
    assert any("for frozen window" in line and "(figures " in line for line in because)


async def test_ends_when_it_was_a_false_alarm(plant: RunningPlant) -> None:
    case = await down(plant)

    await plant.say(case, "triage", "false_alarm", by="carla", reason="Only the sensor.")
    ended = await plant.until(case, "no_action")

    assert ended.because == "Only the sensor."


async def test_ends_by_itself_when_the_machine_works_again(plant: RunningPlant) -> None:
    case = await down(plant)
    await plant.until(case, "triage")

    await plant.tell(MACHINE.model_copy(update={"down": False}))
    await plant.relay.once()
    await plant.pass_time(case, timedelta(minutes=3, seconds=1))
    await plant.until(case, "no_action")

    assert await plant.effects(case) == []


async def test_nothing_has_to_move_when_it_is_over_before_it_matters(plant: RunningPlant) -> None:
    await plant.tell(MACHINE)
    opened = await plant.open(
        "schedule_adjustment", by="carla", work_center="ASSEMBLY", reason="MAINTENANCE",
        until=plant.now + timedelta(hours=2),
    )  # fmt: skip

    ended = await plant.until(opened.case_id, "no_action")

    assert "as planned" in ended.because


async def test_the_plan_stays_when_the_planner_says_so(plant: RunningPlant) -> None:
    before = soon(plant.now)

    case = await confirmed(plant, hours=4)
    await plant.say(case, "awaiting_decision", "reject", by="boris", reason="It can wait.")
    await plant.until(case, "kept_plan")

    assert (await plant.fact(Job, "J-2")).starts_at == before.starts_at


async def test_a_promise_that_breaks_starts_a_change_of_the_order(plant: RunningPlant) -> None:
    case = await confirmed(plant, days=14)

    await plant.agree(case, "awaiting_decision", "do_nothing", but="carla")
    await plant.take_over(case)
    await plant.until(case, "effective")

    (followed,) = await plant.caused_by(case)
    assert (followed.process, followed.subject) == ("order_change", "SO-2:10")
    why = followed.request["comment"]
    assert why.startswith(f"{case} moved it for machine at ASSEMBLY")
    assert why.endswith(": Change nothing; what is held up pushes back what comes behind it.")


async def test_master_data_that_cannot_be_scheduled_is_somebody_s_to_mend(plant: RunningPlant) -> None:
    center = await plant.fact(WorkCenter, "ASSEMBLY")
    await plant.tell(center.model_copy(update={"calendar": "nowhere"}))
    case = await down(plant)

    await plant.say(case, "triage", "confirm", by="carla", until=(plant.now + timedelta(hours=4)).isoformat())
    lacking = await plant.until(case, "needs_information")

    assert "nowhere" in lacking.because


async def test_what_waits_for_material_is_planned_for_when_it_comes(plant: RunningPlant) -> None:
    comes = plant.now.replace(second=0) + timedelta(hours=6)
    await plant.tell(
        soon(plant.now),
        Lot(site=SITE, item="HOUSING", lot="H1", quantity=Decimal(0)),
        Receipt(site=SITE, receipt="PO-1", item="HOUSING", quantity=Decimal(17), expected_at=comes),
    )
    opened = await plant.open("schedule_adjustment", by="carla", work_center="ASSEMBLY", reason="MATERIAL")

    await plant.agree(opened.case_id, "awaiting_decision", "do_nothing", but="carla")
    await plant.take_over(opened.case_id)
    await plant.until(opened.case_id, "effective")

    assert (await plant.fact(Job, "J-2")).starts_at >= comes


async def test_the_buyer_asks_around_where_no_offer_is_on_file_and_others_do_the_work(plant: RunningPlant) -> None:
    case = await confirmed(plant, days=14)
    assert "outsource" not in await plant.options(case)

    good = (plant.now + timedelta(days=2)).isoformat()
    offer = {"supplier": "Weber", "price_per_hour": "80", "lead_days": "1", "valid_until": good}
    await plant.say(case, "awaiting_decision", "offered", by="dev", **offer)
    await plant.when(lambda: offers_to_choose(plant, case, "outsource"))
    option = (await plant.options(case))["outsource"]
    await plant.agree(case, "awaiting_decision", "outsource", but="carla")
    await plant.until(case, "propagating")
    (told,) = [asked for asked in await plant.questions(case) if asked.draft["topic"] == "buyer"]
    await plant.take_over(case)
    await plant.until(case, "effective")

    (step,) = (await plant.fact(Job, "J-2")).operations
    assert (step.supplier, step.work_center, step.ends_at - step.starts_at) == ("Weber", "ASSEMBLY", timedelta(days=1))
    needed = {need["role"] for need in option["ruling"]["require"]}
    assert {"buyer", "quality_engineer"} <= needed
    assert option["option"]["cost"] == "400"
    assert "To be ordered: Weber does J-2:10" in told.draft["context"]


async def test_production_puts_work_in_another_order_alone_when_no_planner_answers(plant: RunningPlant) -> None:
    case = await confirmed(plant, hours=4)
    (before,) = [asked for asked in await plant.questions(case) if asked.draft["topic"] == "decision"]
    await plant.answer(before, "resequence", by="dora", reason="It cannot wait.")

    await plant.pass_time(case, timedelta(minutes=61))
    await plant.when(lambda: asked_anew(plant, case, before.id))
    (alone,) = [asked for asked in await plant.questions(case) if asked.draft["topic"] == "decision"]
    needs = {choice["name"]: {need["role"] for need in choice["require"]} for choice in alone.draft["choices"]}
    await plant.answer(alone, "resequence", by="dora", reason="Nobody else is here.")
    await plant.take_over(case)
    await plant.until(case, "effective")

    assert needs["resequence"] == {"production"}
    assert "No planner answered in time" in alone.draft["context"]
    said = [line.reason for line in await plant.trail(case)]
    assert {"Nobody answered in the time given.", "Nobody else is here."} <= set(said)


async def asked_anew(plant: RunningPlant, case: str, before: str) -> bool:
    """Whether the decision is another question by now."""
    asked = [question for question in await plant.questions(case) if question.draft["topic"] == "decision"]
    return bool(asked) and asked[0].id != before


async def test_whoever_decides_is_told_how_often_the_plan_has_changed_in_this_shift(plant: RunningPlant) -> None:
    first = await confirmed(plant, hours=4)
    await plant.agree(first, "awaiting_decision", "do_nothing", but="carla")
    await plant.take_over(first)
    await plant.until(first, "effective")
    await plant.tell(MACHINE.model_copy(update={"down": False}))

    again = await plant.open(
        "schedule_adjustment", by="carla", work_center="ASSEMBLY", reason="LABOUR", until=plant.now + timedelta(hours=6)
    )
    await plant.until(again.case_id, "awaiting_decision")

    (asked,) = [one for one in await plant.questions(again.case_id) if one.draft["topic"] == "decision"]
    assert "Plans published here in this shift: 1, of 2 at most." in asked.draft["context"]


async def offers_to_choose(plant: RunningPlant, case: str, name: str) -> bool:
    """Whether the option can be chosen by now."""
    asked = await plant.questions(case)
    return any(choice["name"] == name for question in asked for choice in question.draft["choices"])
