"""When a policy holds: proposed by one, confirmed by another, from its day on and, where it ends, until its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.decision import NotAllowed, Principal, PrincipalKind
from domain.policy import PolicyTable
from domain.policy_publishing import (
    EVERYWHERE,
    Figures,
    Findings,
    PolicyUnfit,
    ProposalLapsed,
    ProposedPolicy,
    Publication,
    admit_confirmation,
    admit_proposal,
    findings_of,
    holding,
    in_force_at,
    kind_of,
)
from domain.readiness.policy import ReadinessPolicy
from domain.roles import Role
from domain.schedule.policy import SchedulePolicy
from runtime.policies import FOLDER, read_policy

TABLE = read_policy(FOLDER / "order_change.yaml")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def table(**said: Any) -> PolicyTable:
    """The table that comes with the program, for the north from tomorrow on, but for what is *said*."""
    return PolicyTable.model_validate(
        TABLE.model_dump(mode="json") | {"site": "north", "effective_from": NOW + DAY} | said
    )


def somebody(name: str, kind: PrincipalKind = PrincipalKind.PERSON) -> Principal:
    return Principal(kind=kind, id=name)


def proposed(**said: Any) -> ProposedPolicy:
    """What Petra proposed."""
    wanted = table(**said)
    return ProposedPolicy(
        version=wanted.version, table=wanted, reason="So.", proposed_by="petra", proposed_at=NOW,
        findings=Findings(cases=1, overlaps=(), relaxations=()),
    )  # fmt: skip


def test_the_version_of_what_comes_with_the_program_stays_whatever_tables_learn_to_say() -> None:
    assert TABLE.version == "7645065e085a"
    assert table(effective_until=NOW + 2 * DAY).version != table().version


@pytest.mark.parametrize("document", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_comes_with_the_program_could_be_published_by_anybody_and_never_asks_fewer_for_worse(
    document: Path,
) -> None:
    assert findings_of(read_policy(document)).relaxations == ()


@pytest.mark.parametrize(
    ("said", "by", "kind", "refusal", "why"),
    [
        ({"effective_from": NOW}, "petra", PrincipalKind.PERSON, PolicyUnfit, "a time that is over"),
        ({"site": "south"}, "petra", PrincipalKind.PERSON, PolicyUnfit, "proposed there"),
        ({}, "erp", PrincipalKind.MACHINE, NotAllowed, "Only a person"),
    ],
)
def test_says_why_a_table_cannot_be_proposed(
    said: dict[str, Any], by: str, kind: PrincipalKind, refusal: type[Exception], why: str
) -> None:
    with pytest.raises(refusal, match=why):
        admit_proposal(table(**said), "north", somebody(by, kind), NOW)


@pytest.mark.parametrize(
    "figures",
    [
        ReadinessPolicy(site="north", effective_from=NOW, time_to_live={}, documents=()),
        SchedulePolicy(site="north", effective_from=NOW),
    ],
    ids=kind_of,
)
def test_figures_are_refused_as_rules_are(figures: Figures) -> None:
    ahead = figures.model_copy(update={"effective_from": NOW + DAY})
    said = ProposedPolicy(
        version=ahead.version, kind=kind_of(ahead), table=ahead, reason="So.", proposed_by="petra", proposed_at=NOW
    )

    admit_proposal(ahead, "north", somebody("petra"), NOW)
    admit_confirmation(said, somebody("paul"), frozenset({Role.PLANT_MANAGER}), NOW)
    assert ProposedPolicy.model_validate_json(said.model_dump_json()) == said
    with pytest.raises(PolicyUnfit, match="a time that is over"):
        admit_proposal(figures, "north", somebody("petra"), NOW)
    with pytest.raises(PolicyUnfit, match="proposed there"):
        admit_proposal(ahead, "south", somebody("petra"), NOW)
    with pytest.raises(NotAllowed, match="another person is needed"):
        admit_confirmation(said, somebody("petra"), frozenset({Role.PLANT_MANAGER}), NOW)
    with pytest.raises(ProposalLapsed):
        admit_confirmation(said, somebody("paul"), frozenset({Role.PLANT_MANAGER}), NOW + DAY)


def test_a_table_for_every_site_is_proposed_from_any() -> None:
    admit_proposal(table(site=EVERYWHERE), "north", somebody("petra"), NOW)


@pytest.mark.parametrize(
    ("by", "kind", "role", "at", "refusal", "why"),
    [
        ("petra", PrincipalKind.PERSON, Role.PLANT_MANAGER, NOW, NotAllowed, "another person is needed"),
        ("dev", PrincipalKind.PERSON, Role.ADMINISTRATOR, NOW, NotAllowed, "plant manager there"),
        ("erp", PrincipalKind.MACHINE, Role.PLANT_MANAGER, NOW, NotAllowed, "Only a person"),
        ("paul", PrincipalKind.PERSON, Role.PLANT_MANAGER, NOW + DAY, ProposalLapsed, "for a later day"),
    ],
)
def test_says_why_somebody_cannot_confirm(
    by: str, kind: PrincipalKind, role: Role, at: datetime, refusal: type[Exception], why: str
) -> None:
    with pytest.raises(refusal, match=why):
        admit_confirmation(proposed(), somebody(by, kind), frozenset({role}), at)


def test_another_plant_manager_confirms() -> None:
    admit_confirmation(proposed(), somebody("paul"), frozenset({Role.PLANT_MANAGER}), NOW)


def test_a_table_with_a_rule_that_never_applies_cannot_be_published() -> None:
    said = table().model_dump(mode="json")
    never = {"rule": "never", "when": {"zone": ["liquid"]}, "require": [{"role": "planner"}]}
    said["rows"].insert(3, never)

    with pytest.raises(PolicyUnfit, match="never would never apply"):
        findings_of(PolicyTable.model_validate(said))


def test_a_table_that_tells_too_many_cases_apart_is_refused_before_they_are_tried() -> None:
    said = table().model_dump(mode="json")
    said["rows"] = [
        {"rule": f"{limit}{number}", "when": {limit: number}, "require": [{"role": "planner"}]}
        for limit in ("cost_up_to", "value_change_up_to", "value_change_ratio_up_to")
        for number in range(20)
    ] + said["rows"]

    with pytest.raises(PolicyUnfit, match="use fewer"):
        findings_of(PolicyTable.model_validate(said))


def test_says_in_which_cases_other_people_would_be_asked_than_now() -> None:
    stricter = table().model_dump(mode="json")
    stricter["rows"][1]["require"].append({"role": "production"})

    found = findings_of(PolicyTable.model_validate(stricter), TABLE)

    assert found.against == TABLE.version
    assert {(one.before, one.after) for one in found.differences} >= {
        ("planner, within 1 working day", "planner and production, within 1 working day")
    }
    # A planner and production in the liquid zone, and only a planner nearer to the work.
    assert any("Worse needs fewer: zone" in sentence for sentence in found.relaxations)


def test_a_table_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValidationError, match="end before it begins"):
        table(effective_until=NOW + DAY)


def published(version: str, begins: int, ends: int | None = None, site: str = "north", day: int = 0) -> Publication:
    """A table that holds from one day to another, counted from now."""
    return Publication(
        version=version, process="order_change", site=site, effective_from=NOW + begins * DAY,
        effective_until=None if ends is None else NOW + ends * DAY, published_at=NOW + day * DAY,
    )  # fmt: skip


def test_after_a_table_that_ends_the_one_before_holds_again() -> None:
    known = [published("usual", -9, site=EVERYWHERE), published("holidays", 1, 4)]

    assert [holding(known, "north", NOW + day * DAY) for day in (0, 1, 3, 4)] == [
        known[0],
        known[1],
        known[1],
        known[0],
    ]
    assert holding(known, "south", NOW + DAY) == known[0]


def test_says_since_when_and_until_when_a_table_is_in_force() -> None:
    known = [published("usual", -9, site=EVERYWHERE), published("summer", -5, -2), published("holidays", 1, 4)]

    now, then = in_force_at(known, "north", NOW), in_force_at(known, "north", NOW + 2 * DAY)

    assert now is not None
    assert (now.version, now.since, now.until) == ("usual", NOW - 2 * DAY, NOW + DAY)
    assert then is not None
    assert (then.version, then.since, then.until) == ("holidays", NOW + DAY, NOW + 4 * DAY)
    assert in_force_at(known, "north", NOW - 10 * DAY) is None


publications = st.lists(
    st.builds(
        lambda version, begins, lasts, site, day: published(
            f"{version:012x}", begins, None if lasts is None else begins + lasts, site, day
        ),
        version=st.integers(0, 2**40),
        begins=st.integers(-9, 9),
        lasts=st.none() | st.integers(1, 9),
        site=st.sampled_from(("north", EVERYWHERE, "south")),
        day=st.integers(-20, 0),
    ),
    max_size=6,
    unique_by=(lambda one: one.version, lambda one: one.published_at),
)


@given(publications, st.integers(-10, 20))
def test_what_is_in_force_is_so_every_day_from_since_until_until_and_not_the_day_before_or_after(
    known: list[Publication], day: int
) -> None:
    at = NOW + day * DAY

    found = in_force_at(known, "north", at)

    daily = {n: holding(known, "north", NOW + n * DAY) for n in range(-30, 40)}
    ruling = daily[day]
    assert (found is None) is (ruling is None)
    if found is None or ruling is None:
        return
    first, last = day, day
    while daily.get(first - 1) == ruling:
        first -= 1
    while last < 39 and daily[last + 1] == ruling:
        last += 1
    assert found.version == ruling.version
    assert found.since == NOW + first * DAY
    assert found.until == (None if last == 39 else NOW + (last + 1) * DAY)
    assert not any(one.site == "north" and one.holds("north", at) for one in known) or ruling.site == "north"
