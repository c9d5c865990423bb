"""Asking back: who may, how often, and what becomes of it then."""

from __future__ import annotations

import pytest

from domain.asking_back import AskedBack, NotAskedBack, admit_asking_back
from domain.decision import NotAllowed, OpenQuestion, QuestionClosed, ReasonMissing
from domain.question import QuestionKind
from domain.roles import Role
from tests.domain.asked import NOW, PLANNER, PLANT_MANAGER, draft, person, question

PLANNERS = frozenset({PLANNER})


def asks(
    rounds: int = 0,
    *,
    asked: OpenQuestion | None = None,
    by: str = "boris",
    roles: frozenset[Role] = PLANNERS,
    wanted: str = "Which revision?",
    can_be: bool = True,
) -> AskedBack:
    return admit_asking_back(asked or question(), wanted, person(by), roles, can_be=can_be, rounds=rounds)


@pytest.mark.parametrize("rounds", [0, 1])
def test_twice_it_is_found_out(rounds: int) -> None:
    assert asks(rounds) == AskedBack(PLANNER, None)


@pytest.mark.parametrize("rounds", [2, 3])
def test_then_the_lead_is_asked_as_well_and_after_that_nobody(rounds: int) -> None:
    assert asks(rounds) == AskedBack(PLANNER, PLANT_MANAGER)
    with pytest.raises(NotAskedBack, match="the lead is asked as well: decide it now"):
        asks(rounds, asked=question(further_roles=(PLANT_MANAGER,)))


def test_the_lead_is_that_of_the_role_in_which_it_is_asked() -> None:
    asked = question(Role.SALES, PLANNER)

    assert asks(2, asked=asked, roles=frozenset({Role.SALES})).lead is Role.SALES_MANAGER


def test_only_a_decision_is_asked_back_and_only_where_the_process_finds_it_out() -> None:
    with pytest.raises(NotAskedBack, match="not for asking back"):
        asks(can_be=False)
    with pytest.raises(NotAskedBack):
        asks(asked=question(draft=draft(kind=QuestionKind.HANDOFF)))


def test_who_could_not_answer_does_not_ask_back() -> None:
    with pytest.raises(NotAllowed):
        asks(roles=frozenset({Role.BUYER}))
    with pytest.raises(NotAllowed):
        asks(by="anna")
    with pytest.raises(QuestionClosed):
        asks(asked=question(choice="reject", closed_by="Petra", closed_at=NOW))
    with pytest.raises(ReasonMissing):
        asks(wanted="  ? ")
