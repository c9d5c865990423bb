"""Questions: who is asked, and who hears of it when nobody answers."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Duration, Shift, WorkingCalendar
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind, Rung, RungKind, ladder
from domain.roles import Role

OFFICE = WorkingCalendar(
    name="office", zone="UTC", shifts=tuple(Shift(weekday=day, start=time(8), end=time(16)) for day in range(5))
)
FRIDAY = datetime(2026, 10, 2, 14, tzinfo=UTC)
MONDAY = datetime(2026, 10, 5, tzinfo=UTC)


def draft(*roles: Role, **said: Any) -> QuestionDraft:
    """A question to *roles*, with four hours of work to answer it unless *said* otherwise."""
    require = tuple(Requirement(role=role) for role in roles or (Role.PLANNER,))
    choices = (Choice(name="yes", title="Yes", require=require), Choice(name="no", title="No", require=require[:1]))
    given: dict[str, Any] = {"within": Duration(working=timedelta(hours=4)), **said}
    return QuestionDraft(kind=QuestionKind.DECISION, topic="decision", title="Which?", choices=choices, **given)


def at(hours: float) -> datetime:
    """A time of Monday."""
    return MONDAY + timedelta(hours=hours)


def steps(rungs: tuple[Rung, ...]) -> list[tuple[int, RungKind, datetime]]:
    """What happens when."""
    return [(rung.percent, rung.kind, rung.at) for rung in rungs]


def test_asks_each_role_once_the_most_concerned_first() -> None:
    asked = draft(Role.PRODUCTION, Role.PLANNER, Role.PRODUCTION)

    assert asked.roles == (Role.PRODUCTION, Role.PLANNER)


def test_four_hours_given_on_friday_afternoon_run_out_on_monday_morning() -> None:
    due, rungs = ladder(draft(), FRIDAY, OFFICE)

    assert due == at(10)
    assert steps(rungs) == [
        (50, RungKind.REMIND, FRIDAY + timedelta(hours=2)),
        (80, RungKind.REMIND, at(9.2)),
        (100, RungKind.ESCALATE, at(10)),
        (150, RungKind.ESCALATE, at(12)),
    ]


def test_an_hour_by_the_clock_runs_through_the_night() -> None:
    night = datetime(2026, 10, 3, 3, tzinfo=UTC)

    due, rungs = ladder(draft(within=Duration(clock=timedelta(hours=1))), night, OFFICE)

    assert due == night + timedelta(hours=1)
    assert [rung.at - night for rung in rungs] == [timedelta(minutes=m) for m in (30, 48, 60, 90)]


def test_a_working_day_is_halved_in_working_hours() -> None:
    due, rungs = ladder(draft(within=Duration(working_days=1)), FRIDAY, OFFICE)

    assert due == at(14)
    assert rungs[0].at == at(10)
    assert rungs[-1].at == at(14) + timedelta(hours=20)


def test_first_the_lead_of_the_role_may_answer_then_the_plant_manager() -> None:
    _, rungs = ladder(draft(Role.SALES, Role.PLANNER), FRIDAY, OFFICE)

    assert [rung.role for rung in rungs] == [None, None, Role.SALES_MANAGER, Role.PLANT_MANAGER]


def test_silence_answers_at_twice_the_time_where_it_stands_for_something() -> None:
    _, rungs = ladder(draft(on_silence="no"), FRIDAY, OFFICE)

    assert steps(rungs)[-1] == (200, RungKind.SILENCE, at(14))
    assert [rung.percent for rung in rungs] == [50, 80, 100, 150, 200]


def test_nobody_is_escalated_to_once_silence_has_answered() -> None:
    _, rungs = ladder(draft(on_silence="no", silence_percent=100), FRIDAY, OFFICE)

    assert steps(rungs)[2:] == [(100, RungKind.SILENCE, at(10))]
    assert all(rung.role is None for rung in rungs)


def test_silence_never_answers_where_it_stands_for_nothing() -> None:
    _, rungs = ladder(draft(on_silence=None), FRIDAY, OFFICE)

    assert RungKind.SILENCE not in {rung.kind for rung in rungs}


minutes = st.integers(1, 10_000).map(lambda number: timedelta(minutes=number))
times = st.one_of(
    minutes.map(lambda length: Duration(working=length)),
    minutes.map(lambda length: Duration(clock=length)),
    st.integers(1, 15).map(lambda days: Duration(working_days=days)),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, times, st.sampled_from([None, 100, 150, 200]))
def test_the_rungs_come_in_order_after_the_question_and_the_lead_just_when_it_is_due(
    asked_at: datetime, within: Duration, silent_at: int | None
) -> None:
    silence = {} if silent_at is None else {"on_silence": "no", "silence_percent": silent_at}

    due, rungs = ladder(draft(within=within, **silence), asked_at, OFFICE)

    assert due > asked_at
    assert [rung.at for rung in rungs] == sorted(rung.at for rung in rungs)
    assert [rung.percent for rung in rungs] == sorted({rung.percent for rung in rungs})
    assert all((rung.at >= due) is (rung.percent >= 100) for rung in rungs)
    assert next(rung.at for rung in rungs if rung.percent == 100) == due


@given(moments, minutes)
def test_nobody_is_reminded_outside_working_hours(asked_at: datetime, length: timedelta) -> None:
    _, rungs = ladder(draft(within=Duration(working=length)), asked_at, OFFICE)

    just_before = timedelta.resolution
    assert all(OFFICE.is_working(rung.at - just_before) for rung in rungs)
