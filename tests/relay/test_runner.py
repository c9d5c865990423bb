"""The parts run side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from relay.runner import Part, Relay

SOON, NEVER = timedelta(milliseconds=1), timedelta(hours=1)


class Counted:
    """Work that is there a number of times, and a signal when it has been looked for often enough."""

    def __init__(self, work: int, looks: int) -> None:
        self.work = work
        self.looks = looks
        self.done = 0
        self.looked = asyncio.Event()

    async def once(self) -> int:
        """One piece, if there is one."""
        self.looks -= 1
        if self.looks <= 0:
            self.looked.set()
        if self.work == self.done:
            return 0
        self.done += 1
        return 1


async def running(until: Callable[[], Awaitable[object]], *parts: Part) -> None:
    """The parts run until then, and stop in time."""
    relay = Relay(*parts)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(relay.run())
        await until()
        relay.stop()


async def test_a_part_with_work_is_asked_again_at_once_and_rests_when_there_is_none() -> None:
    counted = Counted(work=50, looks=51)

    await running(counted.looked.wait, Part("busy", counted.once, NEVER))

    assert counted.done == 50
    assert counted.looks == 0


async def test_a_part_that_breaks_stops_neither_itself_nor_the_others() -> None:
    broken, good = Counted(work=0, looks=3), Counted(work=0, looks=3)

    async def breaks() -> int:
        await broken.once()
        raise ZeroDivisionError

    async def both() -> None:
        await broken.looked.wait()
        await good.looked.wait()

    await running(both, Part("broken", breaks, SOON), Part("good", good.once, SOON))


async def test_a_part_that_never_has_enough_or_hangs_keeps_no_other_from_its_turn() -> None:
    good, hangs = Counted(work=0, looks=3), asyncio.Event()

    async def greedy() -> int:
        return 1

    async def hanging() -> int:
        await hangs.wait()
        return 0

    async def enough() -> None:
        await good.looked.wait()
        hangs.set()

    parts = (Part("greedy", greedy, SOON), Part("hanging", hanging, SOON), Part("good", good.once, SOON))
    await running(enough, *parts)


async def test_stopping_lets_a_part_finish_what_it_is_doing() -> None:
    begun, may_end, finished = asyncio.Event(), asyncio.Event(), []

    async def careful() -> int:
        begun.set()
        await may_end.wait()
        finished.append(True)
        return 1

    relay = Relay(Part("careful", careful, NEVER))
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(relay.run())
        await begun.wait()
        relay.stop()
        may_end.set()

    assert finished == [True]
