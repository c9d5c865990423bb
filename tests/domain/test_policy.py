"""Who must agree to a changed order: the table that comes with the program, and what every table must be."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.policy import Condition, PolicyInputs, PolicyTable, Requirement, Row, Zone, policy_of
from domain.roles import Role
from runtime.policies import FOLDER, read_policy

DOCUMENT = FOLDER / "order_change.yaml"
TABLE = read_policy(DOCUMENT)

ZONES: tuple[Zone, ...] = ("liquid", "slushy", "frozen")
CENT = Decimal("0.01")


def inputs(**said: Any) -> PolicyInputs:
    """The most harmless change there is, except for what is *said*."""
    harmless: dict[str, Any] = {
        "zone": "liquid", "promises_broken": False, "cost": Decimal(0), "value_change": Decimal(0),
        "value_change_ratio": Decimal(0), "all_pass": True, "offer": False,
    }  # fmt: skip
    return PolicyInputs(**harmless | said)


def around(*limits: str) -> tuple[Decimal, ...]:
    """Just at each limit, and just beyond."""
    return tuple(value for limit in map(Decimal, limits) for value in (limit, limit + CENT))


def boundaries() -> Iterator[PolicyInputs]:
    """Every combination of inputs on both sides of every limit of the table."""
    yes_or_no = (False, True)
    values: dict[str, tuple[Any, ...]] = {
        "zone": ZONES,
        "promises_broken": yes_or_no,
        "cost": around("0", "500", "1000"),
        "value_change": around("5000"),
        "value_change_ratio": around("0.05"),
        "all_pass": yes_or_no,
        "offer": yes_or_no,
        "specification_with_work_in_process": yes_or_no,
        "over_credit_limit": yes_or_no,
        "cancel_after_start": yes_or_no,
        "work_in_process_value": around("2000"),
    }
    for combination in product(*values.values()):
        yield PolicyInputs(**dict(zip(values, combination, strict=True)))


def small_and_harmless(asked: PolicyInputs) -> bool:
    """Whether nobody need be asked."""
    nobody_minds = asked.zone == "liquid" and not asked.promises_broken and asked.all_pass and not asked.offer
    small = asked.cost <= 0 and asked.value_change <= 5000 and asked.value_change_ratio <= Decimal("0.05")
    costly_work = asked.cancel_after_start and asked.work_in_process_value > 2000
    others = asked.specification_with_work_in_process or asked.over_credit_limit or costly_work
    return nobody_minds and small and not others


def test_the_limits_tried_are_all_the_limits_there_are() -> None:
    tried = {"cost": {0, 500, 1000}, "value_change": {5000}, "value_change_ratio": {Decimal("0.05")},
             "work_in_process_value": {2000}}  # fmt: skip

    limits: dict[str, set[Decimal]] = {name: set() for name in tried}
    for row in (*TABLE.rows, *TABLE.further):
        for field, limit in row.when.model_dump(exclude_none=True).items():
            if isinstance(limit, Decimal):
                limits[field.removesuffix("_up_to").removesuffix("_over")].add(limit)

    assert limits == tried


def test_rules_every_case_by_one_row_and_asks_nobody_only_where_it_is_small_and_harmless() -> None:
    first = {row.rule for row in TABLE.rows}

    for asked in boundaries():
        ruling = TABLE.rule(asked)
        applying = [row.rule for row in TABLE.rows if row.when.holds(asked)]
        assert ruling.rules[0] == applying[0]
        assert not first & set(ruling.rules[1:])
        assert ruling.automatic is small_and_harmless(asked), asked
        assert ruling.automatic is not bool(ruling.require), asked
        assert ruling.within == TABLE.within[asked.zone]


amounts = st.decimals(min_value=0, max_value=10_000, places=2)
changes = st.builds(
    PolicyInputs,
    zone=st.sampled_from(ZONES),
    promises_broken=st.booleans(),
    cost=amounts,
    value_change=amounts,
    value_change_ratio=st.decimals(min_value=0, max_value=2, places=2),
    all_pass=st.booleans(),
    offer=st.booleans(),
    specification_with_work_in_process=st.booleans(),
    over_credit_limit=st.booleans(),
    cancel_after_start=st.booleans(),
    work_in_process_value=amounts,
)


@given(changes, changes)
def test_a_change_that_is_worse_in_any_way_never_needs_fewer_people(one: PolicyInputs, other: PolicyInputs) -> None:
    worse = PolicyInputs(
        zone=max(one.zone, other.zone, key=ZONES.index),
        all_pass=one.all_pass and other.all_pass,
        **{
            field: max(getattr(one, field), getattr(other, field))
            for field in PolicyInputs.model_fields
            if field not in ("zone", "all_pass", "severity", "value")
        },
    )

    before, after = TABLE.rule(one), TABLE.rule(worse)

    needed = {need.role: need.count for need in after.require}
    assert all(needed.get(need.role, 0) >= need.count for need in before.require)
    assert before.automatic or not after.automatic


def test_the_nearer_a_change_comes_to_the_work_the_more_people_hear_of_it() -> None:
    asked = {zone: {need.role for need in TABLE.rule(inputs(zone=zone, all_pass=False)).require} for zone in ZONES}

    assert asked == {
        "liquid": {Role.PLANNER},
        "slushy": {Role.PLANNER},
        "frozen": {Role.PLANNER, Role.PRODUCTION},
    }


@pytest.mark.parametrize("zone", ZONES)
def test_sales_has_a_word_wherever_another_order_gives_way(zone: Zone) -> None:
    ruling = TABLE.rule(inputs(zone=zone, promises_broken=True))

    assert Role.SALES_MANAGER in {need.role for need in ruling.require}


@pytest.mark.parametrize(
    ("said", "people"),
    [
        ({"over_credit_limit": True}, {Role.FINANCE}),
        ({"specification_with_work_in_process": True}, {Role.ENGINEERING, Role.QUALITY_ENGINEER}),
        (
            {"cancel_after_start": True, "work_in_process_value": Decimal(2001)},
            {Role.SALES_MANAGER, Role.PLANT_MANAGER},
        ),
    ],
)
def test_further_rows_add_their_people_even_to_what_would_need_nobody(said: dict[str, Any], people: set[Role]) -> None:
    ruling = TABLE.rule(inputs(**said))

    assert ruling.rules[0] == "small_and_harmless"
    assert not ruling.automatic
    assert {need.role for need in ruling.require} == people


def test_up_to_includes_the_limit_and_over_does_not() -> None:
    up_to, over = Condition(cost_up_to=Decimal(500)), Condition(cost_over=Decimal(500))
    at, above = inputs(cost=Decimal(500)), inputs(cost=Decimal("500.01"))

    assert (up_to.holds(at), up_to.holds(above)) == (True, False)
    assert (over.holds(at), over.holds(above)) == (False, True)


@pytest.mark.parametrize(
    ("said", "agree"),
    [
        ({"option": "overtime", "overtime_hours": Decimal(8)}, set()),
        ({"option": "overtime", "overtime_hours": Decimal("8.25")}, {Role.PLANT_MANAGER}),
        ({"option": "overtime", "cost": Decimal(501)}, {Role.PLANT_MANAGER}),
        ({"option": "outsource"}, {Role.PLANT_MANAGER, Role.BUYER, Role.QUALITY_ENGINEER}),
    ],
)
def test_another_plan_that_takes_long_hours_or_other_hands_needs_more_than_the_planner(
    said: dict[str, Any], agree: set[Role]
) -> None:
    ruling = read_policy(FOLDER / "schedule_adjustment.yaml").rule(inputs(**said))

    assert {need.role for need in ruling.require} == {Role.PLANNER, *agree}


def test_what_no_row_says_of_hours_leaves_a_table_the_version_it_had() -> None:
    assert TABLE.version == "7645065e085a"
    assert "overtime_hours_over" not in Condition(cost_over=Decimal(1)).model_dump()


def test_a_role_that_two_rows_name_is_asked_for_once_in_the_stricter_way() -> None:
    table = PolicyTable(
        process="order_change",
        site="*",
        effective_from=TABLE.effective_from,
        rows=(Row(rule="one", require=(Requirement(role=Role.PLANNER, veto=False),)),),
        further=(Row(rule="two", require=(Requirement(role=Role.PLANNER, count=2),)),),
        within=TABLE.within,
    )

    assert table.rule(inputs()).require == (Requirement(role=Role.PLANNER, count=2, veto=True),)


def test_the_version_is_the_content_wherever_the_table_comes_from() -> None:
    kept_and_read_back = PolicyTable.model_validate(TABLE.model_dump(mode="json"))

    assert kept_and_read_back == TABLE
    assert kept_and_read_back.version == read_policy(DOCUMENT).version == TABLE.version


def document() -> dict[str, Any]:
    """What the YAML document says."""
    said: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return said


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each figure, yes or no stands in a document."""
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, name))
    elif isinstance(value, bool | int | float):
        yield path


@pytest.mark.parametrize("place", list(places(document())), ids=lambda place: ".".join(map(str, place)))
def test_a_published_version_is_never_changed_because_any_change_makes_another_one(place: tuple[Any, ...]) -> None:
    changed = document()
    *way, last = place
    inner = changed
    for name in way:
        inner = inner[name]
    inner[last] = not inner[last] if isinstance(inner[last], bool) else inner[last] + 1
    if "automatic" in place:
        inner["require"] = [{"role": "planner"}]

    assert policy_of(changed).version != TABLE.version


def without(*names: str) -> dict[str, Any]:
    """The document without the rules of these names."""
    said = document()
    said["rows"] = [row for row in said["rows"] if row["rule"] not in names]
    return said


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (without(TABLE.rows[-1].rule), "last row must apply to everything"),
        (document() | {"rows": []}, "last row must apply to everything"),
        (document() | {"further": [{"rule": "free", "automatic": True}]}, "only add requirements"),
        (document() | {"further": [{"rule": "liquid", "require": [{"role": "finance"}]}]}, "a name of its own"),
        (document() | {"within": {"frozen": {"clock": "PT1H"}}}, "missing for liquid, slushy"),
        (document() | {"rows": [{"rule": "nobody"}]}, "either be automatic or require somebody"),
        (
            document() | {"rows": [{"rule": "both", "automatic": True, "require": [{"role": "planner"}]}]},
            "either be automatic or require somebody",
        ),
        (
            document() | {"rows": [{"rule": "x", "require": [{"role": "planner", "within": {"clock": "PT1H"}}]}]},
            "Only whoever must agree in a later stage is given time of its own, not planner",
        ),
        (
            document()
            | {"rows": [{"rule": "x", "require": [{"role": "planner", "stage": 2, "within": {"clock": "PT1H"}}]}]},
            "who is asked first has the time of the rule",
        ),
        (
            document()
            | {"rows": [{"rule": "x", "require": [{"role": "planner", "stage": 2, "ladder": [{"percent": 50}]}]}]},
            "Say within which time planner is to agree",
        ),
        (
            document()
            | {"rows": [{"rule": "x", "require": [{"role": "planner", "stage": 2, "within": {"clock": "PT0S"}}]}]},
            "Give planner some time",
        ),
        # A condition that is spelt wrong would otherwise hold always.
        (
            document() | {"rows": [{"rule": "x", "when": {"zones": ["frozen"]}, "automatic": True}]},
            "rows.0.when.zones",
        ),
    ],
)
def test_refuses_a_table_that_leaves_something_open(changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        policy_of(changed)
