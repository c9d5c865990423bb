"""Whether jobs may start and shipments may go: only what is known to be so counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fact import Fact
from domain.facts import Job, JobOperation, JobStatus, LineStatus, Lot, LotStatus, OrderLine, Reservation
from domain.readiness.jobs import clear_to_start, materials_projected, materials_ready
from domain.readiness.shipments import (
    content_of,
    customer_clear,
    dispatch_approved,
    documents_complete,
    production_complete,
    qa_cleared,
)
from domain.readiness.slots import slot_booked
from domain.readiness.truth import Truth, all_of
from domain.release import Allocation, DispatchApproval, Hold
from domain.roles import Role
from tests.domain.ready import HOUR, NOW, QUARTER, N, changed, codes, job_facts, known, shipment_facts


def test_v1_v2_a_held_lot_leaves_the_job_short_until_it_is_released() -> None:
    held = materials_ready(N, "J", known(*job_facts(LotStatus.ON_HOLD)))

    assert (held.value, codes(held)) == (Truth.FALSE, ["L2:on_hold", "A:4:short"])
    assert [reason.owner for reason in held.reasons] == [Role.QUALITY_ENGINEER, Role.BUYER]
    assert materials_ready(N, "J", known(*job_facts())).value is Truth.TRUE


def test_v3_stock_told_sixteen_minutes_ago_is_unknown() -> None:
    assert materials_ready(N, "J", known(*job_facts(), old=timedelta(minutes=16))).value is Truth.UNKNOWN
    assert materials_ready(N, "J", known(*job_facts(), old=QUARTER)).value is Truth.TRUE


def test_v4_a_lot_is_good_through_its_expiry() -> None:
    assert materials_ready(N, "J", known(*job_facts(expires=NOW + HOUR))).value is Truth.TRUE
    early = NOW + HOUR - timedelta(minutes=1)
    assert materials_ready(N, "J", known(*job_facts(expires=early))).value is Truth.FALSE


@pytest.mark.parametrize(("customer", "value"), [("ACME", Truth.TRUE), ("OTHER", Truth.FALSE)])
def test_v5_v6_a_conditional_lot_goes_to_the_customer_it_is_for(customer: str, value: Truth) -> None:
    facts = shipment_facts(5, lot=LotStatus.CONDITIONAL, customer=customer)

    assert qa_cleared(N, "SH", known(*facts)).value is value


def test_a_lot_for_an_order_leaves_for_no_other() -> None:
    facts = shipment_facts(5, lot=LotStatus.CONDITIONAL, customer="OTHER")

    assert qa_cleared(N, "SH", known(*changed(facts, Lot, allowed_orders=("SO",)))).value is Truth.TRUE
    assert qa_cleared(N, "SH", known(*changed(facts, Lot, allowed_orders=("SO-2",)))).value is Truth.FALSE


@pytest.mark.parametrize(("owner", "value"), [("ACME", Truth.TRUE), ("OTHER", Truth.FALSE)])
def test_a_lot_that_belongs_to_a_customer_leaves_for_nobody_else(owner: str, value: Truth) -> None:
    assert qa_cleared(N, "SH", known(*changed(shipment_facts(5), Lot, owner=owner))).value is value


def test_v7_six_shipped_of_five_inspected_are_not_cleared() -> None:
    assert codes(qa_cleared(N, "SH", known(*shipment_facts(6, covered=5)))) == ["L:not_covered"]


def test_v9_a_slot_told_an_hour_ago_is_unknown() -> None:
    assert slot_booked(N, "SH", known(*shipment_facts(5), old=HOUR)).value is Truth.UNKNOWN


def test_v10_to_v13_an_approval_counts_only_from_another_in_time_and_while_all_holds() -> None:
    facts = shipment_facts(5)

    assert dispatch_approved(N, "SH", known(*facts)).value is Truth.TRUE
    by_picker = changed(facts, DispatchApproval, approved_by="paul")
    assert codes(dispatch_approved(N, "SH", known(*by_picker))) == ["SH:four_eyes"]
    over = changed(facts, DispatchApproval, valid_until=NOW)
    assert codes(dispatch_approved(N, "SH", known(*over))) == ["SH:approval_over"]
    held = changed(facts, Lot, status=LotStatus.ON_HOLD)
    assert codes(dispatch_approved(N, "SH", known(*held))) == ["L:on_hold"]


@pytest.mark.parametrize(("good", "value"), [(79, Truth.FALSE), (80, Truth.TRUE)])
def test_v14_v15_what_is_made_and_what_is_set_aside_must_make_the_line(good: int, value: Truth) -> None:
    facts = _line_in_hand(good, aside=20)

    assert production_complete(N, "SO:1", known(*facts)).value is value


@pytest.mark.parametrize(
    ("good", "shipped", "value"), [(80, 5, Truth.FALSE), (80, 30, Truth.UNKNOWN), (80, 100, Truth.TRUE)]
)
def test_pieces_that_left_and_may_be_counted_already_do_not_make_a_line_complete(
    good: int, shipped: int, value: Truth
) -> None:
    facts = _line_in_hand(good, shipped=shipped)

    assert production_complete(N, "SO:1", known(*facts)).value is value


@pytest.mark.parametrize(
    ("other", "value"),
    [
        ({}, Truth.FALSE), ({"ships_with": None}, Truth.TRUE), ({"order": "SO-2"}, Truth.TRUE),
        ({"status": LineStatus.CANCELLED}, Truth.TRUE), ({"quantity": Decimal(0)}, Truth.TRUE),
    ],
)  # fmt: skip
def test_lines_that_ship_together_are_complete_when_all_of_them_are(other: dict[str, Any], value: Truth) -> None:
    line, *rest = _line_in_hand(80, aside=20)
    mine = line.model_copy(update={"ships_with": "G"})
    together = mine.model_copy(update={"line": "2", **other})

    assert production_complete(N, "SO:1", known(mine, *rest, together)).value is value


def _line_in_hand(good: int, *, aside: int = 0, shipped: int = 0) -> tuple[Fact, ...]:
    """A line of 100 whose job has ended with so many good pieces."""
    step = JobOperation(
        operation=10, work_center="W", minutes=Decimal(1), starts_at=NOW, ends_at=NOW, status="done", good=Decimal(good)
    )
    return (
        OrderLine(
            site=N, order="SO", line="1", item="P", quantity=Decimal(100), requested_at=NOW, shipped=Decimal(shipped)
        ),
        Reservation(site=N, item="P", order="SO", line="1", quantity=Decimal(aside)),
        Job(
            site=N, job="J", item="P", quantity=Decimal(80), order="SO", line="1", status=JobStatus.COMPLETE,
            starts_at=NOW, ends_at=NOW, operations=(step,),
        ),
    )  # fmt: skip


def test_what_is_stopped_by_its_name_stops_whoever_names_it() -> None:
    job = [fact for fact in job_facts() if fact.key != "A:L2"]
    shipment = [fact for fact in shipment_facts(5) if not isinstance(fact, Lot)]
    holds = [Hold(site=N, item=item, lot=lot, case="QH-1") for item, lot in (("A", "L2"), ("P", "L"))]

    of_job, of_shipment = materials_ready(N, "J", known(*job, *holds)), qa_cleared(N, "SH", known(*shipment, *holds))

    assert "L2:on_hold" in codes(of_job)
    assert (of_shipment.value, codes(of_shipment)) == (Truth.FALSE, ["P:L:missing", "L:on_hold"])


def test_nothing_leaves_for_a_line_that_is_just_being_changed() -> None:
    as_it_is = known(*shipment_facts(5))

    changing = customer_clear(N, "SH", replace(as_it_is, changing={"SO:1": "OC-1"}))
    another = customer_clear(N, "SH", replace(as_it_is, changing={"SO:2": "OC-1"}))

    assert (changing.value, codes(changing)) == (Truth.FALSE, ["SO:1:being_changed"])
    assert another.value is Truth.TRUE


def test_what_nobody_said_is_unknown() -> None:
    assert dispatch_approved(N, "SH", known()).value is Truth.UNKNOWN
    assert clear_to_start(N, "J", known(*job_facts())).value is Truth.UNKNOWN
    assert materials_projected(N, "J", known()).value is Truth.UNKNOWN


@given(st.lists(st.sampled_from(Truth), max_size=4))
def test_any_false_is_false_else_any_unknown_is_unknown_in_any_order(values: list[Truth]) -> None:
    expected = Truth.FALSE if Truth.FALSE in values else Truth.UNKNOWN if Truth.UNKNOWN in values else Truth.TRUE

    assert {all_of(order) for order in permutations(values)} == {expected}


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(0, 30))
def test_no_split_of_a_shipment_turns_false_into_true(parts: list[int], covered: int) -> None:
    whole, split = shipment_facts(sum(parts), covered=covered), shipment_facts(*parts, covered=covered)

    assert content_of(whole[0]) == content_of(split[0])  # type: ignore[arg-type]
    for ask in (qa_cleared, documents_complete, dispatch_approved):
        assert ask(N, "SH", known(*whole)).value is ask(N, "SH", known(*split)).value


def test_two_shipments_of_one_lot_are_counted_together() -> None:
    facts = shipment_facts(5, covered=6)
    second = facts[0].model_copy(update={"shipment": "SH-2"})

    assert qa_cleared(N, "SH", known(*facts)).value is Truth.TRUE
    assert qa_cleared(N, "SH", known(*facts, second)).value is Truth.FALSE


def test_a_held_lot_does_not_matter_where_the_others_suffice() -> None:
    facts = [*job_facts(), Lot(site=N, item="A", lot="L3", quantity=Decimal(1), status=LotStatus.ON_HOLD)]
    more = Allocation(site=N, job="J", item="A", lot="L3", quantity=Decimal(1))

    assert materials_ready(N, "J", known(*facts, more)).value is Truth.TRUE


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_no_split_of_material_into_lots_turns_false_into_true(parts: list[int]) -> None:
    lots = [Lot(site=N, item="A", lot=f"S{n}", quantity=Decimal(part)) for n, part in enumerate(parts)]
    aside = [Allocation(site=N, job="J", item="A", lot=lot.lot, quantity=lot.quantity) for lot in lots]

    found = materials_ready(N, "J", known(*job_facts()[:3], *lots, *aside))

    assert found.value is (Truth.TRUE if sum(parts) >= 10 else Truth.FALSE)
