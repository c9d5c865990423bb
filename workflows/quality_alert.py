"""Quality alert, as it runs."""

from __future__ import annotations

from temporalio import workflow

from activities.quality import QualityActivities
from domain.case import CaseStart
from domain.processes.quality_alert import QUALITY_ALERT
from workflows.process import LookAgain
from workflows.writing import WritingRun

CHECKS = (QualityActivities.scope,)


@workflow.defn(name="quality_alert")
class QualityAlert(WritingRun):
    """One rule by which lots are suspect, from being in force until it stops nothing more."""

    process = QUALITY_ALERT

    @workflow.run
    async def run(self, start: CaseStart) -> str:  # noqa: ARG002 - kept by __init__
        """The state the case ends in."""
        return await self.pursue()

    async def settle(self, again: LookAgain) -> str:
        """Change the scope as was said, once whoever must has agreed."""
        ruled = await self.assess(CHECKS, again)
        if ruled.settled is not None:
            return await self.finish(ruled.settled, ruled.because)
        return await self.next_step(ruled)

    async def written(self, chosen: str, why: str) -> str:  # noqa: ARG002 - what it fits now is looked at
        """What it fits now is looked at."""
        raise LookAgain(why)
