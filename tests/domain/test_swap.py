"""Taking other lots: several at once, and which of them cannot be."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.facts import Shipment, ShipmentLine
from domain.leaving.content import after_swap, why_no_swap
from domain.leaving.findings import LeavingFound
from domain.readiness.replacement import Replacement
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
FIRST, SECOND = "SO-1:10:V1", "SO-1:20:V1"


def instead(line: str, by: str, free: int) -> Replacement:
    """A lot of which so much is free, for a line that gets 30."""
    return Replacement(
        order="SO-1", line=line, lot="V1", quantity=Decimal(30), by=by, free=Decimal(free), expires_at=None
    )  # fmt: skip


FOUND = LeavingFound(
    shipment=Shipment(
        site=SITE, shipment="SH-9", ship_by=NOW,
        lines=tuple(
            ShipmentLine(order="SO-1", line=line, quantity=Decimal(30), lots=("V1",)) for line in ("10", "20")
        ),
    ),
    content="", customers=(), approval=None, approved=False, slot_ends_at=None,
    replacements=(instead("10", "V2", 50), instead("10", "V3", 30), instead("20", "V2", 50)),
)  # fmt: skip


def test_several_lots_are_taken_with_one_answer() -> None:
    said = {FIRST: "V3", SECOND: "V2"}

    assert why_no_swap(FOUND, said) == ""
    assert [line.lots for line in after_swap(FOUND, said)] == [("V3",), ("V2",)]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "Nobody said which lot is to leave instead."),
        ({FIRST: "V2", SECOND: "V2"}, "60 are wanted of lot V2, and 50 are free."),
        (
            {FIRST: "V4", SECOND: "V3"},
            "Lot V4 may not leave any more instead of SO-1:10:V1. Lot V3 may not leave any more instead of SO-1:20:V1.",
        ),
    ],
)
def test_each_that_cannot_be_is_named(said: dict[str, str], why: str) -> None:
    assert why_no_swap(FOUND, said) == why
