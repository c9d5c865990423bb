"""The laws of force: where it never leads, and that it always takes two people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import WorkingCalendar
from domain.catalog import PROCESSES
from domain.decision import Answer, DecisionRefused, NotAllowed, OpenQuestion, admit, settled
from domain.delegation import admit_delegation
from domain.force import (
    CONFIRM,
    PUT_BACK,
    ForceRefused,
    WayBack,
    Written,
    admit_force,
    confirmation,
    targets,
    way_back,
)
from domain.parking import admit_parking
from domain.process import Process
from domain.question import RungKind, ladder
from domain.roles import Role
from tests.domain.substituted import NOW, person

EVERYWHERE = [(process, state.name) for process in PROCESSES.values() for state in process.states]
WRITING = {"committing", "commit_failed", "propagating", "unresolved"}
MANAGERS = frozenset({Role.PLANT_MANAGER, Role.DUTY_MANAGER, Role.ADMINISTRATOR})


def reached_without_writing(process: Process) -> set[str]:
    """Where a case gets by itself without anything being written, agreed to and passed on."""
    found, to_see = set[str](), [process.first.name]
    while to_see:
        name = to_see.pop()
        if name not in found and name not in WRITING:
            found.add(name)
            to_see += process.state(name).next
    return found


def asked(by: str = "adam") -> OpenQuestion:
    draft = confirmation("OC-1", "SO-2:10", ("awaiting_decision", "withdrawn"), person(by), "Nobody is in the house.")
    return OpenQuestion(id="OC-1-0-1", draft=draft, evidence="shown", requester="anna")


@pytest.mark.parametrize(("process", "state"), EVERYWHERE)
@pytest.mark.parametrize("written", Written)
def test_force_leads_to_nothing_that_would_have_been_done_or_agreed_to(
    process: Process, state: str, written: Written
) -> None:
    for name in targets(process, state, written):
        to = process.state(name)
        assert name in {"assessing", "needs_information", "withdrawn", "abandoned"}
        assert name == "abandoned" or name in reached_without_writing(process)
        if to.final:
            assert written is Written.NOTHING
            assert name in process.state(state).next or state == "committing"
            assert to.opens is None


@pytest.mark.parametrize(("process", "state"), EVERYWHERE)
def test_what_is_over_or_half_written_is_not_moved(process: Process, state: str) -> None:
    assert targets(process, state, Written.NOW) == ()
    if process.state(state).final:
        assert all(targets(process, state, written) == () for written in Written)


@pytest.mark.parametrize("state", [state.name for state in PROCESSES["quality_hold"].states])
def test_a_hold_is_only_looked_at_anew(state: str) -> None:
    assert set(targets(PROCESSES["quality_hold"], state, Written.NOTHING)) <= {"assessing"}


@pytest.mark.parametrize("state", ["loading", "load_stopped", "ready_to_depart"])
def test_a_shipment_on_the_ramp_is_only_looked_at_anew(state: str) -> None:
    assert targets(PROCESSES["dispatch_release"], state, Written.BEFORE) == ("assessing",)
    assert targets(PROCESSES["dispatch_release"], state, Written.NOTHING) == ("assessing",)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_forces(role: Role) -> None:
    process = PROCESSES["order_change"]

    with pytest.raises(NotAllowed):
        admit_force(process, "OC-1", "awaiting_decision", Written.NOTHING, "assessing", person("adam"), {role})


def test_a_refusal_says_where_the_case_could_be_forced_to() -> None:
    process, roles = PROCESSES["order_change"], {Role.ADMINISTRATOR}

    with pytest.raises(ForceRefused, match="assessing, needs_information, withdrawn"):
        admit_force(process, "OC-1", "awaiting_decision", Written.NOTHING, "completed", person("adam"), roles)


people = st.sampled_from(["adam", "paul", "dora", "sven"])


@given(by=people, says=people, behalf=st.none() | people, choice=st.sampled_from([CONFIRM, PUT_BACK]))
def test_no_move_is_confirmed_by_who_made_it_nor_for_him_nor_by_him_for_another(
    by: str, says: str, behalf: str | None, choice: str
) -> None:
    question = asked(by)
    answer = Answer(choice=choice, reason="Seen.", seen=question.evidence, on_behalf_of=behalf)

    try:
        given_ = admit(question, answer, person(says), MANAGERS, NOW)
    except NotAllowed:
        assert by in (says, behalf)
    else:
        assert by not in given_.people
        assert settled(question, (given_,)) == choice


@given(by=people, giver=people, to=people)
def test_no_delegation_puts_the_question_into_the_hands_of_who_made_the_move(by: str, giver: str, to: str) -> None:
    try:
        admit_delegation(asked(by), (), to, None, person(giver), his=MANAGERS, theirs=MANAGERS, at=NOW)
    except DecisionRefused:
        return
    assert by not in (giver, to)


@pytest.mark.parametrize("roles", [{role} for role in Role if role is not Role.PLANT_MANAGER])
def test_at_first_nobody_but_the_plant_manager_confirms(roles: set[Role]) -> None:
    with pytest.raises(NotAllowed):
        admit(asked(), Answer(choice=CONFIRM, seen="shown"), person("dora"), frozenset(roles), NOW)


def test_after_a_quarter_of_an_hour_the_duty_manager_is_brought_in_and_after_two_it_is_put_back() -> None:
    due, rungs = ladder(asked().draft, NOW, [WorkingCalendar.always()])

    assert due == NOW + timedelta(minutes=30)
    assert [(rung.at - NOW, rung.kind, rung.role) for rung in rungs] == [
        (timedelta(minutes=15), RungKind.ESCALATE, Role.DUTY_MANAGER),
        (timedelta(minutes=24), RungKind.REMIND, None),
        (timedelta(minutes=30), RungKind.SILENCE, None),
    ]
    assert asked().draft.on_silence == PUT_BACK


def test_the_question_cannot_be_parked_so_that_nobody_ever_need_confirm() -> None:
    with pytest.raises(DecisionRefused, match="cannot be parked"):
        admit_parking(asked(), None, NOW + timedelta(days=3), person("paul"), frozenset({Role.PLANT_MANAGER}), NOW)


@given(
    moved_from=st.sampled_from(["awaiting_decision", "gathering", "committing", "commit_failed"]),
    ended=st.booleans(), taken=st.booleans(), assessed=st.booleans(), wrote=st.booleans(),
)  # fmt: skip
def test_nothing_written_or_over_is_ever_put_back(
    moved_from: str, ended: bool, taken: bool, assessed: bool, wrote: bool
) -> None:
    way, became = way_back(
        moved_from, ended_since=ended, subject_taken=taken, assessed_since=assessed, wrote_since=wrote
    )

    assert (way is WayBack.NONE) == ("could not be put back" in became)
    if ended or taken or wrote:
        assert way is WayBack.NONE
    elif moved_from in WRITING:
        assert way is (WayBack.NONE if assessed else WayBack.WRITE_ON)
    else:
        assert way is WayBack.LOOK_ANEW
