"""An approval as the textbook writes it: three checks, a decision, a commit, a message."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

TASK_QUEUE = "bare"
_WITHIN = timedelta(seconds=30)


@activity.defn
async def check(name: str) -> str:
    """A verdict, without looking."""
    return f"{name}: pass"


@activity.defn
async def commit(order: str) -> str:
    """What would be written, without writing."""
    return f"{order} revised"


@activity.defn
async def notify(path: str) -> None:
    """One byte more in the file at *path*."""
    with Path(path).open("ab") as file:  # noqa: ASYNC230 - a byte
        file.write(b".")


@workflow.defn
class BareApproval:
    """An approval with nothing around it: no record, no options, no deadline, no trail, no inbox."""

    def __init__(self) -> None:
        self._decided = False

    @workflow.signal
    def decide(self) -> None:
        """Approve."""
        self._decided = True

    @workflow.run
    async def run(self, path: str) -> str:
        """The result, once somebody decided."""
        names = ("stock", "capacity", "quality")
        await asyncio.gather(
            *(workflow.execute_activity(check, name, start_to_close_timeout=_WITHIN) for name in names)
        )
        await workflow.wait_condition(lambda: self._decided)
        done = await workflow.execute_activity(commit, "order", start_to_close_timeout=_WITHIN)
        await workflow.execute_activity(notify, path, start_to_close_timeout=_WITHIN)
        return done


async def work(address: str) -> None:
    """Work until ended."""
    client = await Client.connect(address)
    worker = Worker(client, task_queue=TASK_QUEUE, workflows=[BareApproval], activities=[check, commit, notify])
    await worker.run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
