"""Carrying a decision out, once for all processes: write it, mend what fails, hand it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from temporalio import workflow

from activities.commit import CommitActivities
from domain.case import CaseStart, CommitOutcome, CommitResult
from workflows.asking import AskingRun
from workflows.process import Interrupted


class WritingRun(AskingRun):
    """A running case that writes into other systems."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        super().__init__(start)
        self._wrote = start.sequence > 0  # a workflow before this one may have

    async def pursue(self, settle: Callable[[str], Awaitable[str | None]]) -> str:
        """
        The state the case ends in.

        *settle* is told why the case is looked at, and says why it must be looked at anew; nothing if it is over.
        """
        again: str | None = "The request arrived."
        try:
            if self._start.chosen is not None:
                why = "The engine lost the case while this was carried out."
                again = await self.carry_out(self._start.chosen, why)
            while again is not None:
                again = await settle(again)
            return self.state
        except Interrupted as told:
            return await self.finish(told.ends_as, told.reason)

    async def hold(self) -> CommitOutcome:
        """What became of holding supply for an offer until the customer has answered."""
        self._wrote = True
        return await self._write(CommitActivities.hold, "hold supply for the offer")

    async def carry_out(self, chosen: str, why: str) -> str | None:
        """Why the case must be assessed again; nothing if it is over."""
        self._wrote = True
        await self.enter("committing", why, chosen=chosen)
        outcome = await self._write(CommitActivities.commit, "check again, then write")
        while outcome.result is not CommitResult.COMMITTED:
            if outcome.result is CommitResult.STALE:
                return outcome.because
            repair = await self.ask("commit_failed", outcome.because)
            if repair.choice == "abandon":
                await self._take_back()
                await self.finish("abandoned", repair.reason)
                return None
            if repair.choice == "done_by_hand":
                break
            await self.enter("committing", f"{repair.by} has it tried again.")
            outcome = await self._write(CommitActivities.commit, "check again, then write")
        return await self._hand_on(why)

    async def finish(self, state: str, because: str) -> str:
        """The final *state*, entered. Unless the decision stands, nothing that was written for it stays."""
        if self._wrote and state not in ("completed", "abandoned"):
            await self._write(CommitActivities.undo, "take back what was held")
        return await super().finish(state, because)

    async def _hand_on(self, why: str) -> str | None:
        handoffs = await self.answers(await self.enter("propagating", why), until="refuse")
        refused = next((handoff for handoff in handoffs if handoff.choice == "refuse"), None)
        if refused is None:
            await self.finish("completed", "Everybody concerned has taken it over." if handoffs else why)
            return None
        await self._take_back()
        return f"{refused.by} ({refused.topic.replace('_', ' ')}) cannot do it: {refused.reason}"

    async def _take_back(self) -> None:
        while (undone := await self._write(CommitActivities.undo, "take it back")).result is not CommitResult.COMMITTED:
            await self.ask("commit_failed", undone.because)
        self._wrote = False
