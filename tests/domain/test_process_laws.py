"""What holds of the table of states of every process, and that a table of which it does not hold is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog import PROCESSES
from domain.process import SYSTEM, MoveNotAllowed, Process, ProcessMistake, State
from domain.roles import Role

EVERY = list(PROCESSES.values())
WAITING = [(process, state) for process in EVERY for state in process.states if not state.final]

of_every_process = pytest.mark.parametrize("process", EVERY, ids=lambda process: process.name)
in_every_state = pytest.mark.parametrize(
    ("process", "state"), WAITING, ids=[f"{process.name}-{state.name}" for process, state in WAITING]
)
processes = st.sampled_from(EVERY)


def within_reach(process: Process, start: str) -> set[str]:
    """Every state that a case in *start* can come to, that one included."""
    found = {start}
    while more := {name for known in found for name in process.state(known).next} - found:
        found |= more
    return found


def but_for(process: Process, wrong: State) -> Process:
    """The process with *wrong* in the place of the state of that name."""
    states = tuple(wrong if state.name == wrong.name else state for state in process.states)
    return replace(process, states=states)


@in_every_state
def test_is_somebodys_and_late_at_some_time(process: Process, state: State) -> None:
    assert isinstance(state.owner, Role) or state.owner == SYSTEM
    assert isinstance(state.owner, Role) == (state.questions is not None)
    with pytest.raises(ProcessMistake, match=f"when {state.name} is late"):
        but_for(process, replace(state, within=None))


@in_every_state
def test_a_case_can_end_from_there(process: Process, state: State) -> None:
    assert any(process.state(name).final for name in within_reach(process, state.name))
    with pytest.raises(ProcessMistake):
        but_for(process, replace(state, next=(state.name,)))


@in_every_state
def test_whoever_is_asked_there_is_not_the_program(process: Process, state: State) -> None:
    if state.questions is not None:
        with pytest.raises(ProcessMistake, match="somebody must own it"):
            but_for(process, replace(state, owner=SYSTEM))


@in_every_state
def test_a_request_can_be_taken_back_just_where_the_case_may_be_stopped(process: Process, state: State) -> None:
    ways_out = {"withdrawn", "superseded"} & set(state.next)

    assert state.interruptible == bool(ways_out), process.name


@of_every_process
def test_a_case_can_come_to_every_state(process: Process) -> None:
    assert within_reach(process, process.first.name) == {state.name for state in process.states}
    with pytest.raises(ProcessMistake, match="nothing leads to nowhere"):
        replace(process, states=(*process.states, State("nowhere", "Nobody comes here.")))


@of_every_process
def test_what_ends_is_late_no_more_and_asks_nobody(process: Process) -> None:
    ends = [state for state in process.states if state.final]

    assert ends
    assert all(state.within is None and state.questions is None and not state.interruptible for state in ends)
    with pytest.raises(ProcessMistake, match="final and still waits"):
        but_for(process, replace(ends[0], within=process.first.within))


@given(processes, st.data())
def test_no_order_of_moves_leaves_the_table_or_goes_on_after_the_end(process: Process, data: st.DataObject) -> None:
    names = [state.name for state in process.states]
    now = process.first

    for name in data.draw(st.lists(st.sampled_from(names), max_size=60)):
        try:
            after = process.move(now.name, name)
        except MoveNotAllowed:
            assert name not in now.next
            continue
        assert name in now.next
        assert not now.final
        now = after


@given(processes, st.lists(st.integers(min_value=0), max_size=60))
def test_however_a_case_goes_it_stays_in_the_table_and_can_still_end(process: Process, ways: list[int]) -> None:
    now = process.first

    for way in ways:
        if not now.final:
            now = process.move(now.name, now.next[way % len(now.next)])

    assert now in process.states
    assert any(process.state(name).final for name in within_reach(process, now.name))
