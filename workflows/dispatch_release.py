"""Dispatch release, as it runs."""

from __future__ import annotations

from temporalio import workflow

from activities.dispatch import DispatchActivities
from domain.case import CaseStart
from domain.processes.dispatch_release import DISPATCH_RELEASE
from workflows.process import LookAgain
from workflows.writing import WritingRun

CHECKS = (DispatchActivities.shipment, DispatchActivities.readiness)


@workflow.defn(name="dispatch_release")
class DispatchRelease(WritingRun):
    """One shipment, from being planned until it has left and everybody knows."""

    process = DISPATCH_RELEASE

    @workflow.run
    async def run(self, start: CaseStart) -> str:  # noqa: ARG002 - kept by __init__
        """The state the case ends in."""
        return await self.pursue()

    async def settle(self, again: LookAgain) -> str:
        """Take the step that the facts allow, once somebody has said so; every step begins with a look at them."""
        ruled = await self.assess(CHECKS, again)
        if ruled.settled is not None:
            return await self.finish(ruled.settled, ruled.because)
        return await self.next_step(ruled)

    async def written(self, chosen: str, why: str) -> str:
        """After leaving everybody is told; after any other step the next one follows."""
        if chosen == "depart":
            return await self.hand_on(why, to="dispatched")
        raise LookAgain(why)
