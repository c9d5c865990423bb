"""A policy is tried on every case there can be before anybody relies on it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import PolicyInputs, PolicyTable, policy_of
from domain.policy_review import differences, every_case, review
from runtime.policies import FOLDER

DOCUMENT: dict[str, Any] = yaml.safe_load((FOLDER / "order_change.yaml").read_text(encoding="utf-8"))
TABLE = policy_of(DOCUMENT)
RULINGS = {(tried.zone, TABLE.rule(tried).rules) for tried in every_case(TABLE)}

amounts = st.decimals(min_value=0, max_value=20_000, places=2)
cases = st.builds(
    PolicyInputs,
    zone=st.sampled_from(("frozen", "slushy", "liquid")),
    promises_broken=st.booleans(), all_pass=st.booleans(), offer=st.booleans(),
    specification_with_work_in_process=st.booleans(), over_credit_limit=st.booleans(), cancel_after_start=st.booleans(),
    cost=amounts, value_change=amounts, work_in_process_value=amounts,
    value_change_ratio=st.decimals(min_value=0, max_value=2, places=3),
)  # fmt: skip


def with_rows(*rows: dict[str, Any], **more: Any) -> PolicyTable:
    return policy_of(DOCUMENT | {"rows": list(rows), "further": []} | more)


@given(cases)
def test_whatever_happens_is_ruled_like_one_of_the_cases_that_are_tried(case: PolicyInputs) -> None:
    assert (case.zone, TABLE.rule(case).rules) in RULINGS


def test_every_rule_that_comes_with_the_program_applies_somewhere_and_worse_never_needs_fewer_people() -> None:
    found = review(TABLE)

    assert (found.dead, found.relaxations) == ((), ())
    assert found.cases == len(list(every_case(TABLE)))


def test_finds_a_rule_that_never_applies() -> None:
    table = with_rows(
        {"rule": "cheap", "when": {"cost_up_to": 1000}, "require": [{"role": "planner"}]},
        {"rule": "cheaper", "when": {"cost_up_to": 500}, "require": [{"role": "production"}]},
        {"rule": "others", "require": [{"role": "planner"}, {"role": "production"}]},
    )

    found = review(table)

    assert found.dead == ("cheaper",)
    assert [pair[:2] for pair in found.shadowed] == [("cheap", "cheaper")]


@pytest.mark.parametrize(
    ("field", "condition"),
    [("cost", {"cost_over": 500}), ("promises_broken", {"promises_broken": True}), ("zone", {"zone": ["frozen"]})],
)
def test_finds_where_worse_needs_fewer_people(field: str, condition: dict[str, Any]) -> None:
    table = with_rows(
        {"rule": "worse", "when": condition, "require": [{"role": "planner"}]},
        {"rule": "others", "require": [{"role": "planner"}, {"role": "sales_manager"}]},
    )

    (found,) = review(table).relaxations

    assert (found.worse, found.spared) == (field, ("sales_manager",))
    assert table.rule(found.before).rules == ("others",)
    assert table.rule(found.after).rules == ("worse",)


def test_finds_where_worse_needs_nobody_at_all() -> None:
    table = with_rows(
        {"rule": "unseen", "when": {"all_pass": False}, "automatic": True},
        {"rule": "others", "require": [{"role": "planner"}]},
    )

    (found,) = review(table).relaxations

    assert found.worse == "all_pass"


def test_a_policy_does_not_differ_from_itself() -> None:
    assert differences(TABLE, TABLE) == ()


def test_tells_two_policies_apart_by_what_they_come_to_and_not_by_how_they_are_written() -> None:
    renamed = policy_of(yaml.safe_load(yaml.safe_dump(DOCUMENT).replace("frozen_cheap", "cheap_in_the_frozen_zone")))
    raised = policy_of(yaml.safe_load(yaml.safe_dump(DOCUMENT).replace("cost_over: 500", "cost_over: 800")))

    found = differences(TABLE, raised)

    assert differences(TABLE, renamed) == ()
    assert found
    # Only between the two limits, where nobody gives way, is the sales manager asked by one and not by the other.
    assert all(500 < difference.example.cost <= 800 for difference in found)
    assert {str(need.role) for one in found for need in set(one.before.require) - set(one.after.require)} == {
        "sales_manager"
    }
