"""What every process does alike: enter a state, look at the evidence, ask people, write back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

from activities.assessment import AssessmentActivities
from activities.record import RecordActivities
from domain.case import (
    AssessCall,
    Assessed,
    CaseStart,
    CheckCall,
    CheckOutcome,
    Command,
    CommandKind,
    CommitCall,
    CommitOutcome,
    CommitResult,
    Entered,
    ProposeCall,
    Ruled,
    Step,
)
from domain.force import MovedByForce
from domain.process import CHECK_LIMIT, Process
from domain.words import in_words
from workflows.search_attributes import DUE, OWNER, STATE

CheckActivity = Callable[[Any, CheckCall], Awaitable[CheckOutcome]]
WriteActivity = Callable[[Any, CommitCall], Awaitable[CommitOutcome]]

WRITE_LIMIT = timedelta(minutes=30)
"""How long a system may be away before somebody is asked what to do (processes 1.2, row 20)."""


def recorded(summary: str) -> workflow.LocalActivityConfig:
    """How our own record is reached: it answers at once, and a local activity costs one event instead of six."""
    return workflow.LocalActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(seconds=10),
        retry_policy=RetryPolicy(
            initial_interval=timedelta(milliseconds=200),
            maximum_interval=timedelta(seconds=30),
            non_retryable_error_types=[MovedByForce.__name__],
        ),
    )


def checked_quickly(summary: str) -> workflow.LocalActivityConfig:
    """How a check is tried first."""
    return workflow.LocalActivityConfig(
        summary=summary,
        schedule_to_close_timeout=timedelta(seconds=4),
        retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_attempts=2),
    )


def checked_patiently(summary: str) -> workflow.ActivityConfig:
    """How a check goes on whose system did not answer at once."""
    return workflow.ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(seconds=60),
        schedule_to_close_timeout=CHECK_LIMIT,
        retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
    )


def written(summary: str) -> workflow.ActivityConfig:
    """How other systems are written to."""
    return workflow.ActivityConfig(
        summary=summary,
        start_to_close_timeout=timedelta(minutes=2),
        # A worker that died is missed by then; how far it had come is in the record.
        heartbeat_timeout=timedelta(seconds=10),
        schedule_to_close_timeout=WRITE_LIMIT,
        retry_policy=RetryPolicy(
            maximum_interval=timedelta(minutes=2), non_retryable_error_types=[MovedByForce.__name__]
        ),
    )


class Ends(Exception):
    """The case is over, wherever it was."""

    def __init__(self, state: str, because: str) -> None:
        super().__init__(because)
        self.state = state
        self.because = because


class Interrupted(Ends):
    """The case was told to stop while it still could be."""

    def __init__(self, told: Command) -> None:
        state = {CommandKind.WITHDRAW: "withdrawn", CommandKind.SUPERSEDE: "superseded"}[told.kind]
        super().__init__(state, told.reason)


class LookAgain(Exception):
    """The case must be assessed anew."""

    def __init__(
        self, because: str, *, keeps: bool = False, heard: tuple[str, ...] = (), answered: bool = False
    ) -> None:
        """
        *keeps* leaves open what is asked until it is clear whether it must still be asked, but for the questions in
        *heard*, whose answer it is that leads back. *answered* says that nothing is asked any more that is waited for.
        """
        super().__init__(because)
        self.because = because
        self.keeps = keeps
        self.heard = heard
        self.answered = answered


class ProcessRun:
    """A running case. Each process is a class of its own with a ``run`` that reads as the business does."""

    process: ClassVar[Process]

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        self._start = start
        self._state = self.process.first
        self._because = ""
        self._due: datetime | None = None
        self._sequence = start.sequence
        self._assessment = start.assessment
        self._seen = start.seen
        self._verdicts: dict[str, str] = {}
        self._hints = 0

    @workflow.signal(description="Look again: the record has news for this case. Carries no facts.")
    def look_again(self, *_: object) -> None:
        """Sent by Lockstep itself after an answer or a command was kept; whatever else comes with it does no harm."""
        self._hints += 1

    @workflow.query(description="The case as its workflow sees it: state, owner, due, verdicts.")
    def snapshot(self) -> dict[str, Any]:
        """The live counterpart of what the record says."""
        return {
            "case_id": self._start.case_id,
            "process": self.process.name,
            "site": self._start.site,
            "subject": self._start.subject,
            "state": self._state.name,
            "owner": str(self._state.owner),
            "due_at": None if self._due is None else self._due.isoformat(),
            "because": self._because,
            "assessment": self._assessment,
            "verdicts": self._verdicts,
        }

    @property
    def state(self) -> str:
        """Where the case is."""
        return self._state.name

    async def enter(
        self, state: str, because: str, *, chosen: str | None = None, again: LookAgain | None = None
    ) -> Entered:
        """What entering *state* opened. Raises Interrupted if the case was told to stop just before."""
        step = Step(
            case_id=self._start.case_id,
            sequence=self._sequence + 1,
            at=workflow.now(),
            state=state,
            because=because,
            chosen=chosen,
            assessment=self._assessment,
            seen=self._seen,
            keeps=again is not None and again.keeps,
            heard=() if again is None else again.heard,
            forced=self._start.forced,
        )
        entered = await workflow.execute_local_activity_method(
            RecordActivities.enter, step, **recorded(f"enter {state}")
        )
        if entered.interrupted_by is not None:
            self._seen = entered.interrupted_by.number
            raise Interrupted(entered.interrupted_by)
        self._hints += entered.told
        self._sequence += 1
        self._state = self.process.state(state)
        self._because = because
        self._due = entered.due_at
        self._show(waiting=bool(entered.questions) or self._state.final)
        return entered

    async def assess(self, checks: Sequence[CheckActivity], again: LookAgain) -> Ruled:
        """What the evidence comes to, gathered anew: every check at once, each with its own time."""
        self._assessment += 1
        await self.enter("assessing", again.because, again=again)
        if self._start.assesses_at_once:
            assessed = await self._assess_at_once()
            self._verdicts = dict(assessed.verdicts)
            if assessed.ruled is not None:
                return assessed.ruled
            late = [check for check in checks if check.__name__ not in self._verdicts]
            outcomes = await asyncio.gather(*(self._check_patiently(check) for check in late))
        else:  # as cases do that were begun before there was another way
            self._verdicts = {}
            outcomes = await asyncio.gather(*(self._check(check) for check in checks))
        self._verdicts |= {outcome.check: outcome.verdict for outcome in outcomes if outcome is not None}
        call = ProposeCall(
            case_id=self._start.case_id,
            assessment=self._assessment,
            at=workflow.now(),
            missing=tuple(check.name for check in self.process.checks if check.name not in self._verdicts),
        )
        return await workflow.execute_local_activity_method(
            AssessmentActivities.propose, call, **recorded("compute options")
        )

    async def finish(self, state: str, because: str) -> str:
        """The final *state*, entered."""
        await self.enter(state, because)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return state

    async def _assess_at_once(self) -> Assessed:
        call = AssessCall(case_id=self._start.case_id, assessment=self._assessment, at=workflow.now())
        return await workflow.execute_local_activity_method(
            AssessmentActivities.assess, call, **recorded("check everything")
        )

    async def _check(self, check: CheckActivity) -> CheckOutcome | None:
        """What *check* found, tried by itself; nothing if it did not answer within its limit."""
        call = CheckCall(case_id=self._start.case_id, assessment=self._assessment, at=workflow.now())
        try:
            return await workflow.execute_local_activity_method(
                check, call, **checked_quickly(f"check {check.__name__}")
            )
        except FailureError as failure:
            if is_cancelled_exception(failure):
                raise
        return await self._check_patiently(check)

    async def _check_patiently(self, check: CheckActivity) -> CheckOutcome | None:
        """What *check* found; nothing if it did not answer within its limit."""
        call = CheckCall(case_id=self._start.case_id, assessment=self._assessment, at=workflow.now())
        try:
            return await workflow.execute_activity_method(check, call, **checked_patiently(f"check {check.__name__}"))
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            return None

    async def _write(self, write: WriteActivity, summary: str) -> CommitOutcome:
        call = CommitCall(
            case_id=self._start.case_id, assessment=self._assessment, at=workflow.now(), forced=self._start.forced
        )
        try:
            return await workflow.execute_activity_method(write, call, **written(summary))
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            return CommitOutcome(
                result=CommitResult.UNAVAILABLE,
                because="A system that must be written to has not answered for too long.",
            )

    def _show(self, *, waiting: bool) -> None:
        """Tell the operator's user interface where the case is."""
        workflow.set_current_details(self._details())
        if waiting:
            workflow.upsert_search_attributes(
                [
                    STATE.value_set(self._state.name),
                    OWNER.value_set(str(self._state.owner)),
                    DUE.value_unset() if self._due is None else DUE.value_set(self._due),
                ]
            )

    def _show_due(self, due: datetime | None) -> None:
        """Tell it as well when what is asked is due now, if it is another time than was said before."""
        if due is not None and due != self._due:
            self._due = due
            self._show(waiting=True)

    def _details(self) -> str:
        due = "" if self._due is None else f", due {self._due:%Y-%m-%d %H:%M} UTC"
        lines = [
            f"**{in_words(self._state.name)}**: {self._state.meaning}",
            f"Owner: {self._state.owner}{due}",
            self._because,
        ]
        if self._verdicts:
            rows = [f"| {check.title} | {self._verdicts.get(check.name, 'unknown')} |" for check in self.process.checks]
            lines.append("\n".join(["| evidence | verdict |", "|---|---|", *rows]))
        if self._start.link:
            lines.append(f"[{self._start.case_id} in Lockstep]({self._start.link})")
        return "\n\n".join(line for line in lines if line)
