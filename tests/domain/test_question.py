"""Questions: who is asked, and who hears of it when nobody answers."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.calendar import Duration, Shift, WorkingCalendar
from domain.ladder import LadderStep
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind, Rung, RungKind, Turn, ladder
from domain.roles import Role

OFFICE = WorkingCalendar(
    name="office", zone="UTC", shifts=tuple(Shift(weekday=day, start=time(8), end=time(16)) for day in range(5))
)
PLANT = Role.PLANT_MANAGER
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


def test_the_second_has_time_of_his_own_and_whoever_is_known_is_not_brought_in() -> None:
    second = Turn(
        within=Duration(clock=timedelta(hours=2)), waited_for=(Role.BUYER,), known=(Role.PLANNER, PLANT), answers=1
    )

    due, rungs = ladder(draft(), FRIDAY, [OFFICE], turn=second)

    assert due == FRIDAY + timedelta(hours=2)
    assert [(rung.percent, rung.brings_in) for rung in rungs if rung.brings_in] == [(100, (Role.DUTY_MANAGER,))]


def test_four_hours_given_on_friday_afternoon_run_out_on_monday_morning() -> None:
    due, rungs = ladder(draft(), FRIDAY, [OFFICE])

    assert due == at(10)
    assert steps(rungs) == [
        (50, RungKind.REMIND, FRIDAY + timedelta(hours=2)),
        (80, RungKind.REMIND, at(9.2)),
        (100, RungKind.ESCALATE, at(10)),
        (150, RungKind.ESCALATE, at(12)),
        (200, RungKind.REMIND, at(14)),
    ]


def test_an_hour_by_the_clock_runs_through_the_night() -> None:
    night = datetime(2026, 10, 3, 3, tzinfo=UTC)

    due, rungs = ladder(draft(within=Duration(clock=timedelta(hours=1))), night, [OFFICE])

    assert due == night + timedelta(hours=1)
    assert [rung.at - night for rung in rungs] == [timedelta(minutes=m) for m in (30, 48, 60, 90, 120)]


def test_a_working_day_is_halved_in_working_hours() -> None:
    due, rungs = ladder(draft(within=Duration(working_days=1)), FRIDAY, [OFFICE])

    assert due == at(14)
    assert rungs[0].at == at(10)
    assert rungs[-2].at == at(14) + timedelta(hours=20)


@pytest.mark.parametrize(
    ("asked", "lead", "half_as_long_again", "twice_as_long"),
    [
        ((Role.SALES,), (Role.SALES_MANAGER,), (Role.PLANT_MANAGER,), (Role.DUTY_MANAGER,)),
        # Most roles are led by the plant manager himself: nobody is brought in twice.
        ((Role.PLANNER,), (Role.PLANT_MANAGER,), (Role.DUTY_MANAGER,), ()),
        ((Role.PLANT_MANAGER,), (Role.DUTY_MANAGER,), (), ()),
        ((Role.SALES, Role.PLANNER), (Role.SALES_MANAGER, Role.PLANT_MANAGER), (Role.DUTY_MANAGER,), ()),
    ],
)
def test_the_lead_of_each_role_is_brought_in_then_the_plant_then_who_is_on_duty(
    asked: tuple[Role, ...],
    lead: tuple[Role, ...],
    half_as_long_again: tuple[Role, ...],
    twice_as_long: tuple[Role, ...],
) -> None:
    _, rungs = ladder(draft(*asked), FRIDAY, [OFFICE])

    assert [rung.brings_in for rung in rungs] == [(), (), lead, half_as_long_again, twice_as_long]
    assert [rung.kind is RungKind.ESCALATE for rung in rungs] == [bool(rung.brings_in) for rung in rungs]
    assert [rung.red for rung in rungs] == [False, False, False, False, True]


def test_a_role_that_only_one_of_the_ways_needs_stands_in_on_the_others() -> None:
    cheap = Choice(name="cheap", title="Cheap", require=(Requirement(role=Role.PLANNER),))
    dear = Choice(name="dear", title="Dear", require=(Requirement(role=Role.PLANNER), Requirement(role=PLANT)))
    asked = draft().model_copy(update={"choices": (cheap, dear)})

    _, rungs = ladder(asked, FRIDAY, [OFFICE])

    assert asked.waited_for == (Role.PLANNER, PLANT)
    assert rungs[2].brings_in == (PLANT,)


def test_the_time_of_who_only_may_say_that_a_handoff_is_not_needed_does_not_count() -> None:
    taken_over = Choice(name="acknowledge", title="Taken over", require=(Requirement(role=Role.WAREHOUSE),))
    waived = Choice(name="waive", title="Not needed", require=(Requirement(role=Role.SHIPPING_MANAGER),))
    asked = draft().model_copy(update={"kind": QuestionKind.HANDOFF, "choices": (taken_over, waived)})

    _, rungs = ladder(asked, FRIDAY, [OFFICE])

    assert asked.waited_for == (Role.WAREHOUSE,)
    # Who could only waive it can now take it over as well.
    assert rungs[2].brings_in == (Role.SHIPPING_MANAGER,)


def test_time_has_passed_once_it_has_for_every_role_that_is_waited_for() -> None:
    nights = WorkingCalendar(
        name="nights", zone="UTC", shifts=tuple(Shift(weekday=day, start=time(22), end=time(6)) for day in range(5))
    )

    due, rungs = ladder(draft(Role.PLANNER, Role.PRODUCTION), FRIDAY, [OFFICE, nights])

    # The office has its four hours by ten on Monday, the night shift by two on Saturday morning.
    assert due == at(10)
    assert rungs[0].at == datetime(2026, 10, 3, 0, tzinfo=UTC)


def test_a_question_keeps_its_own_ladder_before_that_of_the_site_and_that_before_the_usual() -> None:
    of_site = (LadderStep(percent=90, to=Role.FINANCE),)
    own = (LadderStep(percent=30), LadderStep(percent=100, to="lead", red=True))

    by_site, by_itself = (
        ladder(draft(), FRIDAY, [OFFICE], of_site),
        ladder(draft(ladder=own), FRIDAY, [OFFICE], of_site),
    )

    assert [(rung.percent, rung.brings_in) for rung in by_site[1]] == [(90, (Role.FINANCE,))]
    assert [(rung.percent, rung.brings_in, rung.red) for rung in by_itself[1]] == [
        (30, (), False),
        (100, (PLANT,), True),
    ]
    assert by_site[0] == by_itself[0] == at(10)


@pytest.mark.parametrize("steps", [[], [{"percent": 80}, {"percent": 50}], [{"percent": 50, "too": "lead"}]])
def test_refuses_a_ladder_that_leads_nowhere_or_down(steps: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        draft(ladder=steps)


def test_a_rung_that_was_kept_before_there_was_more_to_say_is_what_it_was() -> None:
    kept = {"at": "2026-10-05T10:00:00Z", "kind": "escalate", "percent": 100, "role": "plant_manager"}

    assert Rung.model_validate(kept).brings_in == (PLANT,)
    assert not Rung.model_validate(kept).red


def test_silence_answers_at_twice_the_time_where_it_stands_for_something() -> None:
    _, rungs = ladder(draft(on_silence="no"), FRIDAY, [OFFICE])

    assert steps(rungs)[-1] == (200, RungKind.SILENCE, at(14))
    assert [rung.percent for rung in rungs] == [50, 80, 100, 150, 200]


def test_nobody_is_escalated_to_once_silence_has_answered() -> None:
    _, rungs = ladder(draft(on_silence="no", silence_percent=100), FRIDAY, [OFFICE])

    assert steps(rungs)[2:] == [(100, RungKind.SILENCE, at(10))]
    assert all(rung.role is None for rung in rungs)


def test_silence_never_answers_where_it_stands_for_nothing() -> None:
    _, rungs = ladder(draft(on_silence=None), FRIDAY, [OFFICE])

    assert RungKind.SILENCE not in {rung.kind for rung in rungs}


def test_is_due_when_the_answer_is_needed_and_silence_stands_for_it_no_sooner() -> None:
    asked = draft(on_silence="no", needed_by=FRIDAY + timedelta(hours=1))

    due, rungs = ladder(asked, FRIDAY, [OFFICE])

    assert due == FRIDAY + timedelta(hours=1)
    assert [(percent, moment - FRIDAY) for percent, _, moment in steps(rungs)[:3]] == [
        (50, timedelta(minutes=30)), (80, timedelta(minutes=48)), (100, timedelta(hours=1)),
    ]  # fmt: skip
    assert steps(rungs)[-1] == (200, RungKind.SILENCE, at(14))


@pytest.mark.parametrize("needed_by", [FRIDAY - timedelta(hours=1), FRIDAY, at(11)], ids=["over", "now", "later"])
def test_has_its_usual_time_where_the_answer_is_needed_later_or_was_before(needed_by: datetime) -> None:
    assert ladder(draft(needed_by=needed_by), FRIDAY, [OFFICE]) == ladder(draft(), FRIDAY, [OFFICE])


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

    due, rungs = ladder(draft(within=within, **silence), asked_at, [OFFICE])

    assert due > asked_at
    assert [rung.at for rung in rungs] == sorted(rung.at for rung in rungs)
    assert [rung.percent for rung in rungs] == sorted({rung.percent for rung in rungs})
    assert all((rung.at >= due) is (rung.percent >= 100) for rung in rungs)
    assert next(rung.at for rung in rungs if rung.percent == 100) == due


@given(moments, minutes)
def test_nobody_is_reminded_outside_working_hours(asked_at: datetime, length: timedelta) -> None:
    _, rungs = ladder(draft(within=Duration(working=length)), asked_at, [OFFICE])

    just_before = timedelta.resolution
    assert all(OFFICE.is_working(rung.at - just_before) for rung in rungs)


@given(moments, times, times)
def test_nobody_hears_of_a_turn_before_it_comes_and_then_in_order(
    asked_at: datetime, first: Duration, second: Duration
) -> None:
    before, _ = ladder(draft(within=first), asked_at, [OFFICE])
    turn = Turn(within=second, waited_for=(Role.BUYER,), known=(Role.PLANNER,), answers=1, since=before)

    due, rungs = ladder(draft(within=first), before, [OFFICE], turn=turn)

    heard = [rung.at for rung in rungs]
    assert min(heard) >= before
    assert heard == sorted(heard)
    assert due == next(rung.at for rung in rungs if rung.percent == 100) == OFFICE.after(before, second)


def test_only_those_who_share_the_first_time_are_waited_for_in_it() -> None:
    hour = Duration(clock=timedelta(hours=1))
    needs = (
        Requirement(role=Role.PLANNER), Requirement(role=Role.PRODUCTION, stage=2),
        Requirement(role=Role.FINANCE, stage=3, within=hour),
    )  # fmt: skip
    yes = Choice(name="yes", title="Yes", require=needs)
    asked = QuestionDraft(kind=QuestionKind.DECISION, topic="decision", title="Which?", choices=(yes,), within=hour)

    assert asked.first_turn.waited_for == (Role.PLANNER, Role.PRODUCTION)
    assert asked.waited_for == (Role.PLANNER, Role.PRODUCTION, Role.FINANCE)


def test_what_silence_answers_at_its_time_is_answered_then_however_long_the_turn_is_given() -> None:
    asked = draft(on_silence="no", silence_percent=100)
    lapses = FRIDAY + timedelta(minutes=70)
    turn = Turn(within=Duration(clock=timedelta(hours=2)), waited_for=(Role.BUYER,), known=(), since=FRIDAY)

    due, rungs = ladder(asked, FRIDAY, [OFFICE], turn=turn, over_at=lapses)

    assert due == lapses
    assert steps(rungs) == [
        (50, RungKind.REMIND, FRIDAY + timedelta(hours=1)), (100, RungKind.SILENCE, lapses),
    ]  # fmt: skip
