"""A rule holds lots in the transaction that makes them fit, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.catalog import PROCESSES
from domain.decision import Channel, Principal, PrincipalKind
from domain.fact import Fact, Reading
from domain.facts import Lot
from domain.ports import NotInSystem
from domain.release import Hold, HoldRule
from storage.alone import alone
from storage.cases import Cases
from storage.database import Database
from storage.facts import FactStore, keep_fact
from tests.storage.plant import minutes
from tests.support.small_plant import SITE

RULE = HoldRule(site=SITE, by="machine", of="M3", because="Burrs.", case="QA-1")


def made(lot: str, on: str = "M3") -> Lot:
    """Valves of a machine."""
    return Lot(site=SITE, item="VALVE", lot=lot, quantity=Decimal(10), made_on=on)


def told(fact: Fact, at: int = 10, source: str = "erp") -> Reading[Fact]:
    """What a source says so many minutes on."""
    return Reading[Fact](fact=fact, source=source, version=f"{source}-{at}", as_of=minutes(at))


async def held(database: Database, lot: str) -> str:
    """For which reason nobody may use the lot; nothing if everybody may."""
    found = await FactStore(database).find(Hold, SITE, item="VALVE")
    return next((one.fact.because for one in found if one.fact.lot == lot and one.fact.active), "")


async def test_holds_what_is_there_what_comes_and_what_comes_to_fit(database: Database) -> None:
    store = FactStore(database)
    await store.keep([told(made("A")), told(made("B", on="M4"))])

    await store.keep([told(RULE)])
    assert (await held(database, "A"), await held(database, "B")) == ("Burrs.", "")

    await store.keep([told(made("B"), 11), told(made("C"), 11)])
    assert (await held(database, "B"), await held(database, "C")) == ("Burrs.", "Burrs.")


async def test_leaves_alone_what_was_let_go_and_what_we_write_ourselves(database: Database) -> None:
    store = FactStore(database)
    await store.keep([told(RULE), told(made("A"))])
    hold = await store.read(Hold, SITE, "VALVE:A")
    await store.keep([Reading[Fact](fact=hold.fact.model_copy(update={"active": False}), source="lockstep", version="x",
                                    as_of=datetime.now(UTC))])  # fmt: skip

    await store.keep([told(made("A").model_copy(update={"quantity": Decimal(5)}), 12)])
    await store.keep([told(made("A-1"), 12, source="lockstep")])

    assert (await held(database, "A"), await held(database, "A-1")) == ("", "")


async def test_neither_the_lot_nor_its_hold_is_kept_where_the_transaction_fails(database: Database) -> None:
    await FactStore(database).keep([told(RULE)])

    with pytest.raises(RuntimeError):
        await told_and_failed(database)

    assert await held(database, "A") == ""
    with pytest.raises(NotInSystem):
        await FactStore(database).read(Lot, SITE, "VALVE:A")


async def told_and_failed(database: Database) -> None:
    """Somebody tells of a lot, and something goes wrong before it is kept."""
    async with database.transaction() as session:
        await alone(session)
        await keep_fact(session, told(made("A")))
        raise RuntimeError


async def test_an_alert_is_in_force_with_the_request(database: Database) -> None:
    await FactStore(database).keep([told(made("A"))])
    alert, ines = PROCESSES["quality_alert"], Principal(kind=PrincipalKind.PERSON, id="ines")
    asked = alert.request.model_validate({"machine": "M3", "defect": "Burrs.", "reason": "MACHINE"})

    opened = await Cases(database).open(alert, SITE, asked, ines, Channel.API, minutes(11))
    again = await Cases(database).open(alert, SITE, asked, ines, Channel.API, minutes(12))

    assert (opened.result, again.result, again.case_id) == ("opened", "known", opened.case_id)
    assert await held(database, "A") == "Burrs."
    assert (await FactStore(database).read(HoldRule, SITE, "machine:M3")).fact.case == opened.case_id
