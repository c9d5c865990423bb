"""A change that no event told of is found by looking, and opens a case once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from temporalio.testing import WorkflowEnvironment

from connectors.plant.plant import EmbeddedPlant
from domain.effect import ReviseOrderLine
from domain.evidence import digest
from domain.fact import Reading
from domain.facts import OrderLine
from relay.following import TAKEN_BACK
from relay.intake import IntakeRelay
from relay.sweep import FOUND, Sweep
from runtime.policies import publish_defaults
from storage.bypasses import BypassReader
from storage.database import Database
from storage.facts import FactStore
from storage.intake import IncomingEvent, Intake
from tests.relay.record import ERP, NOON, Clock, cases, line, trail
from tests.support.small_plant import SITE


async def loaded(record: Database, version: str, *, source: str = "file", **different: object) -> None:
    """The order line is different, and no event said so."""
    known = await line(record)
    told = OrderLine.model_validate(known.model_dump(mode="json") | different)
    as_of = datetime.now(UTC)
    await FactStore(record).keep([Reading(fact=told, source=source, version=version, as_of=as_of)])


async def look(record: Database, environment: WorkflowEnvironment) -> int:
    """How many changes are found that nobody told of."""
    return await Sweep(record, environment.client, now=lambda: datetime.now(UTC)).changes_nobody_told()


async def test_a_change_that_no_event_told_of_opens_a_case_once(
    record: Database, environment: WorkflowEnvironment
) -> None:
    was = await line(record)
    await loaded(record, "2", quantity="14")

    first = await look(record, environment)
    second = await look(record, environment)

    (case,) = await cases(record)
    assert (first, second) == (1, 0)
    assert (case.request["reason"], case.request["comment"]) == ("REGULARISE", FOUND)
    assert case.request["already_made"] is True
    assert case.before["fact"]["quantity"] == str(was.quantity)
    assert case.requester["id"] == "lockstep"


async def test_a_change_that_an_event_told_of_is_not_found_again(
    record: Database, environment: WorkflowEnvironment
) -> None:
    data = (await line(record)).model_dump(mode="json") | {"quantity": "14"}
    event = IncomingEvent(source="/erp", id="1", type="lockstep.fact.order_line.v1", data=data)
    await Intake(record).receive([event], ERP, (SITE,), NOON + timedelta(minutes=1))
    await IntakeRelay(record, {}, now=Clock()).once()

    assert await look(record, environment) == 0
    assert len(await cases(record)) == 1


async def test_an_event_that_comes_after_a_bypass_tells_of_both_changes(
    record: Database, environment: WorkflowEnvironment
) -> None:
    await loaded(record, "2", source="/erp", quantity="14")
    data = (await line(record)).model_dump(mode="json") | {"revision": "B"}
    now = datetime.now(UTC) + timedelta(minutes=1)
    event = IncomingEvent(source="/erp", id="1", type="lockstep.fact.order_line.v1", data=data)
    await Intake(record).receive([event], ERP, (SITE,), now)
    await IntakeRelay(record, {}, now=lambda: now).once()

    (case,) = await cases(record)
    assert (case.request["quantity"], case.request["revision"]) == ("14", "B")
    assert await look(record, environment) == 0


async def test_a_second_bypass_is_settled_with_the_first_from_what_was_decided_last(
    record: Database, environment: WorkflowEnvironment
) -> None:
    was = await line(record)
    await loaded(record, "2", quantity="14")
    await look(record, environment)
    await loaded(record, "3", quantity="14", revision="B")
    await look(record, environment)

    first, second = await cases(record)
    assert (second.supersedes, second.before["fact"]["quantity"]) == (first.id, str(was.quantity))
    assert (second.request["quantity"], second.request["revision"]) == ("14", "B")
    counted = await BypassReader(record).at_site(SITE, datetime.now(UTC))
    assert (counted.changes, counted.undecided, counted.rate) == (2, 2, 1)
    assert [one.became for one in counted.newest] == [f"superseding {second.id}", f"opened {first.id}"]


async def test_a_bypass_that_was_put_back_by_hand_needs_nobody_any_more(
    record: Database, environment: WorkflowEnvironment
) -> None:
    was = await line(record)
    await loaded(record, "2", quantity="14")
    await look(record, environment)
    await loaded(record, "3", quantity=str(was.quantity))
    await look(record, environment)

    (case,) = await cases(record)
    told = (await trail(record, case.id))[-1]
    assert (told.action, told.reason) == ("withdraw", TAKEN_BACK)


async def test_what_we_wrote_ourselves_is_no_bypass(record: Database, environment: WorkflowEnvironment) -> None:
    known = await FactStore(record).read(OrderLine, SITE, "SO-2:10")
    ours = ReviseOrderLine(
        site=SITE, order="SO-2", line="10", cancelled=True, item=known.fact.item,
        revision=known.fact.revision, quantity=known.fact.quantity, requested_at=known.fact.requested_at,
        promised_at=known.fact.promised_at, priority=known.fact.priority, expected=digest(known.fact),
    )  # fmt: skip
    plant = EmbeddedPlant(record)
    await plant.apply(ours, "OC-1/1")
    written = await look(record, environment)
    await plant.undo(ours, "OC-1/1")

    assert (written, await look(record, environment)) == (0, 0)
    assert await cases(record) == []


async def test_a_change_that_was_taken_back_before_anybody_looked_opens_nothing(
    record: Database, environment: WorkflowEnvironment
) -> None:
    was = await line(record)
    await loaded(record, "2", quantity="14")
    await loaded(record, "3", quantity=str(was.quantity))

    await look(record, environment)

    assert await cases(record) == []
    assert await look(record, environment) == 0


async def test_a_change_without_a_policy_waits_for_one(
    database: Database, record: Database, environment: WorkflowEnvironment
) -> None:
    known = await line(record)
    await FactStore(database).keep([Reading(fact=known, source="file", version="1", as_of=NOON)])
    await loaded(database, "2", quantity="14")

    without = await look(database, environment)
    await publish_defaults(database)
    with_one = await look(database, environment)

    assert (without, with_one) == (0, 1)
    assert len(await cases(database)) == 1
