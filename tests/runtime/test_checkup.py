"""What a look at an installation finds, and what it says mends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, delete, select

from domain.calendar import DayException, WorkingCalendar
from domain.decision import Principal, PrincipalKind
from domain.master_data import Calendar, Site
from domain.roles import Role
from runtime.checkup.clocks import clock
from runtime.checkup.engine import _versions
from runtime.checkup.keys import of_keys
from runtime.checkup.line import Health, Line
from runtime.checkup.plant import of_plant
from runtime.checkup.record import of_record
from runtime.credentials import MACHINE, credential, new_secret
from storage.credentials import Credentials
from storage.database import Database
from storage.migration import upgrade
from storage.outbox import MessageKind, Outbox
from storage.tables.messages import DeliveryRow
from storage.tables.plant import EventRow
from storage.tables.policies import PolicyRow
from tests.storage.plant import NOW, ask, asked_to_decide, keep_the_plant, move, tell
from tests.support.small_plant import SITE

LONG_AGO = timedelta(minutes=10)


@pytest.fixture(params=["sqlite", "postgresql"])
def record_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty record, on each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
async def record(record_url: str) -> AsyncIterator[Database]:
    """A record of the small plant."""
    await asyncio.to_thread(upgrade, record_url)
    database = Database(record_url)
    await keep_the_plant(database)
    yield database
    await database.close()


def unwell(lines: list[Line]) -> dict[str, Line]:
    return {line.about: line for line in lines if line.health is not Health.OK}


async def test_finds_nothing_in_a_plant_that_has_what_it_needs(record: Database) -> None:
    assert unwell([*await of_record(record), *await of_plant(record, NOW), *await of_keys(record)]) == {}


async def test_a_message_that_nobody_passes_on_means_that_no_worker_runs(record: Database) -> None:
    await ask(record)
    (message,) = await Outbox(record).due(MessageKind.START, datetime.now(UTC))
    async with record.transaction() as session:
        message.due_at -= LONG_AGO
        session.add(message)

    found = unwell(await of_record(record))

    assert found["messages"].health is Health.BROKEN
    assert "nobody passes them on" in found["messages"].what
    assert "lockstep serve worker" in found["messages"].mend


async def test_a_message_that_is_not_taken_has_the_reason_with_it(record: Database) -> None:
    await ask(record)
    now = datetime.now(UTC)
    (message,) = await Outbox(record).due(MessageKind.START, now)
    await Outbox(record).later(message, now, "Temporal cannot be reached.")

    found = unwell(await of_record(record))

    # It was kept when the story begins, long before it was tried.
    assert found["messages"].health is Health.BROKEN
    assert found["messages"].what.endswith("UTC: Temporal cannot be reached.")


async def test_events_that_wait_or_were_set_aside_are_told(record: Database) -> None:
    async with record.transaction() as session:
        for number, state in enumerate(("waiting", "failed")):
            long_ago = datetime.now(UTC) - LONG_AGO
            session.add(
                EventRow(
                    source="erp", event_id=str(number), type="x", digest="", received_at=long_ago, received_from="erp",
                    state=state, due_at=long_ago, trace={},
                )
            )  # fmt: skip

    found = unwell(await of_record(record))

    assert (found["events"].health, found["events set aside"].health) == (Health.BROKEN, Health.WARNING)
    assert "1 events cannot be used" in found["events set aside"].what


async def test_a_case_that_nobody_is_waited_for_in_and_that_does_not_go_on_is_named(record: Database) -> None:
    waits_for_a_planner = await asked_to_decide(record, order="SO-2")
    case_id = await asked_to_decide(record)
    await move(record, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")

    found = unwell(await of_record(record))["cases"]

    assert waits_for_a_planner != case_id
    assert found.health is Health.BROKEN
    assert f"1 stand still and wait for nobody, {case_id} in committing" in found.what
    assert "order_change/north/SO-1:10" in found.mend


async def test_a_receiver_that_was_given_up_on_is_named_with_what_stood_against_the_last_message(
    record: Database,
) -> None:
    async with record.transaction() as session:
        for number, state, why in ((1, "dead", "500"), (2, "dead", "no route"), (3, "delivered", "")):
            session.add(
                DeliveryRow(
                    number=number, receiver="boards", case_id="OC-1", state=state, attempts=14, error=why, due_at=NOW
                )
            )

    (line,) = [line for line in await of_record(record) if line.about == "receiver boards"]

    assert (line.health, line.what) == (Health.WARNING, "2 messages were given up on. The newest: no route")


async def test_a_site_without_a_policy_is_broken_and_so_is_a_process_that_has_none(record: Database) -> None:
    async with record.transaction() as session:
        await session.exec(delete(PolicyRow).where(col(PolicyRow.process) == "order_change"))

    found = unwell(await of_plant(record, NOW))

    assert found[f"policies of {SITE}"].health is Health.BROKEN
    assert "None is in force for order_change" in found[f"policies of {SITE}"].what


async def test_a_policy_that_ends_soon_is_told_before_it_does(record: Database) -> None:
    async with record.transaction() as session:
        for row in (await session.exec(select(PolicyRow))).all():
            row.effective_until = NOW + timedelta(days=3)
            session.add(row)

    found = unwell(await of_plant(record, NOW))

    assert found[f"policies of {SITE}"].health is Health.WARNING
    assert "ends within 14 days" in found[f"policies of {SITE}"].what


@pytest.mark.parametrize(
    ("site", "calendar", "health", "what"),
    [
        ({"calendar": "nowhere"}, {}, Health.BROKEN, "There is no calendar nowhere"),
        ({"role_calendars": {Role.BUYER: "office"}}, {}, Health.BROKEN, "There is no calendar office"),
        ({}, {"shifts": ()}, Health.BROKEN, "no working time in the two years"),
        (
            {},
            {"exceptions": (DayException(date=date(2025, 12, 26)),)},
            Health.WARNING,
            "knows no holiday after 2025-12-26",
        ),
    ],
)
async def test_a_calendar_that_no_deadline_can_be_counted_in_is_found(
    record: Database, site: dict[str, object], calendar: dict[str, object], health: Health, what: str
) -> None:
    working = WorkingCalendar.always().model_copy(update=calendar)
    plant = Site(site=SITE, name="North", calendar="always").model_copy(update=site)
    await tell(record, plant, Calendar(site=SITE, calendar="always", working=working), at=NOW + timedelta(minutes=1))

    found = unwell(await of_plant(record, NOW))[f"calendars of {SITE}"]

    assert found.health is health
    assert what in found.what


async def test_a_key_that_ends_soon_is_named_with_the_command_for_another(record: Database) -> None:
    now = datetime.now(UTC)
    erp = Principal(kind=PrincipalKind.MACHINE, id="erp", name="erp")
    for days in (5, 90):
        kept = credential(new_secret(MACHINE), erp, (SITE,), ("events",))
        ending = type(kept)(**{**vars(kept), "expires_at": now + timedelta(days=days)})
        await Credentials(record).keep(ending, now)

    (line,) = unwell(await of_keys(record)).values()

    assert line.about.startswith("key ")
    assert line.mend.endswith("lockstep credential machine erp --site north")


@pytest.mark.parametrize(
    ("ahead", "health", "how"),
    [
        (0, Health.OK, "agree"),
        (1.5, Health.OK, "agree"),
        (-3, Health.WARNING, "3 seconds behind ours"),
        (40, Health.BROKEN, "40 seconds ahead of ours"),
    ],
)
def test_clocks_that_differ_are_found(ahead: float, health: Health, how: str) -> None:
    line = clock("database clock", NOW + timedelta(seconds=ahead), NOW, NOW)

    assert line.health is health
    assert how in line.what


def test_an_answer_that_took_long_is_no_difference_of_clocks() -> None:
    line = clock("database clock", NOW + timedelta(seconds=4), NOW, NOW + timedelta(seconds=9))

    assert line.health is Health.OK


def test_workers_of_another_version_are_told() -> None:
    line = _versions({"lockstep 0.0.9 7@plant", "somebody@else"})

    assert line.health is Health.WARNING
    assert "0.0.9, unknown (somebody@else)" in line.what
