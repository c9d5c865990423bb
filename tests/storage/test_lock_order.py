"""What reaches several cases or facts at once, at the same moment: nobody waits for each other, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count

from sqlmodel import delete

from domain.calendar import WorkingCalendar
from domain.decision import Channel
from domain.effect import EffectState, Reserve
from domain.fact import F, Reading
from domain.facts import Lot, OrderLine, Shipment
from domain.leaving.findings import judge
from domain.leaving.requested import DispatchReleaseRequest
from domain.leaving.vehicle import VehicleNews
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.release import Slot
from domain.roles import Role
from storage.cases import Cases
from storage.database import Database
from storage.readiness_history import ReadinessHistory
from storage.readiness_policies import ReadinessPolicies
from storage.record import CaseRecord
from storage.tables.cases import CaseRow, CommandRow, TrailRow
from storage.tables.plant import FactRow
from storage.tables.readiness import FactNewsRow, ThingRow
from storage.vehicles import Vehicles
from tests.storage.plant import NOW, ask, has_looked, minutes, move, person, proposal, race, rows, tell
from tests.support.ready_shipment import ready_shipment
from tests.support.small_plant import SITE

ROUNDS = 4
PLANT = ready_shipment(NOW)
SHIPMENT = next(fact for fact in PLANT if isinstance(fact, Shipment))
SLOT = next(fact for fact in PLANT if isinstance(fact, Slot))
# Promised for before the shipment could leave now.
LINE = next(fact for fact in PLANT if isinstance(fact, OrderLine)).model_copy(update={"promised_at": NOW})


async def opened(database: Database, name: str = "SH-9") -> str:
    """The id of a case about a shipment that is ready."""
    await tell(database, *ready_shipment(NOW, name=name), LINE)
    asked = DispatchReleaseRequest(shipment=name, reason="DUE")
    return (await Cases(database).open(DISPATCH_RELEASE, SITE, asked, person("emma"), Channel.API, NOW)).case_id


def said(fact: F) -> Reading[F]:
    return Reading(fact=fact, source="erp", version="1", as_of=NOW)


async def misses_its_slot(database: Database, case_id: str, slip: int) -> None:
    """SH-9 is found to have missed a slot, each *slip* another one; with its next step it asks for a later promise."""
    slot = SLOT.model_copy(update={"status": "missed", "ends_at": minutes(slip)})
    found = judge(said(SHIPMENT), [said(LINE)], None, said(slot), [], (), WorkingCalendar.always(), NOW)
    await CaseRecord(database).keep_evidence(case_id, slip, found)


async def test_an_order_change_and_the_release_that_asks_for_it_move_in_the_same_moment(
    several: tuple[Database, ...],
) -> None:
    release_at, change_at = several[:2]
    release = await opened(release_at)
    await move(release_at, release, 1, "assessing", assessment=1)
    await misses_its_slot(release_at, release, 1)
    await move(release_at, release, 2, "slot_missed", assessment=1)
    (change,) = [row.id for row in await rows(change_at, CaseRow, process="order_change")]
    await CaseRecord(change_at).keep_proposal(change, 1, proposal((Role.PLANNER,)))
    steps = count(1)

    for number in range(1, ROUNDS + 1):
        await move(change_at, change, next(steps), "assessing", assessment=1)
        await move(change_at, change, next(steps), "awaiting_decision", assessment=1)
        await has_looked(release_at, release)
        await move(release_at, release, 1 + 2 * number, "assessing", assessment=number + 1)
        await misses_its_slot(release_at, release, number + 1)
        fared = await race(
            move(release_at, release, 2 + 2 * number, "slot_missed", assessment=number + 1),
            move(change_at, change, next(steps), "committing", assessment=1, chosen="accept_as_asked"),
        )
        assert [one for one in fared if isinstance(one, BaseException)] == []

    lines = await rows(change_at, TrailRow, case_id=change)
    assert sorted(line.sequence for line in lines) == list(range(1, len(lines) + 1))
    assert len([line for line in lines if line.action == "requested_again"]) == ROUNDS
    woken = [row.reason for row in await rows(change_at, CommandRow, case_id=release)]
    assert woken.count(f"{change} is committing: SO-1:10.") == ROUNDS


async def test_the_gate_and_the_yard_speak_of_the_same_slots_in_the_same_moment(several: tuple[Database, ...]) -> None:
    gate, yard = several[:2]
    names = [f"SH-{number}" for number in range(11, 11 + ROUNDS)]
    for name in names:
        await move(gate, await opened(gate, name), 1, "assessing", assessment=1)
    later = {"starts_at": minutes(900), "ends_at": minutes(960)}
    news = VehicleNews(outcome="no_show", reason="Broken down.")

    fared = await race(
        *(Vehicles(gate).say(SITE, name, news, person("emma"), Channel.API, minutes(1)) for name in names),
        *(tell(yard, SLOT.model_copy(update={"shipment": name, **later}), at=minutes(2)) for name in reversed(names)),
    )

    assert [one for one in fared if isinstance(one, BaseException)] == []
    slots = [Slot.model_validate(row.body) for row in await rows(gate, FactRow, kind=Slot.kind)]
    assert [slot.starts_at for slot in slots] == [later["starts_at"]] * ROUNDS
    for case in await rows(gate, CaseRow, process="dispatch_release"):
        lines = await rows(gate, TrailRow, case_id=case.id)
        assert sorted(line.sequence for line in lines) == list(range(1, case.trail_length + 1))
        assert [line.action for line in lines].count("vehicle_no_show") == 1


async def test_what_a_source_says_later_stands_whoever_keeps_it_first(several: tuple[Database, ...]) -> None:
    def counted(quantity: int) -> list[Lot]:
        return [Lot(site=SITE, item="VALVE", lot=f"N{lot}", quantity=Decimal(quantity)) for lot in range(4)]

    fared = await race(
        *(
            tell(place, *(lots if number % 2 else reversed(lots)), at=minutes(number))
            for number, place in enumerate(several, start=1)
            for lots in [counted(number)]
        )
    )

    assert [one for one in fared if isinstance(one, BaseException)] == []
    known = [Lot.model_validate(row.body) for row in await rows(several[0], FactRow, kind=Lot.kind, item="VALVE")]
    assert [lot.quantity for lot in known if lot.lot.startswith("N")] == [len(several)] * 4


async def test_figures_begin_to_hold_while_news_has_the_same_things_looked_at(several: tuple[Database, ...]) -> None:
    here, there = several[:2]
    policies = ReadinessPolicies(here)
    shipped = (await policies.published())[0].table

    for day in range(1, ROUNDS + 1):
        figures = shipped.model_copy(update={"site": SITE, "effective_from": NOW + timedelta(days=day)})
        async with here.transaction() as session:
            await session.exec(delete(ThingRow))
            await session.exec(delete(FactNewsRow))
            for number in range(300, 100, -1):
                key, later = f"SH-{number}", figures.effective_from + timedelta(days=1)
                session.add(ThingRow(kind="shipment", site=SITE, key=key, due_at=later))
                session.add(FactNewsRow(kind="shipment", site=SITE, key=key, names=[]))
        fared = await race(policies.publish_shipped(figures, NOW), ReadinessHistory(there).spread_news(NOW))
        assert [one for one in fared if isinstance(one, BaseException)] == []
        assert {row.due_at for row in await rows(here, ThingRow)} == {NOW}


async def test_what_was_written_is_on_the_trail_once_though_a_step_runs_twice(several: tuple[Database, ...]) -> None:
    here, there = (CaseRecord(place) for place in several[:2])
    case_id = (await ask(several[0])).case_id
    reserve = Reserve(site=SITE, item="VALVE", order="SO-1", line="10", quantity=Decimal(50))
    keys = [f"{case_id}/{number}" for number in range(ROUNDS)]
    for key in keys:
        await here.plan_effect(case_id, key, reserve)

    for key in keys:
        fared = await race(*(place.settle_effect(key, EffectState.CONFIRMED, "R-1") for place in (here, there)))
        assert fared == [None, None]

    lines = await rows(several[0], TrailRow, case_id=case_id, action="effect_confirmed")
    assert sorted(line.details["key"] for line in lines) == keys
