"""A ship notice that is late: shipping hears of it once, and the daily report says how late it was in the end."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio.testing import WorkflowEnvironment

from domain.decision import Channel
from domain.fact import Fact
from domain.facts import Shipment
from domain.leaving.requested import DispatchReleaseRequest
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.release import Document
from domain.report_page import sentences
from relay.sweep import Sweep
from storage.cases import Cases
from storage.database import Database
from storage.reading_report import ReportReader
from tests.relay.record import ERP, NOON, Clock, messages, trail
from tests.relay.telling import reached, subjects
from tests.relay.telling import tell as deliver
from tests.storage.plant import tell
from tests.support.mail_server import MailBox
from tests.support.ready_shipment import has_left
from tests.support.small_plant import SITE

MINUTE = timedelta(minutes=1)


def gone(left_at: datetime) -> tuple[Fact, ...]:
    """SH-9, which has left at that time."""
    return tuple(
        fact.model_copy(update={"left_at": left_at}) if isinstance(fact, Shipment) else fact for fact in has_left(NOON)
    )


async def test_a_late_notice_is_told_to_shipping_once_and_timed_when_it_is_sent(
    record: Database, environment: WorkflowEnvironment, box: MailBox
) -> None:
    await reached(record, "sven", "emma")
    await tell(record, *gone(NOON), at=NOON)
    asked = DispatchReleaseRequest(shipment="SH-9", reason="LEFT")
    case = (await Cases(record).open(DISPATCH_RELEASE, SITE, asked, ERP, Channel.API, NOON)).case_id
    clock = Clock()

    async def look(later: timedelta) -> list[str]:
        clock.time = NOON + later
        for _ in range(2):
            await Sweep(record, environment.client, now=clock).moments_that_came()
        return [line.reason for line in await trail(record, case) if line.action.startswith("ship_notice")]

    early, late = await look(14 * MINUTE), await look(16 * MINUTE)
    await deliver(record, box, clock)
    notice = Document(site=SITE, shipment="SH-9", document="ship_notice", status="final", sent_at=NOON + 22 * MINUTE)
    await tell(record, notice, at=NOON + 22 * MINUTE)
    sent = await look(23 * MINUTE)

    gate = "SH-9 left at 2026-11-20 12:00 UTC, and its ship notice"
    assert (early, late) == ([], [f"{gate} has not been sent within 15 minutes."])
    assert sent == [*late, f"{gate} was sent at 2026-11-20 12:22 UTC, later than 15 minutes."]
    told = [event.body for event in await messages(record, "event") if event.body["happened"] == "ship_notice_late"]
    assert [(body["case_id"], body["to"]) for body in told] == [(case, "shipping_manager")]
    assert subjects(box) == [("sven", "[North] No ship notice sent: SH-9: received")]
    page = sentences(await ReportReader(record).of(SITE, NOON.date(), NOON + timedelta(days=1)))
    assert "Ship notices that were late: 1." in page
    assert f"- {case} (SH-9): {sent[-1]}" in page
