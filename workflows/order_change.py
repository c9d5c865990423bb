"""Order change, as it runs."""

from __future__ import annotations

from temporalio import workflow

from activities.dispatch import DispatchActivities
from activities.inventory import InventoryActivities
from activities.orders import OrderActivities
from activities.production import ProductionActivities
from activities.quality import QualityActivities
from activities.schedule import ScheduleActivities
from domain.asking_back import ASK_BACK
from domain.case import CaseStart
from domain.order_line.past_us import PUT_BACK
from domain.processes.order_change import ORDER_CHANGE
from workflows.process import LookAgain
from workflows.writing import WritingRun

CHECKS = (
    OrderActivities.order,
    InventoryActivities.availability,
    ScheduleActivities.capacity,
    QualityActivities.quality,
    ProductionActivities.work_in_process,
    DispatchActivities.dispatch,
    InventoryActivities.pegging,
)


@workflow.defn(name="order_change")
class OrderChange(WritingRun):
    """One changed order line, from the request until everybody downstream has taken it over."""

    process = ORDER_CHANGE

    @workflow.run
    async def run(self, start: CaseStart) -> str:  # noqa: ARG002 - kept by __init__
        """The state the case ends in."""
        return await self.pursue()

    async def settle(self, again: LookAgain) -> str:
        """Ask until a way is chosen, and take it."""
        ruled = await self.assess(CHECKS, again)
        if ruled.settled is not None:
            return await self.finish(ruled.settled, ruled.because)
        if ruled.lacking:
            return await self.find_out(ruled.because)
        if ruled.automatic is not None:
            return await self.carry_out(ruled.automatic, ruled.because)
        decided = await self.ask("awaiting_decision", ruled.because)
        if decided.choice == ASK_BACK:
            return await self.find_out(f"{decided.by} asks back: {decided.reason}")
        refused = ruled.refused or "rejected"
        if decided.choice == "reject":
            return await self.finish(refused, decided.reason)
        why = decided.reason or f"{decided.by} decided."
        if decided.choice in ruled.offers:
            entered = await self.enter("awaiting_customer", why, chosen=decided.choice)
            # An offer stands without it, too: the evidence is looked at again before anything is written.
            await self.hold()
            word = (await self.answers(entered))[0]
            if word.choice != "accepted":
                lapsed = word.choice == "lapsed" and not ruled.refused
                return await self.finish("expired" if lapsed else refused, word.reason)
        return await self.carry_out(decided.choice, why)

    async def written(self, chosen: str, why: str) -> str:
        """Everybody downstream takes the change over; or hears that what was changed past everybody is put back."""
        return await self.hand_on(why, to=PUT_BACK if chosen == PUT_BACK else "completed")
