"""Processes drawn and written out, so that people see what the program does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel

from domain.calendar import Duration
from domain.catalog import PROCESSES
from domain.diagram import length, policy_table, process_page, state_diagram, state_table
from domain.fact import Fact
from domain.facts import KINDS, Receipt
from domain.field_table import fields_table, parts_of
from domain.master_data import Item
from domain.policy import Condition, PolicyTable, Requirement, Row
from domain.process import Process
from domain.roles import Role

EVERY_PROCESS = pytest.mark.parametrize("process", PROCESSES.values(), ids=lambda process: process.name)


class Screw(BaseModel):
    """A part of parts."""

    length: int
    separator: str = "|"


class Flange(BaseModel):
    """A part."""

    screws: tuple[Screw, ...]


class Pump(BaseModel):
    """A whole."""

    flange: Flange | None = None
    spare: Screw


def policy(*rows: Row, further: tuple[Row, ...] = ()) -> PolicyTable:
    """A policy of these rows."""
    within = {zone: Duration(working_days=1) for zone in ("frozen", "slushy", "liquid")}
    return PolicyTable.model_validate(
        {
            "process": "order_change",
            "site": "*",
            "effective_from": datetime(2026, 1, 1, tzinfo=UTC),
            "rows": rows,
            "further": further,
            "within": within,
        }
    )


@EVERY_PROCESS
def test_draws_exactly_the_moves_that_the_process_allows(process: Process) -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+)$", state_diagram(process), re.MULTILINE))

    assert drawn == {(state.name, following) for state in process.states for following in state.next}


@EVERY_PROCESS
def test_draws_where_a_case_begins_and_every_way_it_can_end(process: Process) -> None:
    drawing = state_diagram(process)

    assert f"[*] --> {process.first.name}\n" in drawing
    ends = set(re.findall(r"^    (\w+) --> \[\*\]$", drawing, re.MULTILINE))
    assert ends == {state.name for state in process.states if state.final}


@EVERY_PROCESS
def test_marks_the_states_that_wait_for_somebody(process: Process) -> None:
    (marked,) = re.findall(r"^    class (\S+) waiting$", state_diagram(process), re.MULTILINE)

    assert set(marked.split(",")) == {state.name for state in process.states if state.questions is not None}


@EVERY_PROCESS
def test_gives_every_state_a_row_with_its_meaning(process: Process) -> None:
    rows = state_table(process).splitlines()[2:]

    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [state.name for state in process.states]
    assert all(state.meaning in row for state, row in zip(process.states, rows, strict=True))


@EVERY_PROCESS
def test_tells_on_the_page_what_is_looked_at_and_what_a_request_says(process: Process) -> None:
    page = process_page(process)

    assert all(check.title in page for check in process.checks)
    assert all(f"| `{field}` |" in page for field in process.request.model_fields)
    assert all(reason in page for reason in process.reasons)


def test_says_of_a_rule_when_it_applies_and_who_must_agree() -> None:
    table = policy_table(
        policy(
            Row(
                rule="frozen_cheap",
                when=Condition(zone=("frozen",), promises_broken=False, cost_up_to="1000"),  # type: ignore[arg-type]
                require=(Requirement(role=Role.PLANNER), Requirement(role=Role.PLANT_MANAGER, count=2)),
            ),
            Row(rule="otherwise", automatic=True),
            further=(
                Row(
                    rule="credit",
                    when=Condition(over_credit_limit=True),
                    require=(Requirement(role=Role.FINANCE, veto=False),),
                ),
            ),
        )
    )

    assert "| zone frozen; not promises broken; cost up to 1000 | planner and 2 × plant manager |" in table
    assert "| otherwise | always | nobody need be asked |" in table
    assert "| over credit limit | and finance (a no does not end it) |" in table


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (Duration(working_days=1), "1 working day"),
        (Duration(working_days=20), "20 working days"),
        (Duration(working=timedelta(hours=4)), "4 working hours"),
        (Duration(clock=timedelta(hours=1)), "1 hour"),
        (Duration(clock=timedelta(minutes=90)), "90 minutes"),
    ],
)
def test_says_a_length_of_time_as_people_do(duration: Duration, said: str) -> None:
    assert length(duration) == said


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_describes_every_field_of_every_kind_of_fact(kind: type[Fact]) -> None:
    rows = fields_table(kind).splitlines()[2:]

    assert [row.split("`")[1] for row in rows] == list(kind.model_fields)


def test_says_how_a_field_is_written_and_what_leaving_it_out_means() -> None:
    receipts, items = fields_table(Receipt), fields_table(Item)

    assert "| `confidence` | `confirmed`, `promised` or `planned` | `confirmed` |" in receipts
    assert "| `expected_at` | time with offset | needed |" in receipts
    assert "| `maximum` | quantity |  | Largest quantity made at once. |" in items
    assert "| `components` | list of [Component](#component) |" in items


def test_finds_the_parts_of_parts() -> None:
    names = [part.__name__ for part in parts_of(Pump)]

    assert sorted(names) == ["Flange", "Screw"]


def test_keeps_a_table_whole_whatever_stands_in_a_cell() -> None:
    assert fields_table(Screw).splitlines()[3].count(" | ") == 3
