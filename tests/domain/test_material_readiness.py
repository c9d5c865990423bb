"""For which jobs material may be used, and what of it is missing for what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.facts import Job, Lot, LotStatus, OrderLine
from domain.master_data import Component, Item
from domain.readiness.jobs import materials_ready
from domain.readiness.truth import Truth
from tests.domain.ready import NOW, N, changed, job_facts, known


@pytest.mark.parametrize(("owner", "value"), [("ACME", Truth.TRUE), ("OTHER", Truth.FALSE)])
def test_material_that_belongs_to_a_customer_goes_into_nobody_else_s_jobs(owner: str, value: Truth) -> None:
    facts = changed(changed(job_facts(), Lot, owner=owner), Job, order="SO", line="1")
    line = OrderLine(site=N, order="SO", line="1", customer="ACME", item="P", quantity=Decimal(10), requested_at=NOW)

    assert materials_ready(N, "J", known(*facts, line)).value is value


@pytest.mark.parametrize(
    ("scope", "value"),
    [
        ({"allowed_for": ("ACME",)}, Truth.TRUE), ({"allowed_for": ("J",)}, Truth.TRUE),
        ({"allowed_orders": ("SO",)}, Truth.TRUE), ({"allowed_for": ("OTHER",)}, Truth.FALSE),
    ],
)  # fmt: skip
def test_conditional_material_goes_into_the_jobs_it_is_for(scope: dict[str, Any], value: Truth) -> None:
    facts = changed(changed(job_facts(), Lot, status=LotStatus.CONDITIONAL, **scope), Job, order="SO", line="1")
    line = OrderLine(site=N, order="SO", line="1", customer="ACME", item="P", quantity=Decimal(10), requested_at=NOW)

    assert materials_ready(N, "J", known(*facts, line)).value is value


def test_what_is_missing_says_for_which_step() -> None:
    needs = Component(item="A", per_piece=Decimal(1), operation=20)
    facts = changed(job_facts(LotStatus.ON_HOLD), Item, components=(needs,))

    assert materials_ready(N, "J", known(*facts)).reasons[-1].text == "4 of A are missing for J at operation 20."
