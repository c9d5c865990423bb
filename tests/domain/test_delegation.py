"""One question in somebody else's hands: what may be given, and that four eyes stay four."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from domain.decision import (
    Answer,
    DecisionRefused,
    GivenAnswer,
    NotAllowed,
    OpenQuestion,
    Principal,
    PrincipalKind,
    QuestionClosed,
    UntilWrong,
    admit,
    settled,
)
from domain.delegation import Delegation, DelegationStands, NothingDelegated, admit_delegation, ended_by
from domain.policy import Requirement
from domain.question import Choice
from domain.roles import Role
from domain.substitution import authority
from tests.domain.asked import NOW, PLANNER, PRODUCTION, draft, person, question

PLANNERS = frozenset({PLANNER})


def kept(delegator: str = "boris", delegate: str = "petra", **more: object) -> Delegation:
    return Delegation.model_validate(
        {"delegator": delegator, "delegate": delegate, "roles": (PLANNER,), "reason": "Busy.", "at": NOW} | more
    )


def gives(
    by: str = "boris",
    to: str = "petra",
    *standing: Delegation,
    asked: OpenQuestion | None = None,
    his: frozenset[Role] = PLANNERS,
    theirs: frozenset[Role] = PLANNERS,
    hours: int | None = None,
) -> tuple[Role, ...]:
    until = None if hours is None else NOW + timedelta(hours=hours)
    return admit_delegation(asked or question(), standing, to, until, person(by), his=his, theirs=theirs, at=NOW)


def test_it_is_given_in_the_roles_that_both_could_answer_in() -> None:
    both = frozenset({PLANNER, PRODUCTION})

    assert gives(asked=question(PLANNER, PRODUCTION), his=both, theirs=both | {Role.BUYER}) == (PLANNER, PRODUCTION)
    assert gives(asked=question(PLANNER, PRODUCTION), his=both, theirs=frozenset({PRODUCTION})) == (PRODUCTION,)


@pytest.mark.parametrize(
    ("his", "theirs", "why"),
    [
        (frozenset({Role.BUYER}), PLANNERS, "Only planner can answer this"),
        (PLANNERS, frozenset({Role.BUYER}), "petra could not answer this"),
        (PLANNERS, frozenset({PRODUCTION}), "petra could not answer this"),
    ],
)
def test_nobody_gives_what_he_lacks_nor_to_who_lacks_it(
    his: frozenset[Role], theirs: frozenset[Role], why: str
) -> None:
    with pytest.raises(NotAllowed, match=why):
        gives(his=his, theirs=theirs)


def test_who_holds_another_of_the_roles_than_the_giver_is_given_nothing() -> None:
    with pytest.raises(NotAllowed, match="petra holds none of the roles in which you could answer"):
        gives(asked=question(PLANNER, PRODUCTION), theirs=frozenset({PRODUCTION}))


@pytest.mark.parametrize(("by", "to"), [("anna", "petra"), ("boris", "anna")])
def test_who_asked_for_the_change_neither_gives_it_nor_is_given_it(by: str, to: str) -> None:
    with pytest.raises(NotAllowed):
        gives(by, to)


def test_what_was_delegated_is_not_delegated_on() -> None:
    with pytest.raises(NotAllowed, match="boris has delegated this to you"):
        gives("petra", "pia", kept("boris", "petra"))
    with pytest.raises(DelegationStands, match="petra has delegated this to pia himself"):
        gives("boris", "petra", kept("petra", "pia"))
    with pytest.raises(DelegationStands, match="You have delegated this to petra"):
        gives("boris", "pia", kept("boris", "petra"))
    with pytest.raises(NotAllowed, match="to himself"):
        gives("boris", "boris")


def test_nothing_is_given_that_is_over_or_would_be_at_once() -> None:
    with pytest.raises(UntilWrong):
        gives(hours=0)
    with pytest.raises(QuestionClosed):
        gives(asked=question(choice="expedite", closed_by="Petra", closed_at=NOW))
    machine = Principal(kind=PrincipalKind.MACHINE, id="erp")
    with pytest.raises(NotAllowed, match="Only a person"):
        admit_delegation(question(), (), "petra", None, machine, his=PLANNERS, theirs=PLANNERS, at=NOW)


def test_it_returns_at_its_time_or_when_either_says_so() -> None:
    until = kept(until=NOW + timedelta(hours=1))

    assert until.stands(NOW)
    assert not until.stands(NOW + timedelta(hours=1))
    assert kept().stands(NOW + timedelta(days=9999))
    assert not kept(ended_at=NOW).stands(NOW)
    for by in ("boris", "petra"):
        assert ended_by([kept(), kept("prem", "pia")], person(by)) == (kept(),)
    with pytest.raises(NothingDelegated):
        ended_by([kept()], person("pia"))


PEOPLE = ("anna", "boris", "petra", "pia", "prem")
somebody = st.sampled_from(PEOPLE)
pairs = st.sampled_from(list(permutations(PEOPLE, 2)))
happenings = st.one_of(
    st.tuples(st.just("gives"), pairs),
    st.tuples(st.just("gives back"), pairs),
    st.tuples(st.just("answers for"), pairs),
    st.tuples(st.just("answers"), pairs),
)


@given(st.lists(happenings, min_size=5, max_size=30))
def test_whatever_is_given_returned_and_answered_each_word_has_its_people_and_nobody_has_two(
    story: list[tuple[str, tuple[str, str]]],
) -> None:
    two = Choice(name="expedite", title="Expedite", require=(Requirement(role=PLANNER, count=2),))
    asked = question(draft=draft().model_copy(update={"choices": (two,)}))
    standing: list[Delegation] = []
    behalves = 0
    for what, (by, other) in story:
        given: tuple[GivenAnswer, ...] = asked.given
        try:
            match what:
                case "gives":
                    gives(by, other, *standing, asked=asked)
                    standing.append(kept(by, other))
                case "gives back":
                    standing = [one for one in standing if one not in ended_by(standing, person(by))]
                case _:
                    behalf = other if what == "answers for" else None
                    mine = [one for one in standing if (one.delegator, one.delegate) == (other, by)]
                    roles = authority(mine, absent=PLANNERS, substitute=PLANNERS) if behalf else PLANNERS
                    answer = Answer(choice="expedite", seen=asked.evidence, on_behalf_of=behalf)
                    given = (*given, admit(asked, answer, person(by), roles, NOW))
                    behalves += behalf is not None
        except DecisionRefused:
            continue
        # Nobody stands behind two others, nor two before one: a chain has one link.
        assert {one.delegator for one in standing}.isdisjoint({one.delegate for one in standing})
        assert len({one.delegator for one in standing}) == len(standing)
        asked = asked.model_copy(update={"given": given})

    event(f"{min(behalves, 2)} answers for others")
    people = [name for one in asked.given for name in one.people]
    assert len(people) == len(set(people))
    assert "anna" not in people
    assert (settled(asked, asked.given) == "expedite") == (len(asked.given) >= 2)
