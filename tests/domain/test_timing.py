"""By when things are due at a site, and who hears that they are not."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
import yaml

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


def test_a_figure_that_is_as_usual_stays_out_of_what_is_kept_whatever_else_is_said() -> None:
    later = Timing(hold_ages=(Age(after=Duration(working_days=6), to=Role.QUALITY_ENGINEER),))
    said = later.model_copy(update={"gathering": timedelta(hours=72)})

    assert set(later.model_dump()) == {"hold_ages", "hold_list"}
    assert set(said.model_dump()) == {"hold_ages", "hold_list", "gathering"}
    assert Timing.model_validate(said.model_dump(mode="json")) == said


def test_the_document_that_comes_with_the_program_says_every_figure() -> None:
    document = yaml.safe_load((FOLDER / "readiness/default.yaml").read_text(encoding="utf-8"))

    assert set(document["timing"]) == set(Timing.model_fields)
    assert SHIPPED.version == "5a8640074a98"


@pytest.mark.parametrize(
    "figure", [{"approval": "PT0S"}, {"buffer": "-PT1H"}, {"gathering": "P999D"}, {"step_late_share": -1}, {"bufer": 1}]
)
def test_figures_that_make_no_sense_are_refused(figure: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(figure))):
        Timing.model_validate(figure)


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
