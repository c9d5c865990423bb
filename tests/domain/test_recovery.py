"""Whether a new plan held, once the time for what it moved is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from domain.adjustment.recovery import Compared, closed, compared, recovered
from domain.facts import Job, JobOperation, JobStatus
from domain.moments import moments_of
from domain.release import AdjustedJob
from domain.timing import USUAL

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = AdjustedJob(site="north", case="SA-1", job="J-2", operations=(20,), starts_at=NOW, ends_at=NOW + 2 * HOUR)


def job(*steps: str, status: JobStatus = JobStatus.RUNNING) -> Job:
    """J-2 with steps 10, 20 and so on that stand so, an hour each."""
    operations = tuple(
        JobOperation(
            operation=number * 10, work_center="ASSEMBLY", minutes=Decimal(60), status=step,
            starts_at=NOW + number * HOUR, ends_at=NOW + (number + 1) * HOUR,
        )
        for number, step in enumerate(steps, start=1)
    )  # fmt: skip
    return Job(
        site="north", job="J-2", item="PUMP", quantity=Decimal(1), status=status, starts_at=NOW, ends_at=NOW,
        operations=operations,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("known", "held", "because"),
    [
        (job("done", "done", "waiting"), True, "done."),
        (job("running", "waiting", status=JobStatus.COMPLETE), True, "done."),
        (job("done", "running"), False, "step 20 is running."),
        (job("running", "waiting"), False, "step 20 is waiting."),
        (job("done"), False, "nobody tells of it any more."),
        (None, False, "nobody tells of it any more."),
    ],
    ids=["moved step done", "job complete", "still runs", "not begun", "step gone", "job gone"],
)
def test_a_plan_holds_when_what_it_moved_is_done(known: Job | None, held: bool, because: str) -> None:
    found = compared(PLAN, known)

    assert (found.recovered, found.because.split(": ")[1]) == (held, because)
    assert (found.planned_start, found.planned_end) == (PLAN.starts_at, PLAN.ends_at)


def test_says_when_the_moved_step_was_done_and_not_the_others() -> None:
    found = compared(PLAN, job("done", "done", "waiting"))

    assert (found.start, found.end) == (NOW + 2 * HOUR, NOW + 3 * HOUR)


def test_it_is_looked_at_when_its_time_is_over_and_a_little_lateness_with_it() -> None:
    (due,) = moments_of(PLAN, USUAL)

    assert due.at == PLAN.ends_at + USUAL.step_late


def test_the_plan_of_all_jobs_is_open_until_each_was_looked_at_unless_one_failed() -> None:
    held, failed = compared(PLAN, job("done", "done")), compared(PLAN, None)
    cases: list[tuple[int, tuple[Compared, ...]]] = [
        (0, ()), (2, ()), (2, (held,)), (2, (held, held)), (2, (failed,)), (2, (held, failed)),
    ]  # fmt: skip

    assert [recovered(*case) for case in cases] == [None, None, None, True, False, False]


def test_those_outside_are_told_once_each_job_was_looked_at_and_which_did_not_hold() -> None:
    held = compared(PLAN, job("done", "done"))
    failed = compared(PLAN.model_copy(update={"job": "J-3"}), None)

    assert [closed(0, ()), closed(2, (failed,))] == [None, None]
    assert (closed(1, (held,)) or {})["recovered"] is True
    told = closed(2, (held, failed))
    assert told is not None
    assert (told["happened"], told["recovered"], told["not_recovered"]) == ("closed", False, ["J-3"])
    assert told["because"] == f"{held.because} {failed.because}"
