"""The laws of agreement, whatever a policy asks for: turns, vetoes, so many of several roles, and limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Duration
from domain.decision import (
    Answer,
    GivenAnswer,
    NotAllowed,
    OpenQuestion,
    Principal,
    PrincipalKind,
    admit,
    given_up,
    settled,
)
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role
from domain.turn import turn_begun

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
ROLES = (Role.PLANNER, Role.PRODUCTION, Role.SALES_MANAGER, Role.QUALITY_ENGINEER, Role.ENGINEERING)
LEADS = (Role.PLANT_MANAGER, Role.DUTY_MANAGER)

HOUR = Duration(clock=timedelta(hours=1))

few_roles = st.lists(st.sampled_from(ROLES), min_size=1, max_size=3, unique=True)


@st.composite
def requirements(draw: st.DrawFn) -> tuple[Requirement, ...]:
    """Who must agree: each role in one requirement at most, at least one of them to agree."""
    left = draw(st.permutations(ROLES))
    needs: list[Requirement] = []
    for size in draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)):
        roles, left = left[:size], left[size:]
        if roles:
            number, stage = draw(st.integers(1 if not needs else 0, 3)), draw(st.sampled_from([None, 2, 3]))
            needs.append(
                Requirement(
                    role=roles[0],
                    others=tuple(roles[1:]) or None,
                    count=number,
                    veto=number == 0 or draw(st.booleans()),
                    stage=stage,
                    within=HOUR if stage and number else None,
                )
            )
    return tuple(needs)


@st.composite
def questions(draw: st.DrawFn) -> OpenQuestion:
    """A decision between one or two ways, and to leave things as they are."""
    ways = [
        Choice(
            name=name, title=name.title(), require=draw(requirements()),
            over_limit=tuple(draw(st.lists(st.sampled_from(LEADS), max_size=1))),
        )
        for name in draw(st.sampled_from([("cheap",), ("cheap", "dear")]))
    ]  # fmt: skip
    named = dict.fromkeys(role for way in ways for need in way.require for role in need.roles)
    vetoes = tuple(role for way in ways for need in way.require if need.veto for role in need.roles)
    no = Choice(
        name="reject", title="No", require=tuple(Requirement(role=role) for role in named), ends=True, ends_by=vetoes
    )
    draft = QuestionDraft(
        kind=QuestionKind.DECISION, topic="decision", title="Which way?", choices=(*ways, no),
        within=Duration(working_days=1),
    )  # fmt: skip
    further = tuple(draw(st.lists(st.sampled_from(LEADS), max_size=2, unique=True)))
    return OpenQuestion(id="OC-1-3-1", draft=draft, further_roles=further, evidence="x", requester="anna")


people = st.dictionaries(
    st.sampled_from("bcdefghij"), st.frozensets(st.sampled_from(ROLES + LEADS), min_size=1, max_size=3), max_size=9
)
words = st.lists(st.tuples(st.sampled_from("bcdefghij"), st.sampled_from(["cheap", "dear", "reject"])), max_size=20)


def says(asked: OpenQuestion, person: str, choice: str, roles: frozenset[Role]) -> GivenAnswer | None:
    """What *person* says, as it stands; nothing where he may not."""
    try:
        return admit(
            asked, Answer(choice=choice, seen="x"), Principal(kind=PrincipalKind.PERSON, id=person), roles, NOW
        )
    except NotAllowed:
        return None


def met(need: Requirement, given_: list[GivenAnswer]) -> bool:
    return sum(answer.role in (need.role, *(need.others or ())) for answer in given_) >= need.count


def lacking(needs: list[Requirement], given_: list[GivenAnswer]) -> int:
    """How many people are still missing, counted one by one."""
    return sum(max(need.count - len([answer for answer in given_ if answer.role in need.roles]), 0) for need in needs)


def lacking_anywhere(choice: Choice, given_: list[GivenAnswer]) -> list[int]:
    """The stages that somebody is missing in: each who stood in filled a place of the first that lacked one then."""
    named = {role for need in choice.require for role in need.roles}
    stages = sorted({need.turn for need in choice.require})
    filled = dict.fromkeys(stages, 0)

    def open_(heard: list[GivenAnswer]) -> list[int]:
        return [
            stage
            for stage in stages
            if lacking([need for need in choice.require if need.turn == stage], heard) > filled[stage]
        ]

    for number, answer in enumerate(given_):
        if answer.role not in named and (left := open_(given_[:number])):
            filled[left[0]] += 1
    return open_(given_)


@settings(max_examples=400, deadline=None)
@given(questions(), people, words)
def test_whoever_is_heard_was_asked_and_what_is_settled_was_agreed_by_enough_people_in_their_turn(
    asked: OpenQuestion, roles: dict[str, frozenset[Role]], said: list[tuple[str, str]]
) -> None:
    by_name = {choice.name: choice for choice in asked.draft.choices}
    begun = dict.fromkeys(by_name, 1)
    for person, name in said:
        if name not in by_name or person not in roles:
            continue
        choice = by_name[name]
        answer = says(asked, person, name, roles[person])
        if answer is None:
            continue
        named = {role for need in choice.require for role in need.roles}
        before = [one for one in asked.given if one.choice == name]
        stood_in = [one for one in before if one.role not in named]

        assert answer.role in roles[person]
        # Nobody counts twice, however many roles he holds.
        assert person not in {one.person for one in asked.given}
        assert answer.role in named or answer.role in asked.further_roles
        if answer.role not in named:
            assert answer.role not in choice.over_limit
        elif not choice.ends:
            turn = next(need.turn for need in choice.require if answer.role in need.roles)
            # Nobody is asked before his turn.
            assert lacking([need for need in choice.require if need.turn < turn], before) <= len(stood_in)

        begins = turn_begun(asked, answer)
        asked = asked.model_copy(update={"given": (*asked.given, answer)})
        outcome = settled(asked, asked.given)
        if begins is not None:
            # A stage has its time once, and only as long as somebody of it is missing.
            (stage,) = {need.turn for need in choice.require if set(need.roles) & set(begins.waited_for)}
            assert stage > begun[name]
            assert outcome is None
            assert set(begins.waited_for) <= set(asked.candidates)
            begun[name] = stage
        if choice.ends:
            assert (outcome == name) is (answer.role in (choice.ends_by or ()) or answer.role not in named)
        else:
            now = [one for one in asked.given if one.choice == name]
            assert (outcome == name) is (not lacking_anywhere(choice, now))
            assert len({one.person for one in now}) == len(now)
        if outcome is not None:
            return


@settings(max_examples=200, deadline=None)
@given(questions(), st.randoms(use_true_random=False))
def test_people_who_agree_as_soon_as_they_are_asked_always_come_to_a_decision(asked: OpenQuestion, chance: Any) -> None:
    way = asked.draft.choices[0]
    waiting = [
        (f"p{number}", role)
        for number, role in zip(count(), (r for need in way.require for r in need.roles for _ in range(3)))
    ]
    chance.shuffle(waiting)

    while settled(asked, asked.given) is None:
        heard = [(name, says(asked, name, way.name, frozenset({role}))) for name, role in waiting]
        answers = [(name, answer) for name, answer in heard if answer is not None]
        assert answers, "everybody waits for somebody else"
        name, answer = answers[0]
        waiting = [one for one in waiting if one[0] != name]
        asked = asked.model_copy(update={"given": (*asked.given, answer)})

    assert settled(asked, asked.given) == way.name
    assert all(met(need, list(asked.given)) for need in way.require)


def way(*needs: Requirement, **said: Any) -> OpenQuestion:
    """One way, or none."""
    roles = [role for need in needs for role in need.roles]
    no = Choice(
        name="reject", title="No", require=tuple(Requirement(role=role) for role in roles), ends=True,
        ends_by=tuple(role for need in needs if need.veto for role in need.roles),
    )  # fmt: skip
    draft = QuestionDraft(
        kind=QuestionKind.DECISION, topic="decision", title="Which way?", within=Duration(working_days=1),
        choices=(Choice(name="go", title="Go", require=needs, **said), no),
    )  # fmt: skip
    return OpenQuestion(id="OC-1-3-1", draft=draft, evidence="x", requester="anna")


def after(asked: OpenQuestion, *said: tuple[str, Role, str]) -> OpenQuestion:
    for person, role, choice in said:
        answer = says(asked, person, choice, frozenset({role}))
        assert answer is not None, f"{person} was not heard"
        asked = asked.model_copy(update={"given": (*asked.given, answer)})
    return asked


def test_the_second_is_asked_once_the_first_has_agreed_and_told_so_before() -> None:
    asked = way(Requirement(role=Role.PLANNER), Requirement(role=Role.PLANT_MANAGER, stage=2))

    assert asked.candidates == (Role.PLANNER,)
    with pytest.raises(NotAllowed, match="plant manager is asked once those before have agreed"):
        admit(
            asked, Answer(choice="reject", reason="No.", seen="x"), Principal(kind=PrincipalKind.PERSON, id="paul"),
            frozenset({Role.PLANT_MANAGER}), NOW,
        )  # fmt: skip
    asked = after(asked, ("boris", Role.PLANNER, "go"))
    assert asked.candidates == (Role.PLANNER, Role.PLANT_MANAGER)
    assert settled(asked, asked.given) is None
    asked = after(asked, ("paul", Role.PLANT_MANAGER, "go"))
    assert settled(asked, asked.given) == "go"


def test_a_no_without_a_veto_stands_beside_what_the_others_say() -> None:
    asked = way(Requirement(role=Role.PLANNER, veto=False), Requirement(role=Role.FINANCE))

    asked = after(asked, ("boris", Role.PLANNER, "reject"))
    assert settled(asked, asked.given) is None
    asked = after(asked, ("petra", Role.PLANNER, "go"), ("fred", Role.FINANCE, "go"))
    assert settled(asked, asked.given) == "go"


def test_who_need_not_agree_may_still_refuse() -> None:
    asked = way(Requirement(role=Role.PLANNER), Requirement(role=Role.PLANT_MANAGER, count=0))

    agreed = after(asked, ("boris", Role.PLANNER, "go"))
    refused = after(asked, ("paul", Role.PLANT_MANAGER, "reject"))

    assert settled(agreed, agreed.given) == "go"
    assert settled(refused, refused.given) == "reject"


def test_two_of_three_roles_are_two_people_and_not_one_who_holds_both() -> None:
    board = Requirement(role=Role.QUALITY_ENGINEER, others=(Role.ENGINEERING, Role.PRODUCTION), count=2)
    asked = way(board)
    holds_all = frozenset(board.roles)

    first = says(asked, "karl", "go", holds_all)
    assert first is not None
    asked = asked.model_copy(update={"given": (first,)})

    assert settled(asked, asked.given) is None
    assert says(asked, "karl", "go", holds_all) is None
    asked = after(asked, ("anja", Role.PRODUCTION, "go"))
    assert settled(asked, asked.given) == "go"


def test_whose_word_does_not_go_so_far_does_not_stand_in_either() -> None:
    asked = way(Requirement(role=Role.PLANNER), over_limit=(Role.SALES_MANAGER,))
    late = asked.model_copy(update={"further_roles": (Role.SALES_MANAGER, Role.PLANT_MANAGER)})

    with pytest.raises(NotAllowed, match="beyond what sales manager may agree to"):
        admit(
            late, Answer(choice="go", seen="x"), Principal(kind=PrincipalKind.PERSON, id="fritz"),
            frozenset({Role.SALES_MANAGER}), NOW,
        )  # fmt: skip
    asked = after(late, ("paul", Role.PLANT_MANAGER, "go"))
    assert settled(asked, asked.given) == "go"


def test_who_stands_in_for_the_first_is_not_the_second_as_well() -> None:
    asked = way(Requirement(role=Role.PLANNER), Requirement(role=Role.FINANCE, stage=2))
    late = asked.model_copy(update={"further_roles": (Role.PLANT_MANAGER,)})

    asked = after(late, ("paul", Role.PLANT_MANAGER, "go"))

    assert settled(asked, asked.given) is None
    assert Role.FINANCE in asked.candidates


def test_who_stood_in_for_the_first_is_not_the_second_either_once_a_first_agrees_too() -> None:
    asked = way(Requirement(role=Role.PLANNER), Requirement(role=Role.FINANCE, stage=2))
    late = asked.model_copy(update={"further_roles": (Role.PLANT_MANAGER,)})

    asked = after(late, ("paul", Role.PLANT_MANAGER, "go"), ("boris", Role.PLANNER, "go"))
    assert settled(asked, asked.given) is None

    asked = after(asked, ("fay", Role.FINANCE, "go"))
    assert settled(asked, asked.given) == "go"


def can_agree(asked: OpenQuestion, left: dict[str, frozenset[Role]]) -> bool:
    """Whether those *left*, in any order and any of their roles, can bring it to anything but a no; all is tried."""
    if settled(asked, asked.given) is not None:
        return True
    for person, held in left.items():
        for role in held:
            for name in {choice.name for choice in asked.draft.choices if not choice.ends}:
                if (answer := says(asked, person, name, frozenset({role}))) is not None:
                    then = asked.model_copy(update={"given": (*asked.given, answer)})
                    if can_agree(then, {other: roles for other, roles in left.items() if other != person}):
                        return True
    return False


few_people = st.dictionaries(
    st.sampled_from("bcdef"), st.frozensets(st.sampled_from(ROLES + LEADS), min_size=1, max_size=2), max_size=5
)
more_no = st.lists(
    st.tuples(st.sampled_from("bcdef"), st.sampled_from(["reject", "reject", "cheap", "dear"])), min_size=2, max_size=6
)


@settings(max_examples=300, deadline=None)
@given(questions(), few_people, more_no)
def test_it_is_given_up_exactly_where_somebody_said_no_and_whoever_is_left_could_not_agree(
    asked: OpenQuestion, roles: dict[str, frozenset[Role]], said: list[tuple[str, str]]
) -> None:
    names = {choice.name for choice in asked.draft.choices}
    for person, name in said:
        if person in roles and name in names and settled(asked, asked.given) is None:
            answer = says(asked, person, name, roles[person])
            asked = asked.model_copy(update={"given": (*asked.given, *([answer] if answer else []))})
    left = {person: held for person, held in roles.items() if person not in {one.person for one in asked.given}}
    if settled(asked, asked.given) is not None:
        return

    # Whoever asked for it would agree to anything, and has no word.
    no = given_up(asked, asked.given, roles | {"anna": frozenset(ROLES)})

    said_no = any(answer.choice == "reject" for answer in asked.given)
    assert (no is not None) is (said_no and not can_agree(asked, left))
    assert no is None or no.choice == "reject"


@settings(max_examples=200, deadline=None)
@given(questions(), few_people, more_no, st.sets(st.sampled_from("bcdef"), min_size=1), st.booleans())
def test_who_asks_for_it_as_well_has_no_word_in_it_whether_he_comes_before_his_answer_or_after(
    asked: OpenQuestion, roles: dict[str, frozenset[Role]], said: list[tuple[str, str]], joint: set[str], late: bool
) -> None:
    names = {choice.name for choice in asked.draft.choices}
    joined = asked.model_copy(update={"also_asked": dict.fromkeys(joint, 5)})
    heard, without = asked if late else joined, asked
    for person, name in said:
        if person in roles and name in names and settled(heard, heard.given) is None:
            if answer := says(heard, person, name, roles[person]):
                heard = heard.model_copy(update={"given": (*heard.given, answer)})
            if person not in joint and answer:
                without = without.model_copy(update={"given": (*without.given, answer)})
    heard = heard.model_copy(update={"also_asked": joined.also_asked})

    nobody_asked = {person: held for person, held in roles.items() if person not in joint}
    assert settled(heard, heard.given) == settled(without, without.given)
    assert heard.candidates == without.candidates
    assert given_up(heard, heard.given, roles) == given_up(without, without.given, nobody_asked)
    for person in joint & roles.keys():
        assert all(says(heard, person, name, roles[person]) is None for name in names)


def test_two_of_three_are_out_of_reach_once_two_have_said_no() -> None:
    asked = way(Requirement(role=Role.PLANNER, count=2, veto=False))
    planners = dict.fromkeys(("boris", "petra", "pia"), frozenset({Role.PLANNER}))

    once = after(asked, ("boris", Role.PLANNER, "reject"))
    twice = after(once, ("petra", Role.PLANNER, "reject"))

    assert given_up(once, once.given, planners) is None
    assert given_up(twice, twice.given, planners) == twice.given[-1]
    late = twice.model_copy(update={"further_roles": (Role.PLANT_MANAGER,)})
    assert given_up(late, late.given, planners | {"paul": frozenset({Role.PLANT_MANAGER})}) is None
