"""The human step, once for all processes: ask, remind, escalate, and go on when the answers are there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

from activities.record import RecordActivities
from domain.case import CaseStart, ClimbCall, CommandKind, Entered, LookCall, News, SettledQuestion
from domain.signalled import SignalCall, SignalledAnswer
from domain.signature import as_answer
from workflows.process import Interrupted, LookAgain, ProcessRun, recorded

ANY = "*"
"""Any answer at all."""


class AskingRun(ProcessRun):
    """A running case that asks people."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        super().__init__(start)
        self._looked = 0
        self._latest = News()
        self._signalled: list[SignalledAnswer] = []
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at: datetime | None = None

    @workflow.signal(
        description="Answer a question of this case. It counts by the same rules as in the inbox, and is refused "
        "without proof of who sends it, except in development."
    )
    def decide(self, *sent: Any) -> None:
        """Keep what was sent until the case gets to it; whether it counts is settled in the record."""
        # Anybody may send anything: what does not fit would be dropped without a trace, or keep the case from going on.
        self._signalled.append(as_answer(sent))

    async def ask(self, state: str, because: str) -> SettledQuestion:
        """The answer to the one question that *state* asks. Raises Interrupted."""
        return (await self.answers(await self.enter(state, because)))[0]

    async def find_out(self, what: str) -> str:
        """The end, if the request is dropped over *what* is missing. Raises LookAgain when it is there, Interrupted."""
        told = await self.ask("needs_information", what)
        if told.choice == "drop":
            return await self.finish("withdrawn", told.reason)
        raise LookAgain(f"{told.by} says that what was missing is there" + (f": {told.reason}" if told.reason else "."))

    async def first_answer(self, state: str, because: str) -> SettledQuestion:
        """The first answer to any of the questions that *state* asks. Raises Interrupted, LookAgain."""
        entered = await self.enter(state, because)
        if not entered.questions:  # the answer came while the case looked again, so that it need not be asked
            raise LookAgain("What was to be asked has been answered meanwhile.")
        return (await self.answers(entered, until=ANY))[0]

    async def answers(self, entered: Entered, *, until: str | None = None) -> tuple[SettledQuestion, ...]:
        """
        The answers to all that was asked on entering a state, or those so far once one of them is *until*.

        Raises Interrupted if the case is told to stop while the state allows it, LookAgain if something that the
        state waits for has changed.
        """
        self._latest = News()
        wake_at = entered.wake_at
        while True:
            looked, news = self._looked, await self._news()
            changed, settled = self._stop_if_told(news), news.settled
            done = len(settled) == entered.questions or any(until in (ANY, question.choice) for question in settled)
            if changed and self._state.watches is not None:
                self._set_alarm(None)
                raise LookAgain(changed, keeps=True, answered=done and bool(settled))
            if self._looked != looked and news.wake_at is not None:
                wake_at = news.wake_at  # what is parked or resumed is chased at another time
            self._show_due(news.due_at)
            if done:
                self._set_alarm(None)
                return settled
            if wake_at is not None and wake_at <= workflow.now():
                wake_at = await self._climb()
            await self._sleep_until(wake_at)

    async def _news(self) -> News:
        """What the record has for this case; asked for only when somebody said that there is something."""
        await self._keep_signalled()
        return self._latest if self._hints == self._looked else await self._look()

    async def _keep_signalled(self) -> None:
        while self._signalled:
            call = SignalCall(case_id=self._start.case_id, answer=self._signalled.pop(0), at=workflow.now())
            await workflow.execute_local_activity_method(
                RecordActivities.answer_by_signal, call, **recorded("answer by signal")
            )
            self._hints += 1

    async def _look(self) -> News:
        self._looked = self._hints
        look = LookCall(case_id=self._start.case_id, sequence=self._sequence, seen=self._seen)
        self._latest = await workflow.execute_local_activity_method(
            RecordActivities.look, look, **recorded("look again")
        )
        return self._latest

    async def until_quiet(self, again: LookAgain) -> None:
        """
        Return when nothing has changed for as long as the process wants it quiet; at last after ten times that.

        Whoever answers meanwhile is not kept waiting, nor is whoever stops the case. Raises Interrupted.
        """
        if not again.keeps or again.heard or not self.process.quiet:
            return
        if not workflow.patched("heard while quiet"):
            await self._until_no_hint()
            return
        if again.answered:
            return
        before, latest = self._latest, workflow.now() + 10 * self.process.quiet
        while (left := min(self.process.quiet, latest - workflow.now())) > timedelta(0):
            until = workflow.now() + left
            while await self._is_spoken_to(until):
                news = await self._news()
                self._stop_if_told(news)
                if len(news.settled) > len(before.settled):
                    return
            # Whatever else changes meanwhile the record keeps to itself: one look tells.
            news = await self._look()
            self._stop_if_told(news)
            if news.commands == before.commands:
                return
            before = news

    async def _is_spoken_to(self, until: datetime) -> bool:
        """Whether somebody says something before *until*."""
        try:
            await workflow.wait_condition(
                self._has_news, timeout=until - workflow.now(), timeout_summary="until nothing changes"
            )
        except TimeoutError:
            return False
        return True

    async def _until_no_hint(self) -> None:
        """The same for a case that was begun when nobody was heard meanwhile."""
        quiet = self.process.quiet
        latest = workflow.now() + 10 * quiet
        while (left := min(quiet, latest - workflow.now())) > timedelta(0):
            try:
                await workflow.wait_condition(self._told_since(self._hints), timeout=left)
            except TimeoutError:
                return

    def _told_since(self, hints: int) -> Callable[[], bool]:
        return lambda: self._hints != hints

    def _stop_if_told(self, news: News) -> str:
        """What has changed, if the case is not told to stop."""
        changed = ""
        for told in news.commands:
            self._seen = max(self._seen, told.number)
            if told.kind is CommandKind.LOOK_AGAIN:
                changed = changed or told.reason
            elif self._state.interruptible:
                self._set_alarm(None)
                raise Interrupted(told)
        return changed

    async def _climb(self) -> datetime | None:
        """When to chase next, after what is due by now has been done."""
        call = ClimbCall(case_id=self._start.case_id, at=workflow.now())
        return await workflow.execute_local_activity_method(
            RecordActivities.climb, call, **recorded("remind or escalate")
        )

    async def _sleep_until(self, at: datetime | None) -> None:
        """Return when there may be news, or at *at*."""
        self._set_alarm(at)
        alarm = self._alarm
        await workflow.wait_condition(lambda: self._has_news() or (alarm is not None and alarm.done()))

    def _has_news(self) -> bool:
        return self._hints != self._looked or bool(self._signalled)

    def _set_alarm(self, at: datetime | None) -> None:
        # One timer however often the case is woken: a new one each time would cost two events a wake-up.
        if self._alarm is not None and not self._alarm.done():
            if self._alarm_at == at:
                return
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = (
            None
            if at is None
            else asyncio.create_task(workflow.sleep(at - workflow.now(), summary=f"{self._state.name} deadline"))
        )
