"""Carrying a decision out, once for all processes: write it, mend what fails, hand it on."""

from __future__ import annotations

from temporalio import workflow

from activities.commit import CommitActivities
from domain.case import CaseStart, CommitOutcome, CommitResult, Ruled, SettledQuestion
from domain.force import NEEDS_INFORMATION
from domain.words import in_words
from workflows.asking import AskingRun
from workflows.process import Ends, LookAgain


class WritingRun(AskingRun):
    """A running case that writes into other systems."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        super().__init__(start)
        self._wrote = start.sequence > 0  # a workflow before this one may have

    async def settle(self, again: LookAgain) -> str:
        """
        The state the case ends in, once nothing changes any more.

        Each process says here how it goes; *again* is why the case is looked at. Raises LookAgain, Ends.
        """
        raise NotImplementedError

    async def written(self, chosen: str, why: str) -> str:
        """The state the case ends in after *chosen* was written, for the reason *why*. Raises LookAgain, Ends."""
        raise NotImplementedError

    async def pursue(self) -> str:
        """The state the case ends in, however often it must be looked at."""
        again = LookAgain(self._start.because or "The request arrived.")
        carried_out = self._start.chosen
        to_find_out = self._start.because if self._start.resumes == NEEDS_INFORMATION else None
        while True:
            try:
                await self.until_quiet(again)
                if carried_out is not None:
                    chosen, carried_out = carried_out, None
                    return await self.carry_out(chosen, "The engine lost the case while this was carried out.")
                if to_find_out is not None:
                    what, to_find_out = to_find_out, None
                    return await self.find_out(what)
                return await self.settle(again)
            except LookAgain as why:
                again = why
            except Ends as end:
                return await self.finish(end.state, end.because)

    async def next_step(self, ruled: Ruled) -> str:
        """The state the case ends in after the step that is due, once somebody has said so. Raises LookAgain, Ends."""
        if ruled.automatic is not None:
            return await self.carry_out(ruled.automatic, ruled.because)
        return await self.take(ruled, await self.first_answer(ruled.stage, ruled.because))

    async def take(self, ruled: Ruled, said: SettledQuestion) -> str:
        """The state the case ends in after what was *said*: an option, or a reason to look again. Raises as above."""
        if said.choice in ruled.options:
            return await self.carry_out(said.choice, said.why)
        raise LookAgain(said.why, keeps=True, heard=(said.id,))

    async def hold(self) -> CommitOutcome:
        """What became of holding supply for an offer until the customer has answered."""
        self._wrote = True
        return await self._write(CommitActivities.hold, "hold supply for the offer")

    async def carry_out(self, chosen: str, why: str) -> str:
        """The state the case ends in after the option *chosen* has been written. Raises LookAgain, Ends."""
        self._wrote = True
        await self.enter("committing", why, chosen=chosen)
        outcome = await self._write(CommitActivities.commit, "check again, then write")
        while outcome.result is not CommitResult.COMMITTED:
            if outcome.result is CommitResult.STALE:
                raise LookAgain(outcome.because)
            repair = await self.ask("commit_failed", outcome.because)
            if repair.choice == "abandon":
                await self._take_back()
                raise Ends("abandoned", repair.reason)
            if repair.choice == "done_by_hand":
                break
            await self.enter("committing", f"{repair.by} has it tried again.")
            outcome = await self._write(CommitActivities.commit, "check again, then write")
        return await self.written(chosen, why)

    async def hand_on(self, why: str, *, to: str) -> str:
        """The final state *to*, once everybody concerned has taken it over. Raises LookAgain if one cannot."""
        handoffs = await self.answers(await self.enter("propagating", why), until="refuse")
        refused = next((handoff for handoff in handoffs if handoff.choice == "refuse"), None)
        if refused is None:
            return await self.finish(to, "Everybody concerned has taken it over." if handoffs else why)
        await self._take_back()
        raise LookAgain(f"{refused.by} ({in_words(refused.topic)}) cannot do it: {refused.reason}")

    async def finish(self, state: str, because: str) -> str:
        """The final *state*, entered."""
        if self._wrote and self.process.state(state).undoes:
            await self._write(CommitActivities.undo, "take back what was held")
        return await super().finish(state, because)

    async def _take_back(self) -> None:
        while (undone := await self._write(CommitActivities.undo, "take it back")).result is not CommitResult.COMMITTED:
            await self.ask("commit_failed", undone.because)
        self._wrote = False
