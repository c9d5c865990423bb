"""The table of states that a process is, and that of the order change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Duration
from domain.process import SYSTEM, MoveNotAllowed, Process, ProcessMistake, State
from domain.processes.order_change import ORDER_CHANGE, decision
from domain.roles import Role

HOUR = Duration(clock=timedelta(hours=1))
NAMES = [state.name for state in ORDER_CHANGE.states]
WAITING = [state for state in ORDER_CHANGE.states if not state.final]
FINAL = [state for state in ORDER_CHANGE.states if state.final]

START = State("start", "It begins.", within=HOUR, next=("end",))
END = State("end", "It is over.")


def process(*states: State) -> Process:
    """A process of other states than an order change."""
    return replace(ORDER_CHANGE, states=states)


def within_reach(start: str) -> set[str]:
    """Every state that a case in *start* can come to, that one included."""
    found = {start}
    while more := {name for known in found for name in ORDER_CHANGE.state(known).next} - found:
        found |= more
    return found


def test_every_state_is_somebodys_and_late_at_some_time_until_the_case_is_over() -> None:
    assert all(state.owner and state.within is not None for state in WAITING)
    assert all(state.within is None and state.questions is None for state in FINAL)


def test_whoever_is_asked_is_a_role_and_lockstep_owns_only_what_it_does_itself() -> None:
    asking = [state for state in WAITING if state.questions is not None]

    assert all(isinstance(state.owner, Role) for state in asking)
    assert all(state.owner == SYSTEM for state in WAITING if state not in asking)


def test_a_case_can_come_to_every_state() -> None:
    assert within_reach(ORDER_CHANGE.first.name) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_case_can_end_from_every_state(name: str) -> None:
    assert any(ORDER_CHANGE.state(found).final for found in within_reach(name))


def test_a_request_can_be_taken_back_or_overtaken_just_where_the_case_may_be_stopped() -> None:
    for state in WAITING:
        assert ({"withdrawn", "superseded"} <= set(state.next)) is state.interruptible, state.name


def test_nothing_can_be_taken_back_any_more_once_it_is_being_written() -> None:
    written = within_reach("committing") - within_reach("assessing") | {"committing", "commit_failed", "propagating"}

    assert not any(ORDER_CHANGE.state(name).interruptible for name in written)


@given(st.lists(st.sampled_from(NAMES), max_size=60))
def test_no_order_of_moves_leaves_the_table_or_goes_on_after_the_end(wanted: list[str]) -> None:
    now = ORDER_CHANGE.first

    for name in wanted:
        try:
            after = ORDER_CHANGE.move(now.name, name)
        except MoveNotAllowed:
            assert name not in now.next
            continue
        assert name in now.next
        assert not now.final
        now = after


@given(st.lists(st.integers(min_value=0), max_size=60))
def test_however_a_case_goes_it_stays_in_the_table_and_can_still_end(ways: list[int]) -> None:
    now = ORDER_CHANGE.first

    for way in ways:
        if not now.final:
            now = ORDER_CHANGE.move(now.name, now.next[way % len(now.next)])

    assert now in ORDER_CHANGE.states
    assert {state.name for state in FINAL} & within_reach(now.name)


def test_says_which_move_is_not_allowed() -> None:
    with pytest.raises(MoveNotAllowed, match="order_change does not lead from received to completed"):
        ORDER_CHANGE.move("received", "completed")


def test_knows_no_state_that_is_not_in_the_table() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        ORDER_CHANGE.state("nowhere")


@pytest.mark.parametrize(
    ("states", "mistake"),
    [
        ((START, END, END), "two states share a name"),
        ((replace(START, next=("end", "nowhere")), END), "start leads to nowhere, which is no state"),
        ((replace(START, within=None), END), "nothing says when start is late"),
        ((START, replace(END, within=HOUR)), "end is final and still waits for something"),
        ((START, replace(END, questions=decision)), "end is final and still waits for something"),
        ((replace(START, questions=decision), END), "start asks somebody, so somebody must own it"),
        ((START, END, State("island", "Nobody comes here.")), "nothing leads to island"),
        (
            (
                replace(START, next=("end", "wheel")),
                END,
                State("wheel", "Round and round.", within=HOUR, next=("wheel",)),
            ),
            "a case in wheel could never end",
        ),
    ],
)
def test_refuses_a_table_that_makes_no_sense(states: tuple[State, ...], mistake: str) -> None:
    with pytest.raises(ProcessMistake, match=mistake):
        process(*states)


def test_takes_the_smallest_table_that_makes_sense() -> None:
    assert process(START, END).first.next == ("end",)
