"""Whether jobs may start and shipments may go: only what is known to be so counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fact import Fact, Reading
from domain.facts import (
    Inspection,
    Job,
    JobOperation,
    JobStatus,
    Lot,
    LotStatus,
    OrderLine,
    Reservation,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
)
from domain.master_data import Component, Customer, Item
from domain.readiness.jobs import clear_to_start, materials_projected, materials_ready
from domain.readiness.judgement import Known, Readiness
from domain.readiness.policy import Paper, ReadinessPolicy
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
from domain.readiness.waiver import Waiver
from domain.release import Allocation, CustomerClearance, DispatchApproval, Document, Hold, Slot
from domain.roles import Role

N = "north"
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
PAPERS = ("packing_list", "certificate_of_analysis")
POLICY = ReadinessPolicy(
    site=N, effective_from=NOW, documents=tuple(Paper(document=name) for name in PAPERS),
    time_to_live={"lot": QUARTER, "slot": QUARTER, "allocation": QUARTER},
)  # fmt: skip


def known(*facts: Fact, old: timedelta = timedelta(0), now: datetime = NOW, waivers: tuple[Waiver, ...] = ()) -> Known:
    told = tuple(Reading[Any](fact=fact, source="erp", version="1", as_of=now - old) for fact in facts)
    return Known(now, told, POLICY, waivers)


def codes(found: Readiness) -> list[str]:
    return [f"{reason.thing}:{reason.code}" for reason in found.reasons]


def job_facts(second: LotStatus = LotStatus.UNRESTRICTED, expires: datetime | None = None) -> list[Fact]:
    """A job that needs ten of A and has six of L1 and four of L2."""
    lots = [
        Lot(site=N, item="A", lot=name, quantity=Decimal(count), status=status, expires_at=expires)
        for name, count, status in (("L1", 6, LotStatus.UNRESTRICTED), ("L2", 4, second))
    ]
    aside = [Allocation(site=N, job="J", item="A", lot=lot.lot, quantity=lot.quantity) for lot in lots]
    return [
        Item(site=N, item="P", components=(Component(item="A", per_piece=Decimal(1)),)), Item(site=N, item="A"),
        Job(site=N, job="J", item="P", quantity=Decimal(10), starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR),
        *lots, *aside,
    ]  # fmt: skip


def shipment_facts(
    *parts: int, lot: LotStatus = LotStatus.UNRESTRICTED, covered: int = 10, customer: str = "ACME"
) -> list[Fact]:
    """A picked shipment of lot L, in entries of so many pieces, ready in every way."""
    entries = tuple(ShipmentLine(order="SO", line="1", quantity=Decimal(part), lots=("L",)) for part in parts)
    leaving = Shipment(
        site=N, shipment="SH", status=ShipmentStatus.PICKED, ship_by=NOW + 2 * HOUR, lines=entries, picked_by=("paul",)
    )
    content = content_of(leaving)
    return [
        leaving,
        OrderLine(site=N, order="SO", line="1", customer=customer, item="P", quantity=Decimal(5), requested_at=NOW),
        Reservation(site=N, item="P", order="SO", line="1", quantity=Decimal(5)),
        Lot(site=N, item="P", lot="L", quantity=Decimal(10), status=lot, allowed_for=("ACME",)),
        Inspection(site=N, item="P", lot="L", inspection="FINAL", result="pass", covered=Decimal(covered)),
        *(Document(site=N, shipment="SH", document=d, status="final", describes=content) for d in PAPERS),
        Slot(
            site=N, shipment="SH", status="confirmed", starts_at=NOW, ends_at=NOW + HOUR, carrier="C", confirmed_at=NOW
        ),
        CustomerClearance(site=N, customer=customer, credit="ok", screening="ok"),
        DispatchApproval(site=N, shipment="SH", approved_by="anna", describes=content, valid_until=NOW + HOUR),
    ]  # fmt: skip


def changed(facts: list[Fact], kind: type[Fact], **values: Any) -> list[Fact]:
    return [fact.model_copy(update=values) if isinstance(fact, kind) else fact for fact in facts]


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


@pytest.mark.parametrize(("owner", "value"), [("ACME", Truth.TRUE), ("OTHER", Truth.FALSE)])
def test_material_that_belongs_to_a_customer_goes_into_nobody_else_s_jobs(owner: str, value: Truth) -> None:
    facts = changed(changed(job_facts(), Lot, owner=owner), Job, order="SO", line="1")
    line = OrderLine(site=N, order="SO", line="1", customer="ACME", item="P", quantity=Decimal(10), requested_at=NOW)

    assert materials_ready(N, "J", known(*facts, line)).value is value


def test_what_is_used_by_concession_leaves_with_a_certificate_that_says_so() -> None:
    facts = changed(shipment_facts(5), Lot, concession="0.1 mm over.")
    conformity = next(fact for fact in facts if isinstance(fact, Document)).model_copy(
        update={"document": "certificate_of_conformity"}
    )
    says = conformity.model_copy(update={"concessions": ("0.1 mm over.",)})

    assert documents_complete(N, "SH", known(*facts)).value is not Truth.TRUE
    silent = documents_complete(N, "SH", known(*facts, conformity))
    assert codes(silent) == ["certificate_of_conformity:concession_unsaid"]
    assert "0.1 mm over." in silent.reasons[0].text
    assert documents_complete(N, "SH", known(*facts, says)).value is Truth.TRUE


def test_v7_six_shipped_of_five_inspected_are_not_cleared() -> None:
    assert codes(qa_cleared(N, "SH", known(*shipment_facts(6, covered=5)))) == ["L:not_covered"]


def test_v8_papers_for_other_goods_and_drafts_do_not_count() -> None:
    facts = [
        fact.model_copy(update={"describes": "older"} if fact.document == "packing_list" else {"status": "draft"})
        if isinstance(fact, Document)
        else fact
        for fact in shipment_facts(5)
    ]

    found = documents_complete(N, "SH", known(*facts))

    assert codes(found) == ["packing_list:document_outdated", "certificate_of_analysis:document_draft"]
    assert found.value is Truth.FALSE


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


@pytest.mark.parametrize(
    ("way", "asked_for", "value", "why"),
    [
        ({"country": "DE", "mode": "air"}, (), Truth.TRUE, []),
        ({"country": "CH", "mode": "road"}, (), Truth.TRUE, []),
        ({"mode": "road"}, (), Truth.TRUE, []),
        ({"country": "CH", "mode": "air"}, (), Truth.UNKNOWN, ["SH:origin:missing"]),
        ({"country": "CH"}, (), Truth.UNKNOWN, ["SH:mode_unknown"]),
        ({}, (), Truth.UNKNOWN, ["SH:mode_unknown", "ACME:country_unknown"]),
        ({}, ("origin",), Truth.UNKNOWN, ["SH:origin:missing"]),
    ],
)
def test_a_paper_goes_with_what_goes_where_it_is_wanted(
    way: dict[str, str], asked_for: tuple[str, ...], value: Truth, why: list[str]
) -> None:
    origin = Paper(document="origin", countries=("CH", "NO"), modes=("sea", "air"))
    as_wanted = POLICY.model_copy(update={"documents": (*POLICY.documents, origin)})
    facts = changed(shipment_facts(5), Shipment, documents=asked_for, **way)

    found = documents_complete(N, "SH", replace(known(*facts), policy=as_wanted))

    assert (found.value, codes(found)) == (value, why)


@pytest.mark.parametrize(
    ("of_shipment", "of_customer", "of_site", "value", "why"),
    [
        (None, "CH", None, Truth.UNKNOWN, ["SH:origin:missing"]),
        (None, "DE", "CH", Truth.TRUE, []),
        ("DE", "CH", "CH", Truth.TRUE, []),
        (None, None, "CH", Truth.UNKNOWN, ["SH:origin:missing"]),
        (None, None, "DE", Truth.TRUE, []),
        (None, None, None, Truth.UNKNOWN, ["ACME:country_unknown"]),
    ],
)
def test_a_shipment_goes_where_it_says_else_where_its_customer_is_else_where_the_site_says(
    of_shipment: str | None, of_customer: str | None, of_site: str | None, value: Truth, why: list[str]
) -> None:
    origin = Paper(document="origin", countries=("CH",))
    own = POLICY.model_copy(update={"documents": (*POLICY.documents, origin), "country": of_site})
    facts = [
        *changed(shipment_facts(5), Shipment, country=of_shipment),
        Customer(site=N, customer="ACME", country=of_customer),
    ]

    found = documents_complete(N, "SH", replace(known(*facts), policy=own))

    assert (found.value, codes(found)) == (value, why)
    assert [reason.owner for reason in found.reasons if "country" in reason.code] == [Role.SALES] * (
        "country" in str(why)
    )


def test_a_paper_for_one_customer_in_a_country_goes_by_his_and_by_nobody_elses() -> None:
    leaving, line, *others = shipment_facts(5)
    other = line.model_copy(update={"order": "SO-2", "customer": "OTHER"})
    entry = ShipmentLine(order="SO-2", line="1", quantity=Decimal(1), lots=("L",))
    assert isinstance(leaving, Shipment)
    both = leaving.model_copy(update={"lines": (*leaving.lines, entry)})
    papers = [
        paper.model_copy(update={"describes": content_of(both)}) for paper in others if isinstance(paper, Document)
    ]
    where = [Customer(site=N, customer=name, country=to) for name, to in (("ACME", "DE"), ("OTHER", "CH"))]
    facts = known(both, line, other, *papers, *where)

    def asked_for(**of: Any) -> bool:
        paper = Paper(document="origin", countries=("CH",), **of)
        own = POLICY.model_copy(update={"documents": (*POLICY.documents, paper)})
        return codes(documents_complete(N, "SH", replace(facts, policy=own))) == ["SH:origin:missing"]

    assert (asked_for(), asked_for(customers=("OTHER",)), asked_for(customers=("ACME",))) == (True, True, False)


def test_a_paper_of_some_goods_is_asked_for_by_nobody_elses_way() -> None:
    origin = Paper(document="origin", customers=("OTHER",), countries=("CH",))
    as_wanted = POLICY.model_copy(update={"documents": (*POLICY.documents, origin)})

    assert documents_complete(N, "SH", replace(known(*shipment_facts(5)), policy=as_wanted)).value is Truth.TRUE


def test_what_nobody_says_of_the_way_changes_neither_the_version_of_a_policy_nor_what_a_shipment_is_known_by() -> None:
    (shipment, *_), paper = shipment_facts(5), Paper(document="labels")

    assert not {"country", "mode"} & set(shipment.model_dump())
    assert not {"countries", "modes"} & set(paper.model_dump())


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
