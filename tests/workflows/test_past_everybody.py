"""A shipment leaves, and a job is moved, with nobody here having decided it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.facts import Job, Shipment, ShipmentStatus
from domain.report_page import sentences
from domain.roles import Role
from relay.sweep import Sweep
from storage.calendars import day_at
from storage.reading_report import ReportReader
from tests.support.ready_shipment import ready_shipment
from tests.support.running_plant import RunningPlant
from tests.support.small_plant import SITE


async def look(plant: RunningPlant) -> None:
    """The sweep looks for what no event told."""
    await Sweep(plant.database, plant.environment.client).changes_nobody_told()
    await plant.relay.once()


async def test_what_left_unapproved_is_settled_by_whoever_should_have_let_it_go(plant: RunningPlant) -> None:
    await plant.tell(*ready_shipment(plant.now))
    case = (await plant.open("dispatch_release", by="emma", shipment="SH-9")).case_id
    await plant.until(case, "awaiting_approval")

    shipment = await plant.fact(Shipment, "SH-9")
    await plant.tell(shipment.model_copy(update={"status": ShipmentStatus.DISPATCHED}))
    await look(plant)
    asked = await plant.until(case, "left_unapproved")
    await plant.say(case, "left_unapproved", "done", by="sven", settled="The gate was told on Monday.")
    over = await plant.until(case, "dispatched_unapproved")

    assert (asked.owner, asked.due_at is not None) == (Role.SHIPPING_MANAGER, True)
    assert over.because == "SH-9 has left, and nobody had let it go. The gate was told on Monday."
    reasons = [line.reason for line in await plant.trail(case)]
    assert "Shipment SH-9 changed: status from picked to dispatched, as erp says." in reasons
    report = await today(plant)
    assert f"- shipment SH-9: status, as erp says. Became: known {case}." in report


async def test_what_left_unapproved_without_a_case_gets_one(plant: RunningPlant) -> None:
    shipment = await plant.fact(Shipment, "SH-4")
    await plant.tell(shipment.model_copy(update={"status": ShipmentStatus.DELIVERED}))

    await look(plant)

    (case,) = await plant.cases("dispatch_release")
    await plant.until(case.id, "left_unapproved")
    assert case.request["reason"] == "LEFT"


async def test_a_job_that_was_moved_into_the_way_of_another_is_looked_at_by_the_planner(plant: RunningPlant) -> None:
    job, other = await plant.fact(Job, "J-2"), await plant.fact(Job, "J-5")
    later = other.starts_at - job.starts_at + timedelta(minutes=30)
    await plant.tell(moved(job, later))

    await look(plant)
    (case,) = await plant.cases("schedule_adjustment")
    await plant.say(case.id, "awaiting_decision", "reject", by="boris", reason="The second machine comes on Friday.")
    await plant.until(case.id, "kept_plan")

    asked = (case.subject, case.request["reason"], case.request["reference"])
    assert asked == ("ASSEMBLY", "MOVED_ELSEWHERE", "J-2")
    assert f"- job J-2: starts at, ends at, as erp says. Became: opened {case.id}." in await today(plant)


def moved(job: Job, by: timedelta) -> Job:
    """The job with all its steps so much later."""
    steps = tuple(
        step.model_copy(update={"starts_at": step.starts_at + by, "ends_at": step.ends_at + by})
        for step in job.operations
    )
    when = {"starts_at": job.starts_at + by, "ends_at": job.ends_at + by}
    return job.model_copy(update=when | {"operations": steps})


async def today(plant: RunningPlant) -> tuple[str, ...]:
    """The daily report of today."""
    now = datetime.now(UTC)
    async with plant.database.reading() as session:
        day = await day_at(session, SITE, now)
    return sentences(await ReportReader(plant.database).of(SITE, day, now))
