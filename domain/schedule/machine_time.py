"""The working time of one machine as minutes in a row, as far into the future as it is asked about."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.calendar import LONGEST_STANDSTILL, NeverWorking
from domain.schedule.problem import Machine
from domain.working_axis import WorkingAxis

_FIRST_LOOK = timedelta(days=28)


class MachineTime:
    """Working minutes of a machine from a moment on, without an end."""

    def __init__(self, machine: Machine, since: datetime) -> None:
        self._machine = machine
        self._since = since
        self._until = since + _FIRST_LOOK
        self._axis = WorkingAxis(machine.spans(since, self._until))

    def minute(self, moment: datetime) -> int:
        """How many minutes it works up to *moment*. Raises NeverWorking."""
        while self._until < moment:
            self._look_further()
        return self._axis.minute(moment)

    def begin(self, minute: int) -> datetime:
        """When its work goes on after so many minutes. Raises NeverWorking."""
        self._know(minute + 1)
        return self._axis.begin(minute)

    def end(self, minute: int) -> datetime:
        """By when it has worked so many minutes, one at least. Raises NeverWorking."""
        self._know(minute)
        return self._axis.end(minute)

    def _know(self, minute: int) -> None:
        while self._axis.length < minute:
            self._look_further()

    def _look_further(self) -> None:
        known = self._axis.length
        self._until += max(_FIRST_LOOK, self._until - self._since)
        self._axis = WorkingAxis(self._machine.spans(self._since, self._until))
        if self._axis.length == known and self._until - self._since > LONGEST_STANDSTILL:
            raise NeverWorking(self._machine.calendar.name, self._since)
