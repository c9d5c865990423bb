"""The human step: whose answer counts, and what the answers come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Duration
from domain.decision import (
    Answer,
    DecisionRefused,
    GivenAnswer,
    NotAllowed,
    OpenQuestion,
    Principal,
    PrincipalKind,
    QuestionClosed,
    ReasonMissing,
    SeenMissing,
    StaleEvidence,
    UnknownChoice,
    admit,
    settled,
)
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)

PLANNER, SALES_MANAGER, PLANT_MANAGER = Role.PLANNER, Role.SALES_MANAGER, Role.PLANT_MANAGER
BUYER, PRODUCTION = Role.BUYER, Role.PRODUCTION


def needs(*roles: Role, count: int = 1) -> tuple[Requirement, ...]:
    return tuple(Requirement(role=role, count=count) for role in roles)


# Expediting is the planner's to decide; taking goods from another order takes the sales manager as well.
EXPEDITE = Choice(name="expedite", title="Expedite", require=needs(PLANNER))
REALLOCATE = Choice(name="reallocate", title="Take it from SO-3", require=needs(PLANNER, SALES_MANAGER))
REJECT = Choice(
    name="reject", title="Keep the order", require=needs(PLANNER, SALES_MANAGER), reason_needed=True, ends=True
)


def question(
    *choices: Choice, kind: QuestionKind = QuestionKind.DECISION, further: tuple[Role, ...] = (), **said: Any
) -> OpenQuestion:
    """A question that anna's request led to."""
    draft = QuestionDraft(
        kind=kind,
        topic="decision",
        title="Which way?",
        choices=choices or (EXPEDITE, REALLOCATE, REJECT),
        within=Duration(working_days=1),
    )
    return OpenQuestion(
        id="OC-1-3-1", draft=draft, further_roles=further, evidence="as shown", requester="anna", **said
    )


def says(
    asked: OpenQuestion, person: str, choice: str, *roles: Role, reason: str = "", seen: str | None = "as shown"
) -> GivenAnswer:
    """What *person*, who holds *roles*, says, as it stands."""
    by = Principal(kind=PrincipalKind.PERSON, id=person)
    answer = Answer(choice=choice, reason=reason, seen=seen)
    return admit(asked, answer, by, frozenset(roles), NOW)


def after(asked: OpenQuestion, *given: GivenAnswer) -> OpenQuestion:
    """The question once *given* stand."""
    return asked.model_copy(update={"given": (*asked.given, *given)})


def stands(person: str, role: Role, choice: str) -> GivenAnswer:
    return GivenAnswer(person=person, role=role, choice=choice, at=NOW)


def test_a_planner_settles_what_only_he_need_agree_to() -> None:
    asked = question()

    given = says(asked, "boris", "expedite", PLANNER)

    assert given == stands("boris", PLANNER, "expedite")
    assert settled(asked, (given,)) == "expedite"


def test_what_two_roles_must_agree_to_waits_for_the_second() -> None:
    asked = question()
    planner = says(asked, "boris", "reallocate", PLANNER)
    manager = says(after(asked, planner), "fritz", "reallocate", SALES_MANAGER)

    assert settled(asked, (planner,)) is None
    assert settled(asked, (planner, manager)) == "reallocate"


def test_two_planners_are_no_sales_manager() -> None:
    asked = question()

    given = (stands("boris", PLANNER, "reallocate"), stands("petra", PLANNER, "reallocate"))

    assert settled(asked, given) is None


def test_two_of_a_role_are_two_people() -> None:
    asked = question(EXPEDITE.model_copy(update={"require": needs(PLANNER, count=2)}))
    boris = stands("boris", PLANNER, "expedite")

    assert settled(asked, (boris,)) is None
    assert settled(asked, (boris, stands("petra", PLANNER, "expedite"))) == "expedite"


def test_people_who_want_different_things_settle_nothing_between_them() -> None:
    both = question(REALLOCATE, REALLOCATE.model_copy(update={"name": "overtime"}))

    given = (stands("boris", PLANNER, "reallocate"), stands("fritz", SALES_MANAGER, "overtime"))

    assert settled(both, given) is None


def test_one_no_ends_the_matter_whatever_was_said_before() -> None:
    asked = question()
    planner = says(asked, "boris", "reallocate", PLANNER)

    no = says(after(asked, planner), "fritz", "reject", SALES_MANAGER, reason="They are our oldest customer.")

    assert settled(asked, (planner, no)) == "reject"


def test_a_role_without_a_veto_cannot_say_no() -> None:
    asked = question(EXPEDITE.model_copy(update={"require": needs(PLANNER, PRODUCTION)}), REJECT)

    with pytest.raises(NotAllowed, match="Keep the order is for planner, sales manager to say"):
        says(asked, "carla", "reject", PRODUCTION, reason="Too much work.")


def test_whoever_asked_for_the_change_does_not_decide_it_but_may_say_that_it_was_taken_over() -> None:
    with pytest.raises(NotAllowed, match="does not decide it"):
        says(question(), "anna", "expedite", PLANNER)

    handoff = question(EXPEDITE, kind=QuestionKind.HANDOFF)
    assert says(handoff, "anna", "expedite", PLANNER).person == "anna"


@pytest.mark.parametrize("kind", [PrincipalKind.MACHINE, PrincipalKind.TIMER])
def test_no_machine_and_no_clock_answers(kind: PrincipalKind) -> None:
    with pytest.raises(NotAllowed, match="Only a person"):
        admit(
            question(),
            Answer(choice="expedite", seen="as shown"),
            Principal(kind=kind, id="erp"),
            frozenset({PLANNER}),
            NOW,
        )


def test_who_holds_none_of_the_roles_is_told_whose_it_is() -> None:
    with pytest.raises(NotAllowed, match=r"Only planner, sales manager can answer this\."):
        says(question(), "dev", "expedite", BUYER)


def test_who_comes_second_is_told_who_was_first_and_what_he_said() -> None:
    closed = question(choice="expedite", closed_by="Boris", closed_at=NOW - timedelta(minutes=1))

    with pytest.raises(QuestionClosed, match="Boris answered expedite at 2026-10-05 08:59:00 UTC"):
        says(closed, "petra", "reject", PLANNER, reason="No.")


def test_who_comes_after_the_case_went_on_is_told_so() -> None:
    with pytest.raises(QuestionClosed, match="went on without an answer"):
        says(question(closed_at=NOW), "petra", "expedite", PLANNER)


def test_nobody_learns_from_a_closed_question_that_was_not_his() -> None:
    with pytest.raises(NotAllowed):
        says(question(choice="expedite", closed_by="Boris", closed_at=NOW), "dev", "expedite", BUYER)


def test_names_the_answers_there_are() -> None:
    with pytest.raises(UnknownChoice, match="expedite, reallocate, reject"):
        says(question(), "boris", "outsource", PLANNER)


def test_refuses_an_answer_to_evidence_that_is_no_longer_so() -> None:
    with pytest.raises(StaleEvidence, match="Look again, then decide"):
        says(question(), "boris", "expedite", PLANNER, seen="as it was")

    assert says(question(), "boris", "expedite", PLANNER, seen="as shown").choice == "expedite"


def test_an_answer_says_what_it_was_given_on_once_it_is_his_to_give() -> None:
    with pytest.raises(SeenMissing, match=r"counts only with the evidence digest that OC-1-3-1 shows\."):
        says(question(), "boris", "expedite", PLANNER, seen=None)
    with pytest.raises(NotAllowed):
        says(question(), "dev", "expedite", BUYER, seen=None)


@pytest.mark.parametrize("reason", ["", "  ", "no"])
def test_a_no_needs_a_reason_that_says_something(reason: str) -> None:
    with pytest.raises(ReasonMissing, match="Keep the order needs a reason"):
        says(question(), "boris", "reject", PLANNER, reason=reason)


def test_nobody_answers_twice_in_whatever_role() -> None:
    asked = after(question(), stands("boris", PLANNER, "reallocate"))

    with pytest.raises(NotAllowed, match="another person is needed"):
        says(asked, "boris", "reallocate", PLANNER, SALES_MANAGER)


def test_who_was_added_when_nobody_answered_stands_in_for_one_who_is_missing_and_for_one_only() -> None:
    asked = question(further=(PLANT_MANAGER,))

    paul = says(asked, "paul", "reallocate", PLANT_MANAGER)

    assert paul.role is PLANT_MANAGER
    assert settled(asked, (paul,)) is None
    assert settled(asked, (paul, stands("boris", PLANNER, "reallocate"))) == "reallocate"
    assert settled(asked, (paul, stands("fritz", SALES_MANAGER, "reallocate"))) == "reallocate"


def test_who_was_added_may_also_say_no() -> None:
    asked = question(further=(PLANT_MANAGER,))

    no = says(asked, "paul", "reject", PLANT_MANAGER, reason="Not this week.")

    assert settled(asked, (no,)) == "reject"


def test_who_was_added_may_stand_in_although_another_of_his_roles_is_asked_for_something_else() -> None:
    asked = question(further=(PLANT_MANAGER,))

    fritz = says(asked, "fritz", "expedite", SALES_MANAGER, PLANT_MANAGER)

    assert (fritz.role, settled(asked, (fritz,))) == (PLANT_MANAGER, "expedite")


def test_who_holds_two_of_the_roles_counts_in_the_one_that_is_still_missing() -> None:
    asked = after(question(), stands("boris", PLANNER, "reallocate"))

    fritz = says(asked, "fritz", "reallocate", PLANNER, SALES_MANAGER)

    assert (fritz.role, settled(asked, (*asked.given, fritz))) == (SALES_MANAGER, "reallocate")


ROLES = (PLANNER, SALES_MANAGER, PLANT_MANAGER, BUYER)
people = st.sampled_from(["anna", "boris", "petra", "fritz", "paul", "dev"])
attempts = st.lists(
    st.tuples(
        people,
        st.sampled_from(["expedite", "reallocate", "reject", "outsource"]),
        st.frozensets(st.sampled_from(ROLES)),
    ),
    max_size=12,
)


@given(attempts, st.booleans())
def test_whoever_tries_what_nobody_counts_twice_and_what_is_settled_was_agreed_by_enough_different_people(
    tried: list[tuple[str, str, frozenset[Role]]], escalated: bool
) -> None:
    asked = question(further=(PLANT_MANAGER,) if escalated else ())

    outcome: str | None = None
    for person, choice, roles in tried:
        try:
            given = says(asked, person, choice, *roles, reason="Because.")
        except DecisionRefused:
            continue
        assert given.role in roles
        asked = after(asked, given)
        outcome = settled(asked, asked.given)
        if outcome is not None:
            break

    said = [given for given in asked.given if given.choice == outcome]
    assert len({given.person for given in asked.given}) == len(asked.given)
    assert "anna" not in {given.person for given in asked.given}
    enough = {None: 0, "expedite": 1, "reallocate": 2, "reject": 1}
    assert len(said) >= enough[outcome]
    assert escalated or outcome != "reallocate" or {given.role for given in said} >= {PLANNER, SALES_MANAGER}


answers = st.lists(
    st.tuples(st.sampled_from(ROLES[:3]), st.sampled_from(["expedite", "reallocate", "reject"])), max_size=5
)


@given(answers)
def test_it_never_matters_in_which_order_the_same_answers_came(said: list[tuple[Role, str]]) -> None:
    asked = question(further=(PLANT_MANAGER,))
    given = [stands(f"person {number}", role, choice) for number, (role, choice) in enumerate(said)]

    outcomes = {settled(asked, order) for order in permutations(given)}

    assert len(outcomes) == 1
