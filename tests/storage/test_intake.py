"""An event counts once, however often and from wherever it comes."""

from __future__ import annotations

from datetime import timedelta

from domain.decision import Principal, PrincipalKind
from storage.database import Database
from storage.intake import IncomingEvent, Intake, Received
from storage.tables.plant import EventRow
from tests.storage.plant import NOW, minutes, race, rows
from tests.support.small_plant import SITE

ERP = Principal(kind=PrincipalKind.MACHINE, id="erp")


def changed(event_id: str = "e-1", quantity: int = 50, source: str = "/erp/north") -> IncomingEvent:
    """The order book says something else about a line."""
    return IncomingEvent(
        source=source, id=event_id, type="order_line.changed", subject="SO-1:10", data={"quantity": quantity}
    )


async def receive(database: Database, *events: IncomingEvent) -> list[str]:
    """What became of each event."""
    received = await Intake(database).receive(events, ERP, [SITE], NOW)
    return [one.state for one in received]


async def test_events_are_kept_in_the_order_they_came(database: Database) -> None:
    states = await receive(database, changed("e-2"), changed("e-1"))

    due = await Intake(database).due(NOW, ours=False)
    assert states == ["received", "received"]
    assert [row.event_id for row in due] == ["e-2", "e-1"]
    assert [(row.received_from, row.sites) for row in due] == [("erp", [SITE])] * 2


async def test_an_event_that_comes_again_is_known(database: Database) -> None:
    await receive(database, changed())

    again = await receive(database, changed(), changed())

    assert again == ["known", "known"]
    assert len(await rows(database, EventRow)) == 1


async def test_an_event_that_is_twice_in_one_batch_counts_once(database: Database) -> None:
    states = await receive(database, changed(), changed())

    assert states == ["received", "known"]
    assert len(await rows(database, EventRow)) == 1


async def test_two_systems_may_number_their_events_alike(database: Database) -> None:
    states = await receive(database, changed(source="/erp/north"), changed(source="/mes/north"))

    assert states == ["received", "received"]


async def test_an_event_that_comes_from_several_places_in_the_same_instant_counts_once(
    database: Database, several: tuple[Database, ...]
) -> None:
    fared = await race(*(Intake(place).receive([changed()], ERP, [SITE], NOW) for place in several))

    states = [one.state for told in fared if not isinstance(told, BaseException) for one in told]
    assert sorted(states) == ["known"] * (len(several) - 1) + ["received"]
    assert len(await rows(database, EventRow)) == 1


async def test_batches_that_overlap_in_the_same_instant_lose_nothing(
    database: Database, several: tuple[Database, ...]
) -> None:
    batches = [[changed(f"e-{number}") for number in range(start, start + 5)] for start in range(len(several))]

    fared = await race(
        *(Intake(place).receive(batch, ERP, [SITE], NOW) for place, batch in zip(several, batches, strict=True))
    )

    assert [one for one in fared if isinstance(one, BaseException)] == []
    kept = await rows(database, EventRow)
    assert {row.event_id for row in kept} == {event.id for batch in batches for event in batch}
    assert len(kept) == len({row.event_id for row in kept})


async def test_another_event_under_a_known_number_is_a_conflict_and_changes_nothing(
    database: Database,
) -> None:
    await receive(database, changed(quantity=50))

    received = await Intake(database).receive([changed(quantity=60)], ERP, [SITE], NOW)

    (kept,) = await rows(database, EventRow)
    assert received == (Received(source="/erp/north", id="e-1", state="conflict"),)
    assert kept.data == {"quantity": 50}


async def test_two_events_under_one_number_in_the_same_instant_are_one_event_and_conflicts(
    several: tuple[Database, ...],
) -> None:
    fared = await race(
        *(Intake(place).receive([changed(quantity=number)], ERP, [SITE], NOW) for number, place in enumerate(several))
    )

    states = [one.state for told in fared if not isinstance(told, BaseException) for one in told]
    assert sorted(states) == ["conflict"] * (len(several) - 1) + ["received"]


async def test_an_event_that_could_not_be_worked_on_waits_ever_longer_and_is_never_dropped(
    database: Database,
) -> None:
    intake = Intake(database)
    await receive(database, changed())
    waits = []

    at = NOW
    for _ in range(12):
        (row,) = await intake.due(at, ours=False)
        await intake.later(row, at, "The order book does not answer.")
        (row,) = await rows(database, EventRow)
        waits.append(row.due_at - at)
        assert await intake.due(row.due_at - timedelta(milliseconds=1), ours=False) == ()
        at = row.due_at

    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=1), timedelta(minutes=5))


async def test_an_event_that_is_settled_is_not_worked_on_again(database: Database) -> None:
    intake = Intake(database)
    await receive(database, changed())
    (row,) = await intake.due(NOW, ours=False)

    await intake.settle(row, "done", "OC-1 was opened.")

    assert await intake.due(minutes(600), ours=False) == ()
    assert await receive(database, changed()) == ["known"]
