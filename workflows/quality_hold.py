"""Quality hold, as it runs."""

from __future__ import annotations

from temporalio import workflow

from activities.quality import QualityActivities
from domain.case import CaseStart
from domain.processes.quality_hold import QUALITY_HOLD
from workflows.process import LookAgain
from workflows.writing import WritingRun

CHECKS = (QualityActivities.lot, QualityActivities.where_used)


@workflow.defn(name="quality_hold")
class QualityHold(WritingRun):
    """One suspect lot, from being stopped until all of it is released or gone."""

    process = QUALITY_HOLD

    @workflow.run
    async def run(self, start: CaseStart) -> str:  # noqa: ARG002 - kept by __init__
        """The state the case ends in."""
        return await self.pursue()

    async def settle(self, again: LookAgain) -> str:
        """Take the step that is due, once somebody has said so; every step begins with a look at the lot."""
        ruled = await self.assess(CHECKS, again)
        if ruled.settled is not None:
            return await self.hand_on(ruled.because, to=ruled.settled)
        return await self.next_step(ruled)

    async def written(self, chosen: str, why: str) -> str:  # noqa: ARG002 - the next step follows whichever it was
        """The next step follows."""
        raise LookAgain(why)
