"""What a row of a policy comes to: who, in which order, up to what, within which time, and on what it looks."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calendar import Duration
from domain.diagram import asked_of, policy_rows
from domain.policy import PolicyInputs, PolicyTable, Requirement, policy_of
from domain.policy_publishing import findings_of
from domain.policy_review import review
from domain.roles import Role, lead_of
from runtime.policies import FOLDER, read_policy

SHIPPED = read_policy(FOLDER / "order_change.yaml")


def table(*rows: dict[str, Any], further: tuple[dict[str, Any], ...] = (), **said: Any) -> PolicyTable:
    """A table of these rows; whatever they leave is for the planner."""
    rest = {"rule": "rest", "require": [{"role": "planner"}]}
    return policy_of(SHIPPED.model_dump(mode="json") | {"rows": [*rows, rest], "further": list(further)} | said)


def inputs(**said: Any) -> PolicyInputs:
    """The most harmless change there is, except for what is *said*."""
    harmless: dict[str, Any] = {
        "zone": "liquid", "promises_broken": False, "cost": Decimal(0), "value_change": Decimal(0),
        "value_change_ratio": Decimal(0), "all_pass": True, "offer": False,
    }  # fmt: skip
    return PolicyInputs(**harmless | said)


LIMITED = {
    "rule": "limited",
    "require": [{"role": "planner", "up_to": {"cost": 500, "quantity_change": 100}, "beyond": "sales_manager"}],
}


@pytest.mark.parametrize(
    ("said", "who", "over"),
    [
        ({"cost": Decimal(500), "quantity_change": Decimal(100)}, Role.PLANNER, ()),
        ({"cost": Decimal("500.01")}, Role.SALES_MANAGER, (Role.PLANNER,)),
        ({"quantity_change": Decimal(101)}, Role.SALES_MANAGER, (Role.PLANNER,)),
        ({"value_change": Decimal(10**6)}, Role.PLANNER, ()),
    ],
)
def test_beyond_his_limit_somebody_else_must_agree_in_his_place(
    said: dict[str, Any], who: Role, over: tuple[Role, ...]
) -> None:
    ruling = table(LIMITED).rule(inputs(**said))

    assert ruling.require == (Requirement(role=who),)
    assert ruling.over_limit == over


@pytest.mark.parametrize(
    ("value", "who"),
    [(Decimal(5000), Role.DISPATCH), (Decimal("5000.01"), Role.SHIPPING_MANAGER), (None, Role.SHIPPING_MANAGER)],
)
def test_what_is_worth_more_than_his_limit_or_nobody_knows_what_somebody_else_lets_go(
    value: Decimal | None, who: Role
) -> None:
    ruling = table({"rule": "limited", "require": [{"role": "dispatch", "up_to": {"value": 5000}}]}).rule(
        inputs(value=value)
    )

    assert ruling.require == (Requirement(role=who),)


def test_where_nobody_is_named_it_is_the_lead() -> None:
    ruling = table({"rule": "limited", "require": [{"role": "sales", "up_to": {"cost": 10}}]}).rule(
        inputs(cost=Decimal(11))
    )

    assert ruling.require == (Requirement(role=Role.SALES_MANAGER),)


def test_who_is_asked_for_another_reason_has_his_word_whatever_his_limit() -> None:
    also = {"rule": "also", "when": {"over_credit_limit": True}, "require": [{"role": "planner"}]}

    ruling = table(LIMITED, further=(also,)).rule(inputs(cost=Decimal(501), over_credit_limit=True))

    assert {need.role for need in ruling.require} == {Role.SALES_MANAGER, Role.PLANNER}
    assert ruling.over_limit == ()


amounts = st.decimals(min_value=0, max_value=1000, places=2)


@given(amounts, amounts, amounts)
def test_a_limit_never_asks_who_it_excludes_and_never_asks_nobody(
    cost: Decimal, limit: Decimal, other: Decimal
) -> None:
    row = {
        "rule": "limited",
        "require": [
            {"role": "planner", "up_to": {"cost": str(limit)}},
            {"role": "sales", "up_to": {"cost": str(other)}, "stage": 2},
        ],
    }

    ruling = table(row).rule(inputs(cost=cost))

    asked = {role for need in ruling.require for role in need.roles}
    assert (Role.PLANNER in asked) is (cost <= limit)
    assert (Role.SALES in asked) is (cost <= other)
    assert (Role.PLANT_MANAGER in asked) is (cost > limit)
    assert (Role.SALES_MANAGER in asked) is (cost > other)
    assert set(ruling.over_limit) == {Role.PLANNER, Role.SALES} - asked
    assert all(need.up_to is None for need in ruling.require)


def test_a_limit_is_no_way_in_which_worse_needs_fewer() -> None:
    assert review(table(LIMITED, {"rule": "never_mind", "when": {"zone": ["frozen"]}, "require": [{"role": "buyer"}]})
                  ).relaxations == ()  # fmt: skip


@pytest.mark.parametrize(
    ("when", "holds", "does_not"),
    [
        ({"specification": True}, {"specification": True}, {}),
        ({"severity": ["S1", "S2"]}, {"severity": "S2"}, {"severity": "S3"}),
        ({"severity": ["S1"]}, {"severity": "S1"}, {}),
        ({"quantity_change_over": 100}, {"quantity_change": Decimal(101)}, {"quantity_change": Decimal(100)}),
        ({"quantity_change_up_to": 100}, {"quantity_change": Decimal(100)}, {"quantity_change": Decimal(101)}),
    ],
)
def test_looks_at_specification_severity_and_quantity(
    when: dict[str, Any], holds: dict[str, Any], does_not: dict[str, Any]
) -> None:
    looking = table({"rule": "special", "when": when, "require": [{"role": "finance"}]})

    assert looking.rule(inputs(**holds)).rules == ("special",)
    assert looking.rule(inputs(**does_not)).rules == ("rest",)
    assert review(looking).dead == ()


def test_a_row_says_how_long_and_who_hears_of_it_and_what_it_leaves_open_the_table_says() -> None:
    at_once = {
        "rule": "at_once", "when": {"severity": ["S1"]}, "require": [{"role": "buyer"}],
        "within": {"clock": "PT1H"}, "ladder": [{"percent": 50}, {"percent": 100, "to": "plant_manager", "red": True}],
    }  # fmt: skip
    urgent = table(at_once)

    ruled, usual = urgent.rule(inputs(severity="S1")), urgent.rule(inputs(severity="S2"))

    assert ruled.within == Duration(clock=timedelta(hours=1))
    assert ruled.ladder is not None
    assert [(step.percent, step.to) for step in ruled.ladder] == [(50, None), (100, Role.PLANT_MANAGER)]
    assert (usual.within, usual.ladder) == (urgent.within["liquid"], None)
    assert ", within 1 hour; at 50 % a reminder, at 100 % plant manager (red)" in policy_rows(urgent.rows)[0][2]


def test_the_table_that_the_documentation_shows_can_be_published() -> None:
    page = (FOLDER.parent / "docs/policies.md").read_text(encoding="utf-8")
    shown = page.split("```yaml\n")[1].split("```")[0]

    assert findings_of(policy_of(yaml.safe_load(shown))).cases > 1000


@pytest.mark.parametrize(
    ("cost", "shipped", "shown"),
    [
        ("500", {(Role.BUYER, 1)}, {(Role.BUYER, 1)}),
        ("500.01", {(Role.BUYER, 1), (lead_of(Role.BUYER), 1)}, {(Role.BUYER, 2)}),
        ("5000.01", {(Role.BUYER, 1), (Role.PLANT_MANAGER, 1)}, {(Role.BUYER, 2), (Role.PLANT_MANAGER, 1)}),
    ],
)
def test_the_buyers_lead_agrees_to_a_costly_expedite_and_the_plant_manager_to_a_very_costly_one(
    cost: str, shipped: set[tuple[Role, int]], shown: set[tuple[Role, int]]
) -> None:
    comes_with_it = read_policy(FOLDER / "shortage.yaml")
    page = (FOLDER.parent / "docs/policies.md").read_text(encoding="utf-8")
    rows = yaml.safe_load(page.split("instead of expedite_costly\n")[1].split("```")[0])
    as_shown = policy_of(comes_with_it.model_dump(mode="json") | {"further": rows})

    def asked(policy: PolicyTable) -> set[tuple[Role, int]]:
        ruled = policy.rule(inputs(option="expedite", cost=Decimal(cost)))
        return {(need.role, need.count) for need in ruled.require}

    assert (asked(comes_with_it), asked(as_shown)) == (shipped, shown)


def test_a_role_in_two_rows_is_asked_once_as_early_and_as_strictly_as_either_wants() -> None:
    ruling = table(
        {"rule": "late", "require": [{"role": "finance"}, {"role": "planner", "stage": 2, "veto": False}]},
        further=({"rule": "early", "require": [{"role": "planner", "count": 2}]},),
    ).rule(inputs())

    assert ruling.require[1] == Requirement(role=Role.PLANNER, count=2)


def test_a_stage_in_two_rows_has_the_shorter_time_and_none_of_its_own_once_it_is_the_first() -> None:
    late = {"role": "finance", "stage": 2, "within": {"clock": "PT3H"}}
    sooner = late | {"within": {"clock": "PT2H"}}

    def asked(*further: dict[str, Any]) -> Requirement:
        added = ({"rule": "further", "require": list(further)},)
        return table({"rule": "x", "require": [{"role": "planner"}, late]}, further=added).rule(inputs()).require[1]

    assert asked(sooner) == Requirement.model_validate(sooner)
    assert asked({"role": "finance"}) == Requirement(role=Role.FINANCE)


@pytest.mark.parametrize(
    ("require", "said"),
    [
        ([{"role": "planner"}, {"role": "plant_manager", "stage": 2}], "planner, then plant manager"),
        (
            [{"role": "planner"}, {"role": "finance", "stage": 2, "within": {"working": "PT2H"}}],
            "planner, then finance within 2 working hours",
        ),
        (
            [
                {"role": "planner"},
                {
                    "role": "finance",
                    "stage": 2,
                    "within": {"clock": "PT2H"},
                    "ladder": [{"percent": 50}, {"percent": 100, "to": "plant_manager"}],
                },
            ],
            "planner, then finance within 2 hours (at 50 % a reminder, at 100 % plant manager)",
        ),
        (
            [{"role": "quality_engineer", "others": ["engineering"], "count": 2}],
            "2 of quality engineer or engineering",
        ),
        ([{"role": "planner"}, {"role": "finance", "count": 0}], "planner and finance (need not agree, may refuse)"),
        (
            [{"role": "sales", "up_to": {"cost": 500}}],
            "sales (up to cost 500, beyond it sales manager)",
        ),
    ],
)
def test_says_in_words_who_is_asked(require: list[dict[str, Any]], said: str) -> None:
    needs = tuple(Requirement.model_validate(need) for need in require)

    assert asked_of(automatic=False, require=needs) == said


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"require": [{"role": "planner", "others": ["planner"]}]}, "named twice"),
        ({"require": [{"role": "planner", "count": 0, "veto": False}]}, "leave it out"),
        ({"require": [{"role": "planner", "count": 0}]}, "must require somebody to agree"),
        ({"require": [{"role": "planner", "beyond": "finance"}]}, "Say up to what"),
        ({"require": [{"role": "plant_manager", "up_to": {"cost": 1}}]}, "Say who must agree beyond"),
        ({"require": [{"role": "planner", "up_to": {"costs": 1}}]}, "up_to.costs"),
        ({"require": [{"role": "planner"}], "ladder": []}, "at least one step"),
        ({"require": [{"role": "planner"}], "when": {"severity": ["S9"]}}, "severity"),
    ],
)
def test_refuses_a_row_that_cannot_be_met(row: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        table({"rule": "special"} | row)


@pytest.mark.parametrize("said", [{"within": {"clock": "PT1H"}}, {"ladder": [{"percent": 100}]}])
def test_a_further_row_sets_no_time(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="only add requirements"):
        table(further=({"rule": "more", "require": [{"role": "finance"}]} | said,))


def test_what_a_table_does_not_say_is_not_kept_and_so_changes_no_version() -> None:
    kept = SHIPPED.model_dump(mode="json")

    assert SHIPPED.version == "7645065e085a"
    assert set(kept) == {"process", "site", "effective_from", "rows", "further", "within"}
    assert set(kept["rows"][0]) == {"rule", "when", "automatic", "require"}
    assert set(kept["rows"][1]["require"][0]) == {"role", "count", "veto"}


def test_what_it_does_say_comes_back_as_it_was() -> None:
    full = table(
        {
            "rule": "full", "when": {"severity": ["S1"], "specification": True, "quantity_change_over": 5},
            "require": [{"role": "planner", "others": ["buyer"], "stage": 2, "up_to": {"cost": 1}, "beyond": "finance"},
                        {"role": "engineering"}],
            "within": {"clock": "PT1H"}, "ladder": [{"percent": 100, "to": "lead"}],
        },
        ladder=[{"percent": 90}],
        effective_until="2027-01-01T00:00:00Z",
    )  # fmt: skip

    again = PolicyTable.model_validate(full.model_dump(mode="json"))

    assert (again, again.version) == (full, full.version)
    assert full.version != table().version
