"""The daily report reaches by mail who reads it, on the next working morning and once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from domain.calendar import Shift, WorkingCalendar
from domain.contact import Concern
from domain.decision import Channel
from domain.fact import Fact, Reading
from domain.master_data import Calendar, Site
from domain.roles import Role
from relay.sweep import Sweep
from storage.acting import Acting
from storage.database import Database
from storage.facts import FactStore
from storage.followings import Followings
from storage.force import Force
from storage.identity import Caller
from storage.tables.messages import OutboxRow
from storage.tables.notices import DailyReportRow
from tests.relay.record import Clock
from tests.relay.telling import PUBLIC, reached, subjects, tell
from tests.storage.plant import asked_to_decide, person, rows
from tests.support.mail_server import MailBox
from tests.support.small_plant import SITE

FRIDAY_NOON = datetime(2026, 11, 20, 13, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""Seven o'clock in winter is eight in Berlin."""


@pytest.fixture
def clock() -> Clock:
    """The relay's, on Friday after lunch."""
    return Clock()


@pytest.fixture
async def office(record: Database) -> Database:
    """The plant works from eight to four, on five days."""
    hours = tuple(Shift(weekday=day, start=time(8), end=time(16)) for day in range(5))
    facts: tuple[Fact, ...] = (
        Site(site=SITE, name="North", zone="Europe/Berlin", calendar="office"),
        Calendar(
            site=SITE, calendar="office", working=WorkingCalendar(name="office", zone="Europe/Berlin", shifts=hours)
        ),
    )
    told = [Reading(fact=fact, source="/erp", version="second", as_of=FRIDAY_NOON) for fact in facts]
    await FactStore(record).keep(told)
    return record


async def sent(record: Database, environment: WorkflowEnvironment, box: MailBox, clock: Clock) -> int:
    """What is due now leaves, and what is told together with it some minutes later."""
    due = await Sweep(record, environment.client, now=clock).reports_due()
    await tell(record, box, clock)
    clock.run_on(timedelta(minutes=6))
    await tell(record, box, clock)
    return due


async def first_report_sent(record: Database, environment: WorkflowEnvironment, box: MailBox, clock: Clock) -> None:
    """Thursday's has gone on Friday."""
    await sent(record, environment, box, clock)
    box.taken.clear()


async def test_what_happened_over_the_weekend_is_told_on_monday_morning_in_one_mail(
    office: Database, environment: WorkflowEnvironment, box: MailBox, clock: Clock
) -> None:
    await reached(office, "paul", "boris")
    await first_report_sent(office, environment, box, clock)
    case_id = await asked_to_decide(office, at=clock())
    adam = Acting(Caller(person("adam"), (SITE,), ()), Channel.API, clock())
    await Force(office).move(case_id, "withdrawn", "Nobody is in the house.", adam)
    clock.time = MONDAY - timedelta(minutes=1)

    early = await sent(office, environment, box, clock)
    clock.time = MONDAY
    due = await sent(office, environment, box, clock)
    again = await sent(office, environment, box, clock)

    assert (early, due, again) == (0, 3, 0)
    (mail,) = [message for message in box.taken if "notices" in str(message["Subject"])]
    assert str(mail["To"]).startswith("paul@")
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    for day in ("Fri 20 Nov 2026", "Sat 21 Nov 2026", "Sun 22 Nov 2026"):
        assert f"Daily report of {day}" in text
    assert f"{PUBLIC}/v1/sites/north/reports/daily?date=2026-11-20" in text
    assert (text.count("Moved by force: 1."), text.count("Moved by force: none.")) == (1, 2)
    assert "by Adam: Nobody is in the house." in text


async def test_administrators_and_who_asked_are_told_and_who_does_not_want_it_is_not(
    office: Database, environment: WorkflowEnvironment, box: MailBox, clock: Clock
) -> None:
    await reached(office, "adam", "boris", "petra")
    await reached(office, "paul", without=[Concern.REPORT])
    boris = Caller(person("boris"), (SITE,), (), {SITE: frozenset({Role.PLANNER})})
    await Followings(office).follow_report(SITE, boris, clock())

    await sent(office, environment, box, clock)

    title = "[North] Daily report of Thu 19 Nov 2026"
    assert subjects(box) == [("adam", title), ("boris", title)]


async def test_several_workers_send_it_once(office: Database, environment: WorkflowEnvironment, clock: Clock) -> None:
    looks = [Sweep(office, environment.client, now=clock).reports_due() for _ in range(4)]

    found = await asyncio.gather(*looks)

    assert sum(found) == 1
    assert len(await rows(office, DailyReportRow)) == 1
    assert len([row for row in await rows(office, OutboxRow, kind="notice") if row.body["occasion"] == "reported"]) == 1
