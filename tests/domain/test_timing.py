"""By when things are due at a site, and who hears that they are not."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from domain.calendar import Duration, Shift, WorkingCalendar
from domain.readiness.policy import ReadinessPolicy
from domain.roles import Role
from domain.timing import Age, Timing
from runtime.policies import FOLDER, read_readiness_policy

FRIDAY = datetime(2026, 11, 20, 9, tzinfo=UTC)
WEEKDAYS = WorkingCalendar(
    name="weekdays", zone="UTC", shifts=tuple(Shift(weekday=day, start=time(6), end=time(14)) for day in range(5))
)
FIVE_DAYS = Age(after=Duration(working_days=5), to=Role.QUALITY_ENGINEER)
SHIPPED = read_readiness_policy(FOLDER / "readiness/default.yaml")


def test_a_weekend_makes_nothing_older_in_working_days() -> None:
    week = timedelta(days=7)

    assert not FIVE_DAYS.reached(FRIDAY, FRIDAY + week - timedelta(seconds=1), WEEKDAYS)
    assert FIVE_DAYS.reached(FRIDAY, FRIDAY + week, WEEKDAYS)


def test_where_nobody_ever_works_the_clock_counts() -> None:
    nobody = WorkingCalendar(name="nobody", zone="UTC")

    assert not FIVE_DAYS.reached(FRIDAY, FRIDAY + timedelta(days=4), nobody)
    assert FIVE_DAYS.reached(FRIDAY, FRIDAY + timedelta(days=5), nobody)


def test_what_comes_with_the_program_is_written_out_and_what_is_as_usual_changes_no_version() -> None:
    without = ReadinessPolicy.model_validate(SHIPPED.model_dump(exclude={"timing"}))
    later = Timing(hold_ages=(Age(after=Duration(working_days=6), to=Role.QUALITY_ENGINEER),))
    own = SHIPPED.model_copy(update={"timing": later})

    assert SHIPPED.timing == Timing()
    assert without.version == SHIPPED.version
    assert own.version != SHIPPED.version
    assert ReadinessPolicy.model_validate(own.model_dump(mode="json")) == own


@pytest.mark.parametrize(
    "ages",
    [
        [{"after": {"working_days": 5}, "to": "buyer"}, {"after": {"clock": "P5D"}, "to": "plant_manager"}],
        [{"after": {"working_days": 5}, "to": "buyer"}, {"after": {"clock": "P9D"}, "to": "buyer"}],
    ],
)
def test_ages_that_make_no_sense_are_refused(ages: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match=r"higher than the one before|no role is named twice"):
        Timing.model_validate({"hold_ages": ages})
