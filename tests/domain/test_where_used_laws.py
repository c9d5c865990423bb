"""Whatever went into what, each lot that has of a suspect one is found, once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.fact import Reading
from domain.facts import Lot, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.held_lot.where_used import WhereUsedFound, judge, made_of
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
NAMES = tuple("ABCDEF")
parents = st.fixed_dictionaries({name: st.sets(st.sampled_from(NAMES)) for name in NAMES})


def lots(made_from: dict[str, set[str]]) -> list[Reading[Lot]]:
    """Lots that were made from others, in circles where sources say so."""
    return [
        Reading(
            fact=Lot(
                site=SITE, item="PUMP", lot=name, quantity=Decimal(1),
                made_from=tuple(sorted(f"PUMP:{parent}" for parent in of)),
            ),
            source="erp", version="1", as_of=NOW,
        )
        for name, of in made_from.items()
    ]  # fmt: skip


def made(lot: str, made_from: dict[str, set[str]]) -> list[Reading[Lot]]:
    """What is found to have of the lot."""
    everything = lots(made_from)

    async def children(of: Collection[str]) -> Sequence[Reading[Lot]]:
        return [one for one in everything if not set(of).isdisjoint(one.fact.made_from)]

    return asyncio.run(made_of("PUMP", lot, children))


@given(parents)
def test_finds_all_that_was_made_of_it_however_many_steps_on(made_from: dict[str, set[str]]) -> None:
    found = {one.fact.lot for one in made("A", made_from)}

    assert "A" not in found
    for name, of in made_from.items():
        if name != "A":
            assert (name in found) == bool(of & (found | {"A"}))


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(ShipmentStatus), st.integers(1, 9)), max_size=8))
def test_every_piece_that_left_is_with_a_customer_who_is_told(left: list[tuple[str, ShipmentStatus, int]]) -> None:
    of_it = made("A", {"A": set(), "B": {"A"}, "C": set()})
    shipments = [
        Reading(
            fact=Shipment(
                site=SITE, shipment=f"SH-{number}", status=status, ship_by=NOW,
                lines=(ShipmentLine(order=f"SO-{number % 3}", line="10", quantity=Decimal(quantity), lots=(lot,)),),
            ),
            source="erp", version="1", as_of=NOW,
        )
        for number, (lot, status, quantity) in enumerate(left)
    ]  # fmt: skip
    lines = [
        Reading(
            fact=OrderLine(
                site=SITE, order=f"SO-{number}", line="10", customer=f"C{number}", item="PUMP", quantity=Decimal(9),
                requested_at=NOW,
            ),
            source="erp", version="1", as_of=NOW,
        )
        for number in range(3)
    ]  # fmt: skip

    found = WhereUsedFound.model_validate(judge("PUMP", "A", of_it, shipments, lines, [], NOW).values)

    gone = ("dispatched", "delivered")
    total = sum(quantity for lot, status, quantity in left if lot in "AB" and status in gone)
    assert sum(one.quantity for name in found.customers for one in found.about(name)) == total
    assert found.shipped == sum(quantity for lot, status, quantity in left if lot == "A" and status in gone)
