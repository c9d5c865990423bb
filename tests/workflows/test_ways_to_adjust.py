"""Each way to mend a plan, taken to its end: decided, written, worked by, and looked at when its time is over."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.calendar import Shift, WorkingCalendar
from domain.facts import Job, JobStatus
from domain.master_data import Calendar, WorkCenter
from domain.release import MachineState
from storage.reading_cases import CaseReader
from storage.tables.questions import QuestionRow
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE
from tests.workflows.test_schedule_adjustment import MACHINE, asked_anew, confirmed, offers_to_choose

ASSEMBLY = WorkCenter(site=SITE, work_center="ASSEMBLY", calendar="always", alternates=("SPARE",))
SPARE = WorkCenter(site=SITE, work_center="SPARE", calendar="always")


async def decision(plant: RunningPlant, case: str) -> tuple[str, str]:
    """The number and the context of the question which plan to take."""
    (asked,) = [asked for asked in await plant.questions(case) if asked.draft["topic"] == "decision"]
    return asked.id, asked.draft["context"]


async def handed_to(plant: RunningPlant, case: str, role: str) -> QuestionRow:
    """What *role* is asked when the plan is handed on."""
    await plant.until(case, "propagating")
    (asked,) = [asked for asked in await plant.questions(case) if asked.draft["topic"] == role]
    return asked


async def recovered(plant: RunningPlant, case: str) -> bool | None:
    """Whether the plan held, once J-2 was done as planned and its time is over."""
    await plant.until(case, "effective")
    job = await plant.fact(Job, "J-2")
    done = tuple(step.model_copy(update={"status": "done"}) for step in job.operations)
    await plant.tell(job.model_copy(update={"operations": done, "status": JobStatus.COMPLETE}))
    await plant.look_at_the_clock(job.ends_at + timedelta(hours=1) - plant.now)
    return (await CaseReader(plant.database).case(case, [SITE], job.ends_at)).recovered


async def test_no_work_is_moved_to_what_is_down_as_well_and_it_takes_over_once_it_works(plant: RunningPlant) -> None:
    await plant.tell(ASSEMBLY, SPARE)
    case = await confirmed(plant, hours=14)
    shown, _ = await decision(plant, case)

    await plant.tell(MachineState(site=SITE, work_center="SPARE", down=True))
    await plant.agree(case, "awaiting_decision", "alternate", but="carla")
    await plant.pass_time(case, timedelta(minutes=3, seconds=1))
    await plant.when(lambda: asked_anew(plant, case, shown))
    offered, (_, context) = set(await plant.options(case)), await decision(plant, case)
    await plant.tell(MachineState(site=SITE, work_center="SPARE", down=False))
    await plant.relay.once()
    await plant.pass_time(case, timedelta(minutes=3, seconds=1))
    await plant.when(lambda: offers_to_choose(plant, case, "alternate"))
    await plant.agree(case, "awaiting_decision", "alternate", but="carla")
    await plant.take_over(case)

    assert offered.isdisjoint({"alternate", "split"})
    assert "No work can be moved to SPARE now." in context
    assert await recovered(plant, case) is True
    assert [step.work_center for step in (await plant.fact(Job, "J-2")).operations] == ["SPARE"]


async def test_a_plan_that_does_not_fit_any_more_when_it_is_written_is_made_anew(plant: RunningPlant) -> None:
    await plant.tell(ASSEMBLY, SPARE)
    case = await confirmed(plant, hours=14)
    shown, _ = await decision(plant, case)
    before = await plant.fact(Job, "J-2")

    await plant.tell(ASSEMBLY.model_copy(update={"alternates": ()}))
    await plant.agree(case, "awaiting_decision", "alternate", but="carla")
    await plant.when(lambda: asked_anew(plant, case, shown))

    assert "alternate" not in await plant.options(case)
    assert await plant.fact(Job, "J-2") == before
    assert any("no longer possible" in line.reason for line in await plant.trail(case))


async def test_work_in_two_lots_is_told_to_production_lot_by_lot(plant: RunningPlant) -> None:
    await plant.tell(ASSEMBLY, SPARE)
    case = await confirmed(plant, hours=3)

    await plant.agree(case, "awaiting_decision", "split", but="carla")
    told = (await handed_to(plant, case, "production")).draft["context"]
    await plant.take_over(case)

    assert all(f"- J-2:10 ({lot}) on " in told for lot in (1, 2))
    assert all(f" on {machine}, from " in told for machine in ("SPARE", "ASSEMBLY"))
    assert await recovered(plant, case) is True


async def test_overtime_that_nobody_would_work_is_asked_anew_and_says_who_could_not(plant: RunningPlant) -> None:
    hour = plant.now.replace(minute=0, second=0)
    begins, ends = hour - timedelta(hours=2), hour + timedelta(hours=8)
    shifts = tuple(Shift(weekday=day, start=begins.time(), end=ends.time()) for day in range(7))
    await plant.tell(
        Calendar(site=SITE, calendar="day", working=WorkingCalendar(name="day", zone="UTC", shifts=shifts)),
        WorkCenter(site=SITE, work_center="ASSEMBLY", calendar="day", overtime_cost_per_hour=Decimal(60)),
    )
    case = await confirmed(plant, hours=4)
    before = await plant.fact(Job, "J-2")

    await plant.agree(case, "awaiting_decision", "overtime", but="carla")
    told = await handed_to(plant, case, "production")
    await plant.answer(told, "refuse", by="dora", reason="Nobody can stay today.")
    await plant.until(case, "awaiting_decision")
    again, (_, context) = await plant.fact(Job, "J-2"), await decision(plant, case)
    await plant.agree(case, "awaiting_decision", "overtime", but="carla")
    await plant.take_over(case)

    assert "ASSEMBLY works longer, from" in told.draft["context"]
    assert again == before
    assert "**Not taken over** by dora: Nobody can stay today." in context
    assert await recovered(plant, case) is True


async def test_others_who_cannot_after_all_are_not_proposed_again(plant: RunningPlant) -> None:
    case = await confirmed(plant, days=14)
    good = (plant.now + timedelta(days=2)).isoformat()
    offer = {"supplier": "Weber", "price_per_hour": "80", "lead_days": "1", "valid_until": good}
    await plant.say(case, "awaiting_decision", "offered", by="dev", **offer)
    await plant.when(lambda: offers_to_choose(plant, case, "outsource"))
    await plant.agree(case, "awaiting_decision", "outsource", but="carla")

    told = await handed_to(plant, case, "buyer")
    await plant.answer(told, "refuse", by="dev", reason="Weber is full.")
    await plant.until(case, "awaiting_decision")
    offered, topics = await plant.options(case), {asked.draft["topic"] for asked in await plant.questions(case)}
    await plant.say(case, "awaiting_decision", "offered", by="dev", **offer | {"supplier": "Huber"})
    await plant.when(lambda: offers_to_choose(plant, case, "outsource"))
    await plant.agree(case, "awaiting_decision", "outsource", but="carla")
    await plant.take_over(case)

    assert "outsource" not in offered
    assert topics == {"decision", "outside"}
    assert await recovered(plant, case) is True
    assert [step.supplier for step in (await plant.fact(Job, "J-2")).operations] == ["Huber"]


async def test_thirty_events_of_a_machine_in_three_minutes_leave_what_is_asked_asked(plant: RunningPlant) -> None:
    case = await confirmed(plant, hours=4)
    shown, _ = await decision(plant, case)
    before = (await plant.case(case)).assessment

    for number in range(30):
        await plant.tell_of(MACHINE.model_copy(update={"down": bool(number % 2), "because": f"Alarm {number}."}))
        await plant.relay.once()
    for _ in range(3):
        await plant.pass_time(case, timedelta(minutes=3, seconds=1))
        await plant.until(case, "awaiting_decision")

    # What came while it was quiet is looked at once more, and then nothing is left to look at.
    assert before < (await plant.case(case)).assessment <= before + 2
    assert (await decision(plant, case))[0] == shown
    assert [one.id for one in await plant.cases("schedule_adjustment")] == [case]
