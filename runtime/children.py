"""Programs run as children of this one: started in order, watched, and stopped together."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import sys
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")

WARNINGS = re.compile(r"\[(warning|error|critical)\s*\]|^(Traceback|WARNING|ERROR|CRITICAL)\b")
"""What is shown of a Python program's lines while it runs; all of them are in its log file."""

_LAST_LINES = 15
_LONGEST_LINE = 1 << 20
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class ChildEnded(Exception):
    """A child ended by itself. The message has its last lines."""


class StopAsked(Exception):
    """Somebody wants everything to stop."""


class Child:
    """A running program."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path | None) -> None:
        self.name = name
        self.pid = process.pid
        self.log = log
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._process = process
        self._stopping = False
        self.ended: asyncio.Task[int]
        """Done, with the exit code, when the program has ended and all it said is in its log."""

    def watch(self, show: Callable[[str], None], shown: re.Pattern[str]) -> None:
        """From now on keep what the program says, and show the lines that *shown* finds."""
        self.ended = asyncio.create_task(self._watch(show, shown), name=self.name)

    async def _watch(self, show: Callable[[str], None], shown: re.Pattern[str]) -> int:
        output = self._process.stdout
        if output is None or self.log is None:
            return await self._process.wait()
        with self.log.open("wb") as log:
            while line := await _line(output):
                log.write(line)
                log.flush()
                text = line.decode(errors="replace").rstrip()
                self.last_lines.append(text)
                # What a program complains of while it stops is no news: it was asked to.
                if shown.search(text) and not self._stopping:
                    show(f"{self.name:>8} | {text}")
        return await self._process.wait()

    async def stop(self, within: float) -> None:
        """Ask the program to end, and end it if it has not in *within* seconds."""
        self._stopping = True
        self.send(signal.SIGTERM)
        try:
            await asyncio.wait_for(asyncio.shield(self.ended), within)
        except TimeoutError:
            self.send(signal.SIGKILL)
            await self.ended

    def send(self, what: signal.Signals) -> None:
        """Send a signal to the program and all that it started; nothing if it has ended."""
        # It may have ended a moment ago without our having heard of it.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, what)


async def _line(output: asyncio.StreamReader) -> bytes:
    try:
        return await output.readline()
    except ValueError:
        return b"(a line too long to show)\n"


class Children:
    """The programs started here."""

    def __init__(self, logs: Path | None, show: Callable[[str], None]) -> None:
        """What they say goes into files in *logs*; where there are none, where this program's own words go."""
        self._logs = logs
        self._show = show
        self._running: list[Child] = []
        self._stop_asked = asyncio.Event()

    def obey_signals(self) -> None:
        """From now on Ctrl-C, a request to end and a closed terminal ask to stop."""
        loop = asyncio.get_running_loop()
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(asked, self.ask_to_stop)

    def ask_to_stop(self) -> None:
        """Make whatever is under way end in StopAsked; a second time, end every child at once."""
        if self._stop_asked.is_set():
            for child in self._running:
                child.send(signal.SIGKILL)
        self._stop_asked.set()

    async def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        shown: re.Pattern[str] = WARNINGS,
    ) -> Child:
        """The program *command*, running in a session of its own, in *environment* or ours."""
        kept = None if self._logs is None else asyncio.subprocess.PIPE
        if self._logs is not None:
            self._logs.mkdir(parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            *command,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=kept,
            stderr=None if kept is None else asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            # Ctrl-C in a terminal reaches a whole session at once; these are to be stopped in order.
            start_new_session=True,
            preexec_fn=_die_with_parent(),
        )
        child = Child(name, process, None if self._logs is None else self._logs / f"{name}.log")
        child.watch(self._show, shown)
        self._running.append(child)
        return child

    async def during(self, work: Coroutine[None, None, T]) -> T:
        """What *work* comes to, if all children live until then. Raises ChildEnded, StopAsked."""
        doing = asyncio.create_task(work)
        stop = asyncio.create_task(self._stop_asked.wait())
        ended = [child.ended for child in self._running]
        try:
            await asyncio.wait([doing, stop, *ended], return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                raise StopAsked
            for child in self._running:
                if child.ended.done():
                    raise ChildEnded(_obituary(child))
            return await doing
        finally:
            for task in (doing, stop):
                task.cancel()
            await asyncio.gather(doing, stop, return_exceptions=True)

    async def until_one_ends(self) -> None:
        """Nothing, ever. Raises ChildEnded, StopAsked."""
        await self.during(asyncio.Event().wait())

    async def kill(self, child: Child) -> None:
        """End *child*, which has no time to put anything right. That it ended is no news to anybody."""
        self._running.remove(child)
        child.send(signal.SIGKILL)
        await child.ended

    async def stop(self, within: float) -> None:
        """Stop all, the last started first; each has *within* seconds before it is ended."""
        for child in reversed(self._running):
            await child.stop(within)


def _obituary(child: Child) -> str:
    code = child.ended.result()
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    if child.log is None:
        return f"{child.name} {how}. What it said stands above."
    last = "\n".join(f"    {line}" for line in child.last_lines) or "    (it said nothing)"
    return f"{child.name} {how}. Its last lines, from {child.log}:\n{last}"


def _die_with_parent() -> Callable[[], None] | None:
    """What a child does first so that it ends even if we are killed without a chance to stop it (Linux)."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return tie
