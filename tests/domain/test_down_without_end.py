"""Where no work can be moved to after a disturbance."""

from __future__ import annotations

from typing import Any

from domain.adjustment.findings import down_without_end
from domain.fact import Reading
from domain.release import MachineState
from domain.schedule.known import Outage
from tests.domain.shop import MONDAY, at


def state(work_center: str, *, down: bool) -> Reading[MachineState]:
    fact = MachineState(site="north", work_center=work_center, down=down)
    return Reading[Any](fact=fact, source="mes", version="1", as_of=MONDAY)


def test_what_is_down_is_closed_to_other_work_unless_somebody_said_how_long() -> None:
    states = (state("MILL", down=True), state("LATHE", down=True), state("BENCH", down=False))

    found = down_without_end(states, [Outage("MILL", at(0), at(4))])

    assert [told.fact.work_center for told in found] == ["LATHE"]
