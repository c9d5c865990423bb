"""How commands run what is asynchronous."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What *work* comes to."""
    return asyncio.run(_with_grace(work))


async def _with_grace(work: Coroutine[Any, Any, T]) -> T:
    try:
        return await work
    finally:
        # Temporal's client may still be handing back threads; leaving before it has can crash.
        if "temporalio" in sys.modules:
            await asyncio.sleep(0.3)
