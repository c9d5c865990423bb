"""Which papers a shipment must have, and what they must say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.facts import Lot, Shipment, ShipmentLine
from domain.master_data import Customer
from domain.readiness.policy import Paper
from domain.readiness.shipments import content_of, documents_complete
from domain.readiness.truth import Truth
from domain.release import Document
from domain.roles import Role
from tests.domain.ready import POLICY, N, changed, codes, known, shipment_facts


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
