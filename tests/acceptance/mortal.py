"""A worker that is killed in every state a case comes to, the first time one comes there."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from domain.case import Entered, Step
from domain.effect import EffectState
from domain.ports import CaseFiles
from runtime.assembly import activities, ports
from runtime.settings import Profile, Settings
from runtime.temporal import new_worker
from storage.database import Database
from workflows.catalog import WORKFLOWS


@dataclass(frozen=True)
class Workplace:
    """Where the worker works, and where it is kept in which states one has died."""

    database_url: str
    temporal: str
    task_queue: str
    graves: Path


class MortalRecord:
    """
    The record, whose worker dies as soon as a state was entered that nobody has died in, before it can say so.

    Once it dies between a write into another system and the word that it was made.
    """

    def __init__(self, real: CaseFiles, graves: Path) -> None:
        self._real = real
        self._graves = graves

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def enter(self, step: Step) -> Entered:
        if step.sequence == 1:
            self._die_once_in("received")
        entered = await self._real.enter(step)
        self._die_once_in(step.state)
        return entered

    async def settle_effect(self, key: str, state: EffectState, answer: str) -> None:
        if state is EffectState.CONFIRMED:
            self._die_once_in("written, and nobody told")
        await self._real.settle_effect(key, state, answer)

    def _die_once_in(self, state: str) -> None:
        with suppress(FileExistsError):
            (self._graves / state).touch(exist_ok=False)
            os.kill(os.getpid(), signal.SIGKILL)


def work(at: Workplace) -> None:
    """Run cases until killed."""
    asyncio.run(_work(at))


async def _work(at: Workplace) -> None:
    settings = Settings(task_queue=at.task_queue, profile=Profile.DEVELOPMENT)
    parts = ports(settings, Database(at.database_url))
    mortal = replace(parts, files=cast(CaseFiles, MortalRecord(parts.files, at.graves)))
    client = await Client.connect(at.temporal, data_converter=pydantic_data_converter)
    async with new_worker(client, settings, list(WORKFLOWS.values()), activities(mortal)):
        await asyncio.Event().wait()
