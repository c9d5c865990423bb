"""A fact is different: which cases hear of it, and how often."""

from __future__ import annotations

from decimal import Decimal

from connectors.plant.plant import EmbeddedPlant
from domain.effect import Reserve, key_of
from domain.facts import Lot
from storage.database import Database
from storage.tables.cases import CommandRow, TrailRow
from storage.tables.messages import OutboxRow
from tests.storage.plant import asked_to_decide, has_looked, minutes, rows, tell
from tests.support.small_plant import SITE


def valves(quantity: int) -> Lot:
    return Lot(site=SITE, item="VALVE", lot="V1", quantity=Decimal(quantity))


async def woken(database: Database, case: str) -> list[str]:
    """Why the case is to look again, each time it was told."""
    return [line.reason for line in await rows(database, TrailRow, case_id=case) if line.action == "look_again"]


async def test_a_case_that_is_to_look_again_is_not_told_once_more_before_it_has(database: Database) -> None:
    case = await asked_to_decide(database)
    await tell(database, valves(90), at=minutes(1))
    (told,) = await rows(database, CommandRow, case_id=case)

    await tell(database, valves(80), valves(70), at=minutes(2))
    (meanwhile,) = await rows(database, CommandRow, case_id=case)
    hints = [row for row in await rows(database, OutboxRow, case_id=case) if row.kind == "hint"]
    await has_looked(database, case)
    await tell(database, valves(60), at=minutes(3))

    assert meanwhile.number == told.number
    assert meanwhile.at > told.at
    assert len(hints) == 1
    assert await woken(database, case) == ["Lot VALVE:V1 changed: quantity, as erp says."] * 2


async def test_what_a_case_writes_itself_wakes_others_and_not_the_case(database: Database) -> None:
    writes, other = await asked_to_decide(database), await asked_to_decide(database, order="SO-4")
    set_aside = Reserve(site=SITE, item="VALVE", order="SO-1", line="10", quantity=Decimal(50), expires_at=None)

    plant = EmbeddedPlant(database)
    await plant.apply(set_aside, key_of(writes, 1, "1-write", 1))
    await has_looked(database, other)
    await plant.undo(set_aside, key_of(writes, 1, "1-write", 1))

    assert await woken(database, writes) == []
    assert await woken(database, other) == [
        "Reservation VALVE:SO-1:10 is new, as lockstep says.", "Reservation VALVE:SO-1:10 is gone."
    ]  # fmt: skip
