"""Who must agree to which way out of a shortage."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from domain.calendar import Duration
from domain.case import PastAnswer
from domain.fact import Fact
from domain.policy import PolicyTable, policy_of
from domain.processes.shortage import propose
from domain.roles import Role
from domain.shortage.giving import GIVE
from domain.shortage.inquiries import inquiries
from domain.shortage.known import found_out
from tests.domain.shortage import (
    NOW,
    SHIPPED,
    SITE,
    day,
    file_of,
    from_south,
    hurried,
    line,
    lot,
    part,
    receipt,
    supplier,
)

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


SOUTH = part().model_copy(update={"site": "south", "safety_stock": Decimal(5)})
FROM_SOUTH = (part(transfers=from_south(), suppliers=(supplier(days=4),)), SOUTH, NEEDS_TEN)


def giving(**then: Any) -> PolicyTable:
    """What the south says of giving its material away."""
    rows = ({"rule": "give", "when": {"option": ["give"]}, **then}, *SHIPPED.model_dump(mode="json")["rows"])
    return policy_of(SHIPPED.model_dump(mode="json") | {"site": "south", "rows": rows})


PLANNERS = giving(require=[{"role": "planner", "count": 2}], within={"clock": "PT3H"}, signed="given away")


def said(choice: str, **values: str) -> PastAnswer:
    """What the planners of the south have said."""
    return PastAnswer(
        step=2, state="sourcing", topic="can:transfer-south", choice=choice, people=("sara", "stan"), reason="So.",
        at=NOW, values=values,
    )  # fmt: skip


OFFERED = said(
    "offered", quantity="12", at=day(2).isoformat(), cost="80", confidence="sure", valid_until=day(1).isoformat()
)  # fmt: skip


def test_material_of_another_site_is_chosen_once_those_have_agreed_whom_its_own_policy_names() -> None:
    facts = (*FROM_SOUTH, lot(20, site="south"))
    unsaid, given, refused = (
        file_of(*facts, answers=answers, south=PLANNERS) for answers in ((), (OFFERED,), (said("cannot"),))
    )

    (asked,) = [one for one in inquiries(unsaid, found_out(unsaid)) if one.topic == "can:transfer-south"]
    offered, cannot = asked.choices

    assert (asked.site, asked.within) == ("south", Duration(clock=timedelta(hours=3)))
    assert [(need.role, need.count) for need in offered.require] == [(Role.PLANNER, 2)]
    assert (offered.title, cannot.title) == ("We give it away", "We keep it")
    assert (offered.signed, cannot.signed, asked.excluded) == ("given away", None, {"willa": "asked for it"})
    assert [[ruled.option.name for ruled in propose(file).options] for file in (unsaid, given, refused)] == [
        ["buy-Foundry", "short"], ["buy-Foundry", "transfer-south", "short"], ["buy-Foundry", "short"],
    ]  # fmt: skip
    assert "can:transfer-south" not in {one.topic for one in inquiries(given, found_out(given))}


def test_a_consent_is_good_as_long_as_it_was_given_for() -> None:
    facts = (*FROM_SOUTH, lot(20, site="south"))
    over = OFFERED.model_copy(update={"values": {**OFFERED.values, "valid_until": day(-1).isoformat()}})

    file = file_of(*facts, answers=(over,), south=PLANNERS)

    assert "transfer-south" not in {ruled.option.name for ruled in propose(file).options}
    assert "can:transfer-south" in {one.topic for one in inquiries(file, found_out(file))}


def test_a_site_whose_policy_says_nothing_of_it_or_gives_by_itself_is_not_asked_to_agree() -> None:
    facts = (*FROM_SOUTH, lot(20, site="south"))
    silent = SHIPPED.model_copy(update={"rows": tuple(row for row in SHIPPED.rows if row.when.option != (GIVE,))})

    for south in (silent, giving(automatic=True)):
        file = file_of(*facts, south=south)
        assert "transfer-south" in {ruled.option.name for ruled in propose(file).options}


def test_by_the_table_that_comes_with_lockstep_its_planner_agrees_and_for_safety_stock_the_plant_manager_too() -> None:
    file = file_of(*FROM_SOUTH, lot(12, site="south"))

    asked = {one.topic: one.choices[0].require for one in inquiries(file, found_out(file)) if one.site != SITE}

    assert {topic: [need.role for need in needs] for topic, needs in asked.items()} == {
        "can:transfer-south": [Role.PLANNER],
        "can:transfer-south-safety-stock": [Role.PLANNER, Role.PLANT_MANAGER],
    }  # fmt: skip
    assert "transfer-south" not in {ruled.option.name for ruled in propose(file).options}


def test_who_agrees_to_give_may_hang_on_the_safety_stock_there() -> None:
    rows = (
        {"rule": "kept", "when": {"option": ["give"], "safety_stock": True}, "require": [{"role": "plant_manager"}]},
        {"rule": "spare", "when": {"option": ["give"]}, "automatic": True},
        *SHIPPED.model_dump(mode="json")["rows"],
    )
    south = policy_of(SHIPPED.model_dump(mode="json") | {"site": "south", "rows": rows})

    file = file_of(*FROM_SOUTH, lot(12, site="south"), south=south)
    asked = {one.topic: one.choices[0].require[0].role for one in inquiries(file, found_out(file)) if one.site != SITE}

    assert asked["can:transfer-south-safety-stock"] is Role.PLANT_MANAGER
