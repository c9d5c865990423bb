"""When something at a plant is late, or too old: the site's own figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.calendar import Duration, NeverWorking, WorkingCalendar, length
from domain.roles import Role


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Age(_Part):
    """How old something may be before somebody hears of it."""

    after: Duration
    """Working days and hours are those of who hears of it."""
    to: Role

    def reached(self, since: datetime, at: datetime, working: WorkingCalendar) -> bool:
        """Whether what is so *since* then is as old *at* that moment, in the *working* time of who hears of it."""
        if at < since + length(self.after):  # in working time it takes longer, never less
            return False
        try:
            return working.after(since, self.after) <= at
        except NeverWorking:
            return True  # nobody there has hours, so the clock counts


class Weekly(_Part):
    """What is sent once a week."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    """Monday is 0; if nobody works then, on the next working morning."""
    to: Role


def _each_later(ages: tuple[Age, ...]) -> tuple[Age, ...]:
    if any(length(later.after) <= length(earlier.after) for earlier, later in pairwise(ages)):
        raise ValueError("Each age is higher than the one before.")
    if len({age.to for age in ages}) != len(ages):
        raise ValueError("Whoever hears of it hears of it once: no role is named twice.")
    return ages


_Length = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=366))]


def _figure(usual: timedelta | Decimal) -> Any:
    """A figure that stays out of what is kept where it is as *usual*, so that versions stay the same."""
    return Field(default=usual, exclude_if=lambda said: said == usual)


class Timing(_Part):
    """By when things are due at a site. What a site does not say is as it comes with the program."""

    hold_ages: Annotated[tuple[Age, ...], AfterValidator(_each_later)] = (
        Age(after=Duration(working_days=5), to=Role.QUALITY_ENGINEER),
        Age(after=Duration(clock=timedelta(days=30)), to=Role.PLANT_MANAGER),
    )
    """Who hears that a lot is on hold for so long, each once (processes 1.5, row 15)."""
    hold_list: Weekly = Weekly(weekday=0, to=Role.QUALITY_ENGINEER)
    """Who is sent the list of all that is on hold."""
    gathering: _Length = _figure(timedelta(hours=48))
    """How long before it must leave a shipment is got ready (processes 1.6, row 2)."""
    buffer: _Length = _figure(timedelta(hours=4))
    """How long before it must leave a shipment should lack nothing; from then on it is urgent."""
    approval: Annotated[_Length, Field(gt=timedelta(0))] = _figure(timedelta(hours=4))
    """How long an approval is good at most; not beyond the slot (processes 1.6, row 8)."""
    reconfirmation: _Length = _figure(timedelta(hours=4))
    """How long before a slot begins its vehicle must be confirmed again; no time means never (processes 2.3)."""
    vehicle_late: _Length = _figure(timedelta(minutes=30))
    """How long after the end of its slot a vehicle may still come (processes 1.6, row 17)."""
    ship_notice: _Length = _figure(timedelta(minutes=15))
    """How long after a shipment has left its customer is sent the ship notice at the latest (processes 1.6)."""
    receipt_late: _Length = _figure(timedelta(hours=4))
    """How late a receipt may be before nobody counts on it any more (processes 1.4, row 8)."""
    inspection: _Length = _figure(timedelta(days=1))
    """How long what waits for its inspection is away."""
    look_ahead: _Length = _figure(timedelta(days=28))
    """How far ahead a shortage is looked for (processes 1.4)."""
    stopped: _Length = _figure(timedelta(minutes=15))
    """How long a work centre stands still before somebody is asked what becomes of its work (processes 1.3)."""
    kit_check: _Length = _figure(timedelta(days=2))
    last_kit_check: _Length = _figure(timedelta(hours=8))
    """How long before a job begins somebody looks whether its material will be there, and once more (processes 1.4)."""
    expiring: _Length = _figure(timedelta(days=14))
    """How long before a lot expires somebody looks who will miss it."""
    step_late: _Length = _figure(timedelta(minutes=30))
    step_late_share: Annotated[Decimal, Field(ge=0, le=10)] = _figure(Decimal("0.2"))
    """How late a step of a job may be: so long, or this share of the time it takes, if more (processes 1.3)."""


USUAL = Timing()


def usual(timing: Timing) -> bool:
    """Whether it says nothing of its own: then it stays out of what is kept, and versions stay the same."""
    return timing == USUAL
