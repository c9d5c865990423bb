"""What is so as soon as somebody asks for it, and waits for no case to run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import Request
from domain.fact import Fact, Reading
from domain.process import Process
from domain.release import Hold
from storage.facts import keep_fact, told_of, under
from storage.tables.cases import CaseRow
from storage.trail import LOCKSTEP


async def hold_at_once(
    session: AsyncSession, process: Process, case: CaseRow, request: Request, about: Reading[Any], at: datetime
) -> None:
    """Stop what *request* stops."""
    for number, fact in enumerate(_stopped(process, case, request, about)):
        version = f"{case.id}/{len(case.further or ())}/{number}"
        stopped = await _as_severe(session, fact)
        await keep_fact(session, Reading(fact=stopped, source=LOCKSTEP.id, version=version, as_of=at))


async def holds_at_once(
    session: AsyncSession, process: Process, case: CaseRow, request: Request, about: Reading[Any]
) -> bool:
    """Whether all that *request* stops, if anything, is stopped."""
    for fact in _stopped(process, case, request, about):
        if not any(told.fact.active for told in await told_of(session, case.site, under(type(fact), [fact.key]))):
            return False
    return True


async def _as_severe(session: AsyncSession, fact: Fact) -> Fact:
    """What is stopped; a hold as severe as its case knows it to be."""
    if not isinstance(fact, Hold):
        return fact
    known = await told_of(session, fact.site, under(Hold, [fact.key]))
    return fact.after(known[0].fact) if known else fact


def _stopped(process: Process, case: CaseRow, request: Request, about: Reading[Any]) -> tuple[Fact, ...]:
    return () if process.at_once is None else process.at_once(case.site, request, about.fact, case.id)
