"""What a workflow writes into and asks of the record of its case."""

from __future__ import annotations

from datetime import datetime

from temporalio import activity

from domain.case import ClimbCall, Entered, LookCall, News, Step
from domain.ports import CaseFiles
from domain.signalled import SignalCall


class RecordActivities:
    """The record, as workflows reach it."""

    def __init__(self, files: CaseFiles) -> None:
        self._files = files

    @activity.defn(name="enter")
    async def enter(self, step: Step) -> Entered:
        """What the move opened."""
        return await self._files.enter(step)

    @activity.defn(name="climb")
    async def climb(self, call: ClimbCall) -> datetime | None:
        """When to chase next, after what is due has been done."""
        return await self._files.climb(call.case_id, call.at)

    @activity.defn(name="look")
    async def look(self, call: LookCall) -> News:
        """What the case has not seen yet."""
        return await self._files.look(call)

    @activity.defn(name="answer by signal")
    async def answer_by_signal(self, call: SignalCall) -> str:
        """What became of an answer that came as a signal."""
        # A step that was lost is done again: the engine counts the same within a run, so that it is the same signal.
        told = activity.info()
        signal = f"{told.workflow_run_id}/{told.activity_id}"
        return await self._files.answer_by_signal(call.case_id, call.answer, call.at, signal)
