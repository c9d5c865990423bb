"""How every check asks: the fresh answer of the superseded case if there is one, else the system that knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activities.snapshot import Snapshot
from domain.case import CaseFile, CheckCall, CheckOutcome
from domain.checks.finding import unknown
from domain.evidence import Evidence, digest
from domain.fact import F, Reading
from domain.ports import CaseFiles, Facts, NotInSystem

Look = Callable[[Facts, CaseFile, datetime], Awaitable[Evidence]]
"""What a check finds for a case at a moment. Raises SystemUnavailable."""


@dataclass(frozen=True)
class Inquiry:
    """How one check is made."""

    asked: Callable[[CaseFile], Any]
    """What of a case its answer depends on."""
    look: Look


class EvidenceActivities:
    """Checks that one kind of system can answer."""

    def __init__(self, facts: Facts, files: CaseFiles) -> None:
        self._facts = facts
        self._files = files

    def inquiries(self) -> Mapping[str, Inquiry]:
        """The checks, by name."""
        raise NotImplementedError

    async def _keep(self, call: CheckCall, check: str) -> CheckOutcome:
        """The verdict, after the evidence has been kept. Raises SystemUnavailable."""
        file = (await self._files.load(call.case_id)).model_copy(update={"at": call.at})
        found = await gather(check, self.inquiries()[check], Snapshot(self._facts), self._files, file, call.at)
        await self._files.keep_evidence(call.case_id, call.assessment, found)
        return CheckOutcome(check=check, verdict=found.verdict)


async def gather(
    check: str, inquiry: Inquiry, facts: Facts, files: CaseFiles, file: CaseFile, at: datetime
) -> Evidence:
    """The evidence of *check*: carried over where that is still good, else looked for. Raises SystemUnavailable."""
    inputs = digest(inquiry.asked(file))
    carried = await files.carried_over(file.id, check, inputs, at) if file.supersedes else None
    return carried or await look_safely(check, inquiry, facts, file, at)


async def look_safely(check: str, inquiry: Inquiry, facts: Facts, file: CaseFile, at: datetime) -> Evidence:
    """What is found; unknown where the system says that it has no such thing. Raises SystemUnavailable."""
    try:
        return await inquiry.look(facts, file, at)
    except NotInSystem as missing:
        return unknown(check, str(missing), file.subject, at)


async def if_known(facts: Facts, kind: type[F], site: str, key: str) -> Reading[F] | None:
    """The one fact of *kind* about *key*; nothing where the system has no such thing. Raises SystemUnavailable."""
    try:
        return await facts.read(kind, site, key)
    except NotInSystem:
        return None
