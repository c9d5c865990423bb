"""The programs of production on one machine: API and worker, each a process of its own, ended together."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runtime.children import ChildEnded, Children, StopAsked

if TYPE_CHECKING:
    from collections.abc import Callable

_STOPS_WITHIN = 45.0
# In seconds, for each: longer than a worker takes that ends the step it is at.


async def keep_running(say: Callable[[str], None]) -> int:
    """
    The exit code: 0 once somebody asked to stop, 1 once one of the two ended by itself.

    None is started again alone: whoever started this knows when to give up.
    """
    children = Children(None, say)
    children.obey_signals()
    try:
        await children.start("worker", (sys.executable, "-m", "lockstep", "worker"))
        await children.start("api", (sys.executable, "-m", "lockstep", "api"))
        await children.until_one_ends()
    except StopAsked:
        return 0
    except ChildEnded as ended:
        say(f"{ended} Stopping the other.")
    finally:
        await children.stop(_STOPS_WITHIN)
    return 1
