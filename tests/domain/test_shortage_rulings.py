"""Who must agree to which way out of a shortage."""

from __future__ import annotations

from decimal import Decimal

from domain.fact import Fact
from domain.processes.shortage import propose
from domain.roles import Role
from tests.domain.shortage import file_of, hurried, line, lot, part, receipt, supplier

NEEDS_TEN = line("SO-1", 10, at=5)


def agree(*facts: Fact) -> dict[str, set[Role]]:
    """Who must agree to each way, by its name."""
    return {
        ruled.option.name: {role for need in ruled.ruling.require for role in need.roles}
        for ruled in propose(file_of(*facts)).options
    }


def test_the_planners_lead_agrees_where_the_items_own_safety_stock_is_used_and_not_where_it_stays() -> None:
    known = agree(part(safety_stock=Decimal(8), suppliers=(supplier(days=2),)), lot(4), NEEDS_TEN)

    assert known["buy-Foundry"] == {Role.BUYER, Role.PLANT_MANAGER}
    assert known["buy-Foundry+kept"] == {Role.BUYER}
    assert Role.PLANT_MANAGER in known["short"]


def test_two_expedites_are_as_costly_as_both_together() -> None:
    orders = (receipt(5, at=9, name="PO-1"), receipt(5, at=9, name="PO-2"))

    one = agree(part(suppliers=(hurried(),)), orders[0], lot(5), NEEDS_TEN)
    both = agree(part(suppliers=(hurried(),)), *orders, NEEDS_TEN)

    assert one["expedite-PO-1"] == {Role.BUYER}
    assert both["expedite-PO-1+expedite-PO-2"] == {Role.BUYER, Role.PLANT_MANAGER}
