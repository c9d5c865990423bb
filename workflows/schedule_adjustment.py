"""Schedule adjustment, as it runs."""

from __future__ import annotations

from temporalio import workflow

from activities.schedule import ScheduleActivities
from domain.asking_back import ASK_BACK
from domain.case import CaseStart
from domain.processes.schedule_adjustment import SCHEDULE_ADJUSTMENT
from workflows.process import LookAgain
from workflows.writing import WritingRun

CHECKS = (ScheduleActivities.disturbance, ScheduleActivities.schedule)


@workflow.defn(name="schedule_adjustment")
class ScheduleAdjustment(WritingRun):
    """One disturbed work centre, from the first word of it until everybody works by the new plan."""

    process = SCHEDULE_ADJUSTMENT

    @workflow.run
    async def run(self, start: CaseStart) -> str:  # noqa: ARG002 - kept by __init__
        """The state the case ends in."""
        return await self.pursue()

    async def settle(self, again: LookAgain) -> str:
        """Find out how long it lasts, have a plan chosen, and write it."""
        ruled = await self.assess(CHECKS, again)
        if ruled.settled is not None:
            return await self.finish(ruled.settled, ruled.because)
        if ruled.lacking:
            return await self.find_out(ruled.because)
        said = await self.first_answer(ruled.stage, ruled.because)
        if said.choice == ASK_BACK:
            return await self.find_out(f"{said.by} asks back: {said.reason}")
        if said.choice == "reject":
            return await self.finish("kept_plan", said.reason)
        return await self.take(ruled, said)

    async def written(self, chosen: str, why: str) -> str:  # noqa: ARG002 - whichever plan it is
        """Everybody who works by the plan takes it over."""
        return await self.hand_on(why, to="effective")
