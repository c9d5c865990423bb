"""How near to the work under way a change comes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import Duration, Shift, WorkingCalendar
from domain.fences import effective, fences

BERLIN = ZoneInfo("Europe/Berlin")
EARLY_SHIFT = WorkingCalendar(
    name="early shift",
    zone="Europe/Berlin",
    shifts=tuple(Shift(weekday=day, start=time(6), end=time(14)) for day in range(5)),
)
FRIDAY = datetime(2026, 10, 2, 10, tzinfo=BERLIN)


def test_fences_are_counted_in_working_days() -> None:
    fence = fences(FRIDAY, Duration(working_days=2), Duration(working_days=10), EARLY_SHIFT)

    assert fence.frozen_until == datetime(2026, 10, 6, 10, tzinfo=BERLIN)
    assert fence.slushy_until == datetime(2026, 10, 16, 10, tzinfo=BERLIN)


def test_a_change_is_frozen_then_slushy_then_liquid() -> None:
    fence = fences(FRIDAY, Duration(working_days=2), Duration(working_days=10), EARLY_SHIFT)
    moment = timedelta(minutes=1)

    assert fence.zone(FRIDAY) == "frozen"
    assert fence.zone(fence.frozen_until - moment) == "frozen"
    assert fence.zone(fence.frozen_until) == "slushy"
    assert fence.zone(fence.slushy_until - moment) == "slushy"
    assert fence.zone(fence.slushy_until) == "liquid"


def test_pulling_an_operation_into_the_frozen_zone_is_a_frozen_change_and_so_is_pushing_it_out() -> None:
    fence = fences(FRIDAY, Duration(working_days=2), Duration(working_days=10), EARLY_SHIFT)
    tomorrow, next_month = FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=30)

    assert fence.zone(effective(old=next_month, new=tomorrow)) == "frozen"
    assert fence.zone(effective(old=tomorrow, new=next_month)) == "frozen"
    assert fence.zone(effective(old=next_month, new=next_month)) == "liquid"


def test_without_a_farther_planning_fence_there_is_no_slushy_zone() -> None:
    fence = fences(FRIDAY, Duration(working_days=5), Duration(working_days=3), EARLY_SHIFT)

    assert fence.slushy_until == fence.frozen_until
