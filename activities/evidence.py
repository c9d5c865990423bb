"""How every check asks: the fresh answer of the superseded case if there is one, else the system that knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.catalog import PROCESSES
from domain.checks.finding import unknown
from domain.evidence import Evidence, digest
from domain.need import Need
from domain.ports import CaseFiles, Facts, NotInSystem

Look = Callable[[CaseFile, datetime], Awaitable[Evidence]]
"""What a check finds for a case at a moment."""


def need_of(file: CaseFile) -> Need:
    """What the case needs."""
    return PROCESSES[file.process].need(file)


class EvidenceActivities:
    """Checks that one kind of system can answer."""

    def __init__(self, facts: Facts, files: CaseFiles) -> None:
        self._facts = facts
        self._files = files

    async def _keep(self, call: CheckCall, check: str, asked: Callable[[Need], Any], look: Look) -> CheckOutcome:
        """The verdict, after the evidence has been kept. Raises SystemUnavailable."""
        file = await self._files.load(call.case_id)
        inputs = digest(asked(need_of(file)))
        found = await self._files.carried_over(call.case_id, check, inputs, call.at)
        if found is None:
            found = await look_safely(check, look, file, call.at)
        await self._files.keep_evidence(call.case_id, call.assessment, found)
        return CheckOutcome(check=check, verdict=found.verdict)


async def look_safely(check: str, look: Look, file: CaseFile, at: datetime) -> Evidence:
    """What *look* finds; unknown where the system says that it has no such thing. Raises SystemUnavailable."""
    try:
        return await look(file, at)
    except NotInSystem as missing:
        return unknown(check, str(missing), file.subject, at)
