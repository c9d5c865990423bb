"""Lots on hold for long: whoever leads hears of it once, and the list says how they stand."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from domain.calendar import Duration
from domain.decision import Channel
from domain.fact import Reading
from domain.held_lot.hold_list import HoldList
from domain.held_lot.requested import QualityHoldRequest
from domain.processes.quality_hold import QUALITY_HOLD
from domain.release import Hold
from domain.roles import Role
from domain.timing import Age, Timing
from relay.sweep import Sweep
from runtime.policies import FOLDER, read_readiness_policy
from storage.cases import Cases
from storage.database import Database
from storage.facts import FactStore
from storage.readiness_policies import ReadinessPolicies
from storage.reading_holds import HoldReader
from tests.relay.record import ERP, NOON, Clock, messages, trail
from tests.relay.telling import PUBLIC, reached, subjects, tell
from tests.support.mail_server import MailBox
from tests.support.small_plant import SITE

DAY = timedelta(days=1)


async def stopped(record: Database, lot: str = "V1") -> str:
    """The case about a lot of valves that leaks."""
    asked = QualityHoldRequest(item="VALVE", lot=lot, reason="OTHER", severity="safety", defect="It leaks.")
    return (await Cases(record).open(QUALITY_HOLD, SITE, asked, ERP, Channel.API, NOON)).case_id


async def look(record: Database, environment: WorkflowEnvironment, later: timedelta) -> int:
    """How many holds were raised, so much later."""
    return await Sweep(record, environment.client, now=lambda: NOON + later).holds_that_aged()


async def listed(record: Database, later: timedelta) -> HoldList:
    """What is on hold, so much later."""
    return await HoldReader(record).hold_list(SITE, (SITE,), NOON + later)


async def test_is_raised_to_each_once_however_many_look(
    record: Database, environment: WorkflowEnvironment, box: MailBox
) -> None:
    await reached(record, "quin", "paul", "anna")
    case = await stopped(record)

    early = await look(record, environment, 5 * DAY - timedelta(seconds=1))
    raised = [sum(await asyncio.gather(*(look(record, environment, n * DAY) for _ in range(3)))) for n in (5, 6, 31)]
    clock = Clock()
    clock.time = NOON + 31 * DAY
    await tell(record, box, clock)

    lines = [line for line in await trail(record, case) if line.action == "hold_aged"]
    said = [event.body for event in await messages(record, "event") if event.body["happened"] == "hold_aged"]
    assert (early, raised) == (0, [1, 0, 1])
    assert [(line.role, line.reason) for line in lines] == [
        ("quality_engineer", "On hold since 2026-11-20, longer than 5 working days; now received."),
        ("plant_manager", "On hold since 2026-11-20, longer than 30 days; now received."),
    ]
    assert [(body["case_id"], body["to"]) for body in said] == [(case, "quality_engineer"), (case, "plant_manager")]
    told = "[North] Still on hold: VALVE:V1: received"
    assert subjects(box) == [("paul", told), ("quin", told)]


async def test_what_is_not_held_any_more_is_not_raised(record: Database, environment: WorkflowEnvironment) -> None:
    await stopped(record)
    hold = (await FactStore(record).read(Hold, SITE, "VALVE:V1")).fact
    lifted = hold.model_copy(update={"active": False})
    await FactStore(record).keep([Reading(fact=lifted, source="lockstep", version="9", as_of=NOON + DAY)])

    assert await look(record, environment, 40 * DAY) == 0
    assert (await listed(record, 40 * DAY)).holds == ()


async def test_a_site_says_itself_how_old_is_too_old(record: Database, environment: WorkflowEnvironment) -> None:
    await stopped(record)
    own = Timing(hold_ages=(Age(after=Duration(clock=DAY), to=Role.QUALITY_INSPECTOR),))
    shipped = read_readiness_policy(FOLDER / "readiness/default.yaml")
    await ReadinessPolicies(record).publish_shipped(shipped.model_copy(update={"site": SITE, "timing": own}), NOON)

    assert [await look(record, environment, later) for later in (DAY / 2, DAY, 40 * DAY)] == [0, 1, 0]
    assert [hold.raised_to for hold in (await listed(record, 40 * DAY)).holds] == [(Role.QUALITY_INSPECTOR,)]


async def test_the_list_is_sent_each_week_once_to_who_leads_quality_and_not_where_nothing_is_on_hold(
    record: Database, environment: WorkflowEnvironment, box: MailBox
) -> None:
    await reached(record, "quin", "boris")
    await reached(record, "rosa", without=["holds"])
    clock = Clock()
    sweep = Sweep(record, environment.client, now=clock)
    sent = []

    async def on(later: timedelta) -> None:
        clock.time = NOON + later
        sent.append(sum(await asyncio.gather(*(sweep.hold_lists_due() for _ in range(3)))))

    await on(timedelta(0))  # Friday: this week's is over, and nothing is on hold
    case = await stopped(record)
    await on(2 * DAY)
    await on(3 * DAY)
    await on(4 * DAY)
    await tell(record, box, clock)
    clock.run_on(timedelta(minutes=5))
    await tell(record, box, clock)

    text = box.taken[0].get_body(("plain",))
    assert text is not None
    said = " ".join(text.get_content().split())
    assert sent == [0, 0, 1, 0]
    assert subjects(box) == [("quin", "[North] Lots on hold: 1")]
    assert f"{case}: VALVE, lot V1, 100 worth 600, safety, since Fri 20 Nov 12:00: It leaks. Now received." in said
    assert f"{PUBLIC}/v1/sites/north/reports/holds" in said
