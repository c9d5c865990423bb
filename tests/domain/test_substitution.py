"""Substitution: what can be given, by whom, and for how long it stands."""

from __future__ import annotations

import pytest

from domain.decision import (
    NotAllowed,
    Principal,
    PrincipalKind,
)
from domain.roles import Role
from domain.substitution import (
    LONGEST,
    PeriodWrong,
    SubstitutionDraft,
    admit_ending,
    admit_substitution,
    authority,
)
from tests.domain.substituted import (
    NOW,
    PLANNER,
    PLANT_MANAGER,
    PROCESS,
    SALES,
    SALES_MANAGER,
    TODAY,
    days,
    draft,
    kept,
    person,
)

BUYER = Role.BUYER


def admitted(
    wanted: SubstitutionDraft,
    by: str = "boris",
    *,
    absent: frozenset[Role] = frozenset({PLANNER}),
    substitute: frozenset[Role] = frozenset({PLANNER}),
    giver: frozenset[Role] = frozenset({PLANNER}),
) -> tuple[Role, ...]:
    return admit_substitution(
        wanted, person(by), absent=absent, substitute=substitute, giver=giver, today=TODAY
    )  # fmt: skip


def test_one_gives_what_both_hold_and_no_more() -> None:
    both = admitted(draft(), absent=frozenset({PLANNER, SALES}), substitute=frozenset({PLANNER, BUYER}))

    assert both == (PLANNER,)


def test_the_lead_of_a_role_gives_that_role_and_none_of_the_others_the_absent_one_holds() -> None:
    held = frozenset({PLANNER, SALES})

    given = admitted(draft(), "fritz", absent=held, substitute=held, giver=frozenset({SALES_MANAGER}))

    assert given == (SALES,)


@pytest.mark.parametrize(
    ("by", "giver", "why"),
    [
        ("dev", {BUYER}, "named by himself or by the lead"),
        ("fritz", {SALES_MANAGER}, "named by himself or by the lead"),
        ("prem", {PLANNER}, "named by himself or by the lead"),
        ("petra", {PLANNER, PLANT_MANAGER}, "makes himself a substitute"),
    ],
)
def test_nobody_else_gives_it_and_nobody_takes_it(by: str, giver: set[Role], why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        admitted(draft(), by, giver=frozenset(giver))


def test_a_substitute_holds_the_role_himself() -> None:
    with pytest.raises(NotAllowed, match="petra holds none of these roles himself: planner"):
        admitted(draft(), substitute=frozenset({BUYER, PLANT_MANAGER}))


def test_what_is_named_and_cannot_be_given_is_refused_not_left_out() -> None:
    held = frozenset({PLANNER, SALES})

    with pytest.raises(NotAllowed, match="sales cannot be given"):
        admitted(draft(PLANNER, SALES), absent=held, substitute=frozenset({PLANNER}))


def test_nobody_is_his_own_substitute() -> None:
    with pytest.raises(NotAllowed, match="his own"):
        admitted(draft().model_copy(update={"substitute": "boris"}))


def test_a_machine_names_nobody() -> None:
    held = frozenset({PLANNER})
    with pytest.raises(NotAllowed, match="Only a person"):
        admit_substitution(
            draft(), Principal(kind=PrincipalKind.MACHINE, id="boris"),
            absent=held, substitute=held, giver=held, today=TODAY,
        )  # fmt: skip


@pytest.mark.parametrize(("first", "last"), [(1, 0), (-3, -1), (0, LONGEST.days)])
def test_the_days_are_some_on_which_somebody_can_be_away(first: int, last: int) -> None:
    with pytest.raises(PeriodWrong):
        admitted(draft(first=first, last=last))

    assert admitted(draft(first=-3, last=0)) == admitted(draft(last=LONGEST.days - 1)) == (PLANNER,)


def test_it_stands_from_its_first_day_to_its_last_in_its_process_until_it_is_ended() -> None:
    one = kept(draft(process=PROCESS, first=1, last=2), PLANNER)

    assert [number for number in range(-1, 5) if one.stands(PROCESS, days(number))] == [1, 2]
    assert not one.stands("dispatch", days(1))
    assert kept(draft(), PLANNER).stands("dispatch", TODAY)
    assert not one.model_copy(update={"ended_by": "boris", "ended_at": NOW}).stands(PROCESS, days(1))


def test_a_role_that_either_has_lost_since_is_gone() -> None:
    one = kept(draft(), PLANNER, SALES)
    both = frozenset({PLANNER, SALES})

    assert authority([one], absent=both, substitute=both) == both
    assert authority([one], absent=frozenset({SALES}), substitute=both) == {SALES}
    assert authority([one], absent=both, substitute=frozenset({PLANNER})) == {PLANNER}
    assert authority([], absent=both, substitute=both) == frozenset()


@pytest.mark.parametrize(
    ("by", "roles", "may"),
    [
        ("boris", {PLANNER}, True),
        ("petra", {PLANNER}, True),
        ("paul", {PLANT_MANAGER}, True),
        ("fritz", {SALES_MANAGER}, False),
        ("prem", {PLANNER}, False),
    ],
)
def test_either_of_the_two_ends_it_and_their_lead(by: str, roles: set[Role], may: bool) -> None:
    try:
        admit_ending(kept(draft(), PLANNER), person(by), frozenset(roles))
    except NotAllowed:
        assert not may
    else:
        assert may
