"""What a workflow writes into and asks of the record of its case."""

from temporalio import activity

from domain.case import Entered, EscalationStep, LookCall, News, SignalCall, Step
from domain.ports import CaseFiles


class RecordActivities:
    """The record, as workflows reach it."""

    def __init__(self, files: CaseFiles) -> None:
        self._files = files

    @activity.defn(name="enter")
    async def enter(self, step: Step) -> Entered:
        """What the move opened."""
        return await self._files.enter(step)

    @activity.defn(name="escalate")
    async def escalate(self, step: EscalationStep) -> None:
        """Keep that a rung of a question's ladder was reached."""
        await self._files.escalate(step)

    @activity.defn(name="look")
    async def look(self, call: LookCall) -> News:
        """What the case has not seen yet."""
        return await self._files.look(call.case_id)

    @activity.defn(name="answer by signal")
    async def answer_by_signal(self, call: SignalCall) -> str:
        """What became of an answer that came as a signal."""
        return await self._files.answer_by_signal(call.case_id, call.answer, call.at)
