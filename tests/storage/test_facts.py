"""Which of two words about the same thing is the later one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from domain.fact import Fact, Reading
from domain.facts import OrderLine
from storage.database import Database
from storage.facts import FactStore
from tests.storage.plant import minutes
from tests.support.small_plant import SITE


@pytest.mark.parametrize("source", ["erp", "lockstep"])
async def test_what_was_said_before_does_not_replace_what_was_said_after(database: Database, source: str) -> None:
    store = FactStore(database)
    known = await store.read(OrderLine, SITE, "SO-1:10")
    await store.keep([_said(known, "60", source, minutes(10))])

    changes = await store.keep([_said(known, "50", "erp", minutes(5))])

    assert changes == ()
    assert (await store.read(OrderLine, SITE, "SO-1:10")).fact.quantity == Decimal(60)


async def test_a_later_word_of_another_system_replaces_what_we_wrote(database: Database) -> None:
    store = FactStore(database)
    known = await store.read(OrderLine, SITE, "SO-1:10")
    await store.keep([_said(known, "60", "lockstep", minutes(10))])

    (change,) = await store.keep([_said(known, "70", "erp", minutes(11))])

    assert change.after.fact.quantity == Decimal(70)


def _said(known: Reading[OrderLine], quantity: str, source: str, at: datetime) -> Reading[Fact]:
    fact = known.fact.model_copy(update={"quantity": Decimal(quantity)})
    return Reading[Fact](fact=fact, source=source, version=f"{source}-{quantity}", as_of=at)
