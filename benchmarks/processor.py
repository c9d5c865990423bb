"""Processor time of other processes, as the kernel counts it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_QUIET = 0.05
# Of one core: what programs use that only wait.


def used(pid: int) -> float:
    """Milliseconds of processor time that *pid* and its threads have used."""
    # The name, in brackets, may hold anything; what follows it is numbers (proc(5)).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS


async def quiet(pids: Collection[int], within: float = 30) -> None:
    """Return when the programs have come to rest, so that nothing left over is measured."""
    try:
        async with asyncio.timeout(within):
            while True:
                before = sum(map(used, pids))
                await asyncio.sleep(1)
                if sum(map(used, pids)) - before < _QUIET * 1000 * len(pids):
                    return
    except TimeoutError:
        raise TimeoutError(f"The programs are still busy after {within:g} seconds.") from None
