"""However quantities are split or put together, nothing more is let go or used than may be."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.fact import Fact
from domain.facts import Inspection, Lot, Shipment, ShipmentLine
from domain.readiness.jobs import materials_ready
from domain.readiness.shipments import content_of, qa_cleared, ready_for_release
from domain.readiness.truth import Truth
from domain.release import Allocation, Document
from tests.domain.ready import N, changed, codes, job_facts, known, shipment_facts

Entry = tuple[str, tuple[str, ...], Decimal]

LOTS = ("L", "K")
quantity = st.integers(1, 20).map(lambda quarters: Decimal(quarters) / 4)
entry = st.tuples(st.sampled_from(("SH", "SH-2")), st.sampled_from((("L",), ("K",), LOTS)), quantity)


def shipments_of(entries: list[Entry], covered: dict[str, int]) -> list[Fact]:
    """Shipments with such entries, from lots of which so many were inspected, and otherwise ready in every way."""
    usual = shipment_facts(5)
    facts = [fact for fact in usual if not isinstance(fact, Shipment | Document | Lot | Inspection)]
    for lot, much in covered.items():
        facts += (fact.model_copy(update={"lot": lot}) for fact in usual if isinstance(fact, Lot))
        facts.append(Inspection(site=N, item="P", lot=lot, inspection="FINAL", result="pass", covered=Decimal(much)))
    for name in {shipment for shipment, _, _ in entries}:
        own = [(lots, much) for shipment, lots, much in entries if shipment == name]
        lines = tuple(ShipmentLine(order="SO", line="1", quantity=much, lots=lots) for lots, much in own)
        of_shipment = [fact for fact in usual if "shipment" in type(fact).model_fields]
        leaving = changed([fact.model_copy(update={"shipment": name}) for fact in of_shipment], Shipment, lines=lines)
        described = next(content_of(fact) for fact in leaving if isinstance(fact, Shipment))
        facts += changed(leaving, Document, describes=described)
    return facts


@given(st.lists(entry, min_size=1, max_size=5), st.integers(0, 12), st.integers(0, 12))
def test_what_leaves_was_inspected_and_ordered_however_it_is_split(entries: list[Entry], of_l: int, of_k: int) -> None:
    covered = {"L": of_l, "K": of_k}
    taken = {lot: sum(much for _, lots, much in entries if lot in lots) for lot in LOTS}
    ordered = sum(much for _, _, much in entries) <= 5

    facts = known(*shipments_of(entries, covered))

    for name in {shipment for shipment, _, _ in entries}:
        own = [lots for shipment, lots, _ in entries if shipment == name]
        inspected = all(len(lots) == 1 and taken[lots[0]] <= covered[lots[0]] for lots in own)
        ready = ready_for_release(N, name, facts)
        assert (qa_cleared(N, name, facts).value is Truth.TRUE) == inspected
        assert (ready.value is Truth.TRUE) == (inspected and ordered), codes(ready)


@given(
    st.dictionaries(st.tuples(st.sampled_from("JI"), st.sampled_from("ABC")), quantity, min_size=1), st.integers(1, 9)
)
def test_no_material_is_used_twice_however_jobs_and_lots_are_split(
    aside: dict[tuple[str, str], Decimal], in_each: int
) -> None:
    pump, part, job, *_ = job_facts()
    jobs = [job.model_copy(update={"job": name, "quantity": Decimal(5)}) for name in "JI"]
    lots = [Lot(site=N, item="A", lot=name, quantity=Decimal(in_each)) for name in "ABC"]
    told = [Allocation(site=N, job=name, item="A", lot=lot, quantity=much) for (name, lot), much in aside.items()]

    facts = known(pump, part, *jobs, *lots, *told)

    for name in "JI":
        own = {lot: much for (of, lot), much in aside.items() if of == name}
        there = all(sum(much for (_, lot), much in aside.items() if lot == one) <= in_each for one in own)
        assert (materials_ready(N, name, facts).value is Truth.TRUE) == (there and sum(own.values()) >= 5)
