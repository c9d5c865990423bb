"""The daily report: what it counts and names, that it says of nothing that there was none, and when it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import DayException, Shift, WorkingCalendar
from domain.decision import Channel, Principal, PrincipalKind
from domain.force import ForcedMove, Outcome
from domain.question import QuestionKind
from domain.report import (
    Asked,
    CaseLine,
    Day,
    OpenHold,
    RecordedDay,
    daily_report,
    days_to_send,
    leaves_at,
    read_by,
)
from domain.report_page import sentences
from domain.roles import Role
from domain.trail import TrailEntry

BERLIN = "Europe/Berlin"
MONDAY = date(2026, 10, 5)
DAY = Day(site="north", plant="North", zone=BERLIN, date=MONDAY)
NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
OFFICE = WorkingCalendar(
    name="office",
    zone=BERLIN,
    shifts=tuple(Shift(weekday=day, start=time(7), end=time(16)) for day in range(5)),
    exceptions=(DayException(date=date(2026, 10, 13)),),
)


def line(
    action: str, case: str = "OC-1", *, by: str = "boris", channel: Channel = Channel.API, **more: Any
) -> CaseLine:
    """Something that happened to a case."""
    who = Principal(kind=PrincipalKind.PERSON, id=by)
    entry = TrailEntry(sequence=1, at=NOON, action=action, by=who, channel=channel, reason="So it was.", details=more)
    return CaseLine(case_id=case, process="order_change", subject="SO-1:10", line=entry, closes=False)


def ended(case: str, item: str, state: str) -> CaseLine:
    """A shortage of the item is over."""
    entered = line("entered", case)
    told = entered.line.model_copy(update={"to_state": state})
    return replace(entered, process="shortage", subject=item, line=told, closes=True)


def asked(question: str, kind: QuestionKind = QuestionKind.DECISION, **more: Any) -> Asked:
    """A question that was due at noon."""
    return Asked(
        question=question, case_id="OC-1", subject="SO-1:10", title="Which way?", kind=kind, due_at=NOON,
        with_whom="boris", **more,
    )  # fmt: skip


def forced(number: int, outcome: Outcome = Outcome.PUT_BACK) -> ForcedMove:
    """A case that Adam moved by hand."""
    return ForcedMove(
        case_id=f"OC-{number}", process="order_change", site="north", subject="SO-1:10", from_state="awaiting_decision",
        to_state="withdrawn", reason="Nobody is in the house.", by=Principal(kind=PrincipalKind.PERSON, id="adam"),
        at=NOON, question=f"OC-{number}-0-1", due_at=NOON, outcome=outcome, settled_by="Deadline",
        became="It was put back.",
    )  # fmt: skip


def told(**recorded: Any) -> tuple[str, ...]:
    """The page."""
    return sentences(daily_report(RecordedDay(day=DAY, **recorded)))


def test_says_of_nothing_that_there_was_none_and_of_forced_moves_first() -> None:
    page = told()

    assert page[0] == "Moved by force: none."
    assert all(sentence.endswith("none.") for sentence in page)


def test_names_every_forced_move_with_who_why_and_what_became_of_it_however_many() -> None:
    page = told(forced=[forced(number) for number in range(9)])

    assert page[0] == "Moved by force: 9."
    assert page[1] == (
        "- OC-0 (SO-1:10) from awaiting decision to withdrawn, by adam: Nobody is in the house. Not confirmed "
        "(Deadline). It was put back."
    )
    assert page[9].startswith("- OC-8")


@given(count=st.integers(0, 2000))
def test_stays_one_page_however_much_was_late(count: int) -> None:
    late = [asked(f"OC-{number}-2-1", settled_at=NOON + timedelta(hours=3)) for number in range(count)]

    assert len(told(late=late, waiting=late)) < 36


def test_a_handoff_that_was_late_is_no_late_decision() -> None:
    late = [asked("OC-1-2-1", settled_at=NOON + timedelta(minutes=90)), asked("OC-1-3-1", QuestionKind.HANDOFF)]

    page = told(late=late)

    assert "Decided late: 1." in page
    assert "- OC-1-2-1: Which way?, 90 minutes late, by boris" in page


def test_counts_refusals_by_cause_and_names_forgeries() -> None:
    page = told(
        lines=[
            line("answer_refused", refusal="StaleEvidence"),
            line("answer_refused", refusal="StaleEvidence"),
            line("answer_refused", refusal="NotAllowed"),
            line(
                "answer_refused",
                by="unknown",
                channel=Channel.SIGNAL,
                refusal="SignatureRefused",
                alarm="signature",
                claimed="paul",
            ),
            line("answer_refused", by="unknown", channel=Channel.SIGNAL, refusal="SignatureRefused", alarm="signature"),
        ]
    )

    assert "Answers refused: 3 (not allowed 1, stale evidence 2)." in page
    assert "Signals refused: 2 (signature refused 2)." in page
    assert "- OC-1, as from paul: So it was." in page
    assert "- OC-1, as from unknown: So it was." in page


def test_only_late_escalations_are_told() -> None:
    page = told(lines=[line("escalated", question="OC-1-2-1", percent=percent) for percent in (100, 150, 200)])

    assert "Escalated at 150 percent of the time or later: 2." in page


@given(count=st.integers(0, 400))
def test_one_in_twenty_decisions_that_nobody_made_is_looked_at_and_always_the_same(count: int) -> None:
    lines = [line("entered", f"OC-{number}", automatic=True) for number in range(count)]

    report = daily_report(RecordedDay(day=DAY, lines=lines))
    again = daily_report(RecordedDay(day=DAY, lines=lines[::-1]))

    assert report.automatic == count
    assert count / 20 <= len(report.to_review) < count / 20 + 1
    assert report.to_review == again.to_review


def test_open_holds_are_told_by_age() -> None:
    ages = (1, 20, 30, 100, 200)
    holds = [
        OpenHold(case_id=f"QH-{hours}", subject="VALVE:V1", since=DAY.ends - timedelta(hours=hours)) for hours in ages
    ]

    (held,) = (sentence for sentence in told(holds=holds) if sentence.startswith("Lots held"))

    assert "5, of them 2 up to a day, 1 up to three, 1 up to seven and 1 longer" in held
    assert "Longest: QH-200" in held


def test_a_day_is_as_long_as_the_clocks_of_the_site_say() -> None:
    put_forward = Day(site="north", plant="North", zone=BERLIN, date=date(2026, 3, 29))

    assert put_forward.ends - put_forward.begins == timedelta(days=1)  # on the wall
    assert put_forward.ends.astimezone(UTC) - put_forward.begins.astimezone(UTC) == timedelta(hours=23)


@pytest.mark.parametrize(
    ("day", "next_day"),
    [
        (MONDAY, date(2026, 10, 6)),
        (date(2026, 10, 9), date(2026, 10, 12)),  # Friday's on Monday
        (date(2026, 10, 12), date(2026, 10, 14)),  # the 13th is a holiday
    ],
)
def test_is_sent_when_work_begins_on_the_next_working_day(day: date, next_day: date) -> None:
    begins = datetime.combine(next_day, time(7), tzinfo=ZoneInfo(BERLIN))

    assert leaves_at(Day(site="north", plant="North", zone=BERLIN, date=day), OFFICE) == begins


def test_wakes_nobody_at_night_where_work_never_rests() -> None:
    assert leaves_at(DAY, WorkingCalendar.always()) == datetime(2026, 10, 6, 6, tzinfo=ZoneInfo(BERLIN))


@given(latest=st.none() | st.integers(0, 60).map(lambda days: MONDAY - timedelta(days=days)))
def test_every_day_is_sent_once_and_none_before_it_is_over(latest: date | None) -> None:
    due = days_to_send(latest, MONDAY)

    assert list(due) == sorted(set(due))
    assert all(day < MONDAY for day in due)
    assert latest is None or all(day > latest for day in due)
    assert len(due) <= 14
    assert days_to_send(due[-1] if due else latest, MONDAY) == ()


def test_is_read_by_who_answers_for_the_site_and_who_asked_for_it() -> None:
    assert read_by({Role.PLANT_MANAGER, Role.PLANNER}, asked_for_it=False) is Role.PLANT_MANAGER
    assert read_by({Role.ADMINISTRATOR}, asked_for_it=False) is Role.ADMINISTRATOR
    assert read_by({Role.PLANNER}, asked_for_it=False) is None
    assert read_by({Role.PLANNER}, asked_for_it=True) is Role.PLANNER
    assert read_by((), asked_for_it=True) is None


def test_names_each_item_of_which_the_safety_stock_is_used_as_it_was_found_last() -> None:
    lines = (
        ended("MS-1", "SEAL", "below_safety_stock"), ended("MS-2", "VALVE", "below_safety_stock"),
        ended("MS-3", "SEAL", "no_shortage"),
    )  # fmt: skip

    assert told(lines=lines)[-2:] == ("Below safety stock: 1.", "- MS-2: So it was.")
    assert told()[-1] == "Below safety stock: none."


def test_names_each_job_that_did_not_go_by_its_new_plan_and_none_that_did() -> None:
    recorded = RecordedDay(
        DAY, lines=[line("plan_compared", "SA-1", recovered=False), line("plan_compared", "SA-2", recovered=True)]
    )

    told = sentences(daily_report(recorded))

    at = told.index("New plans that did not hold: 1.")
    assert told[at + 1] == "- SA-1 (SO-1:10): So it was."
    assert "SA-2" not in " ".join(told)
