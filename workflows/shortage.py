"""Material shortage, as it runs."""

from __future__ import annotations

from temporalio import workflow

from activities.shortage import ShortageActivities
from domain.case import CaseStart
from domain.processes.shortage import SHORTAGE
from domain.shortage.combination import leaves_short
from workflows.process import LookAgain
from workflows.writing import WritingRun

CHECKS = (ShortageActivities.shortage, ShortageActivities.sources)


@workflow.defn(name="shortage")
class Shortage(WritingRun):
    """One item that is missing, until it is there, or nobody needs it any more."""

    process = SHORTAGE

    @workflow.run
    async def run(self, start: CaseStart) -> str:  # noqa: ARG002 - kept by __init__
        """The state the case ends in."""
        return await self.pursue()

    async def settle(self, again: LookAgain) -> str:
        """See what is missing, have it counted, have a way chosen, take it, and watch until it is there."""
        ruled = await self.assess(CHECKS, again)
        if ruled.lacking:
            return await self.find_out(ruled.because)
        if ruled.settled in ("no_shortage", "below_safety_stock"):
            return await self.finish(ruled.settled, ruled.because)
        if ruled.settled is not None:
            return await self.hand_on(ruled.because, to=ruled.settled)
        return await self.next_step(ruled)

    async def written(self, chosen: str, why: str) -> str:
        """What stays short is told to those who must plan for it; then it is watched."""
        if leaves_short(chosen):
            await self.enter("unresolved", why)
        raise LookAgain(why)
