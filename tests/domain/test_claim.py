"""Who may see to a question, and for how long he does."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.calendar import Duration, Shift, WorkingCalendar
from domain.claim import (
    Claim,
    ClaimStands,
    NothingClaimed,
    admit_assignment,
    admit_claim,
    admit_release,
    lapses_at,
)
from domain.decision import Answer, GivenAnswer, NotAllowed, Principal, PrincipalKind, QuestionClosed, admit
from domain.roles import Role
from tests.domain.asked import NOW, PLANNER, PLANT_MANAGER, PRODUCTION, draft, person, question
from tests.domain.test_calendar_laws import calendars_and_starts

PLANNERS = frozenset({PLANNER})
LEADS = frozenset({PLANT_MANAGER})


def claim(who: str = "boris") -> Claim:
    return Claim(person=who, at=NOW, until=NOW + timedelta(hours=2))


def test_who_may_answer_may_claim_and_claim_again() -> None:
    admit_claim(question(), None, person("boris"), PLANNERS)
    admit_claim(question(), claim("boris"), person("boris"), PLANNERS)

    with pytest.raises(ClaimStands, match=r"boris sees to this until 2026-10-05 11:00 UTC\. You may answer"):
        admit_claim(question(), claim("boris"), person("petra"), PLANNERS)


@pytest.mark.parametrize(
    ("by", "roles", "more"),
    [
        ("dev", frozenset({Role.BUYER}), {}),
        ("anna", PLANNERS, {}),
        ("boris", PLANNERS, {"given": (GivenAnswer(person="boris", role=PLANNER, choice="expedite", at=NOW),)}),
    ],
)
def test_who_could_not_answer_claims_nothing_and_is_given_nothing(
    by: str, roles: frozenset[Role], more: dict[str, object]
) -> None:
    with pytest.raises(NotAllowed):
        admit_claim(question(**more), None, person(by), roles)
    with pytest.raises(NotAllowed, match=f"{by} could not answer this"):
        admit_assignment(question(**more), by, person("paul"), theirs=roles, giver=LEADS)


def test_what_is_settled_is_neither_claimed_nor_given() -> None:
    over = question(choice="expedite", closed_by="Petra", closed_at=NOW)

    with pytest.raises(QuestionClosed):
        admit_claim(over, None, person("boris"), PLANNERS)
    with pytest.raises(QuestionClosed):
        admit_assignment(over, "boris", person("paul"), theirs=PLANNERS, giver=LEADS)


def test_no_machine_claims_or_gives_anything() -> None:
    machine = Principal(kind=PrincipalKind.MACHINE, id="erp")

    with pytest.raises(NotAllowed, match="Only a person"):
        admit_claim(question(), None, machine, PLANNERS)
    with pytest.raises(NotAllowed, match="by the lead"):
        admit_assignment(question(), "boris", machine, theirs=PLANNERS, giver=LEADS)


def test_another_may_answer_what_somebody_has_claimed() -> None:
    given = admit(question(), Answer(choice="expedite", seen=question().evidence), person("petra"), PLANNERS, NOW)

    assert given.person == "petra"


def test_he_who_claimed_lets_go_or_his_lead_and_nobody_else() -> None:
    admit_release(question(), claim("boris"), person("boris"), PLANNERS)
    admit_release(question(), claim("boris"), person("paul"), LEADS)

    with pytest.raises(NotAllowed, match="boris has claimed this"):
        admit_release(question(), claim("boris"), person("petra"), PLANNERS)
    with pytest.raises(NothingClaimed):
        admit_release(question(), None, person("boris"), PLANNERS)


@pytest.mark.parametrize("giver", [frozenset({role}) for role in Role if role is not PLANT_MANAGER])
def test_only_the_lead_of_a_role_that_is_asked_gives_it_to_anybody(giver: frozenset[Role]) -> None:
    with pytest.raises(NotAllowed, match="by the lead of a role that is asked"):
        admit_assignment(question(), "boris", person("gwen"), theirs=PLANNERS, giver=giver)


def test_a_lead_gives_it_to_those_whom_he_leads() -> None:
    asked = question(Role.SALES, PRODUCTION)
    sales_manager = frozenset({Role.SALES_MANAGER})

    admit_assignment(asked, "sally", person("fritz"), theirs=frozenset({Role.SALES}), giver=sales_manager)
    with pytest.raises(NotAllowed, match="carla holds no role here that you lead"):
        admit_assignment(asked, "carla", person("fritz"), theirs=frozenset({PRODUCTION}), giver=sales_manager)


def test_half_of_the_time_given_is_clock_time_where_the_question_counts_that() -> None:
    until = lapses_at(draft().within, NOW, NOW + timedelta(hours=1), WorkingCalendar.always())

    assert until == NOW + timedelta(hours=3)


@given(calendars_and_starts(), st.integers(1, 40), st.integers(0, 200))
def test_a_claim_stands_for_half_of_the_working_time_the_question_was_given(
    calendar_and_start: tuple[WorkingCalendar, datetime], hours: int, later: int
) -> None:
    calendar, asked_at = calendar_and_start
    assume(any(shift.start != shift.end for shift in calendar.shifts))
    claimed_at = asked_at + timedelta(minutes=15) * later

    until = lapses_at(Duration(working=timedelta(hours=hours)), asked_at, claimed_at, calendar)

    assert calendar.working_time_between(claimed_at, until) == timedelta(hours=hours) / 2


def test_a_claim_on_a_question_that_was_given_days_stands_for_half_of_their_hours() -> None:
    eight_to_four = WorkingCalendar(
        name="day", zone="UTC", shifts=tuple(Shift(weekday=day, start=time(8), end=time(16)) for day in range(5))
    )
    friday_noon = datetime(2026, 10, 9, 12, tzinfo=UTC)

    until = lapses_at(Duration(working_days=2), friday_noon, friday_noon, eight_to_four)

    assert until == datetime(2026, 10, 12, 12, tzinfo=UTC)
