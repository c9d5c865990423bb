"""Shipments that left and jobs that were moved, as another system tells it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.facts import Job, Shipment, ShipmentStatus
from domain.schedule.damping import Damping
from domain.schedule.policy import SchedulePolicy
from relay.sweep import Sweep
from storage.bypasses import BypassReader
from storage.database import Database
from storage.facts import FactStore
from storage.schedule_policies import PublishedSchedulePolicies
from tests.relay.record import NOON, Clock, cases
from tests.storage.plant import tell
from tests.support.ready_shipment import being_loaded, ready_shipment
from tests.support.small_plant import SITE


async def changed(record: Database, environment: WorkflowEnvironment, kind: type[Any], key: str, **now: Any) -> str:
    """What became of it, after the sweep, that this is different *now*; nothing where a decision stands behind it."""
    known = (await FactStore(record).read(kind, SITE, key)).fact
    await tell(record, known.model_copy(update=now), at=NOON + timedelta(minutes=1))
    await Sweep(record, environment.client, now=Clock()).changes_nobody_told()
    counted = await BypassReader(record).at_site(SITE, Clock()())
    assert counted.changes == 1
    return ", ".join(one.became or "counted" for one in counted.newest)


async def test_what_left_unapproved_is_counted_and_a_case_asks_about_it(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await tell(record, *ready_shipment(NOON), at=NOON)

    became = await changed(record, environment, Shipment, "SH-9", status=ShipmentStatus.DISPATCHED)

    (case,) = await cases(record)
    assert (case.process, case.request["reason"], became) == ("dispatch_release", "LEFT", f"opened {case.id}")


async def test_what_left_as_it_was_approved_is_no_change_past_everybody(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await tell(record, *being_loaded(NOON), at=NOON)

    assert await changed(record, environment, Shipment, "SH-9", status=ShipmentStatus.DISPATCHED) == ""


@pytest.mark.parametrize(("least", "cases_opened"), [(3, 1), (4, 0)])
async def test_how_far_a_job_must_be_moved_for_that_is_the_sites_figure(
    record: Database, environment: WorkflowEnvironment, least: int, cases_opened: int
) -> None:
    own = SchedulePolicy(site=SITE, effective_from=NOON, damping=Damping(least_move=timedelta(hours=least)))
    await PublishedSchedulePolicies(record).publish_shipped(own, NOON)
    job = (await FactStore(record).read(Job, SITE, "J-2")).fact

    await changed(record, environment, Job, "J-2", starts_at=job.starts_at - timedelta(hours=3))

    assert len(await cases(record)) == cases_opened


async def test_a_job_that_was_moved_far_is_looked_at_and_one_moved_a_little_only_counted(
    record: Database, environment: WorkflowEnvironment
) -> None:
    job = (await FactStore(record).read(Job, SITE, "J-2")).fact

    became = await changed(record, environment, Job, "J-2", starts_at=job.starts_at - timedelta(hours=3))
    before = await cases(record)
    await tell(record, job.model_copy(update={"ends_at": job.ends_at + timedelta(days=1)}), at=Clock()())
    await Sweep(record, environment.client, now=Clock()).changes_nobody_told()

    (case,) = await cases(record)
    assert (became, before, case.subject) == ("counted", [], "ASSEMBLY")
