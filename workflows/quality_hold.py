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
        if ruled.automatic is not None:
            return await self.carry_out(ruled.automatic, ruled.because)
        said = await self.first_answer(ruled.stage, ruled.because)
        if said.choice in ruled.options:
            return await self.carry_out(said.choice, said.why)
        raise LookAgain(said.why, keeps=True, heard=(said.id,))

    async def written(self, chosen: str, why: str) -> str:  # noqa: ARG002 - the next step follows whichever it was
        """The next step follows."""
        raise LookAgain(why)
