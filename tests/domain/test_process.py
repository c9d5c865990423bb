"""The table of states that a process is: what is refused, and what the order change's is besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.calendar import Duration
from domain.order_line.questions import decision
from domain.process import MoveNotAllowed, Process, ProcessMistake, State
from domain.processes.order_change import ORDER_CHANGE

HOUR = Duration(clock=timedelta(hours=1))

START = State("start", "It begins.", within=HOUR, next=("end",))
END = State("end", "It is over.")


def process(*states: State) -> Process:
    """A process of other states than an order change."""
    return replace(ORDER_CHANGE, states=states)


def test_nothing_can_be_taken_back_any_more_once_it_is_being_written() -> None:
    written = ("committing", "commit_failed", "propagating")

    assert not any(ORDER_CHANGE.state(name).interruptible for name in written)


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
