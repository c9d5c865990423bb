"""From a changed fact, or a moment that has come, to the cases it starts."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import Request
from domain.decision import Channel, Principal
from domain.fact import Reading
from domain.moments import Due
from domain.ports import NotInSystem
from domain.process import Process
from domain.subject import Subject
from domain.triggers import TRIGGERS
from storage.cases import open_case
from storage.facts import Change, followed
from storage.moments import note
from storage.telling import wake_for
from storage.trail import LOCKSTEP


async def follow(
    session: AsyncSession, change: Change, by: Principal, channel: Channel, at: datetime, **said: str
) -> tuple[str, ...]:
    """
    What became of each request that *change* stands for, such as ``opened OC-7``; nothing for a new fact.

    *said* goes into the requests. Raises NoPolicy, and then the change still waits to be followed.
    """
    if change.before is None:
        return ()
    opened = []
    told = change.after
    async with session.begin_nested():
        for trigger in TRIGGERS:
            if not isinstance(told.fact, trigger.fact):
                continue
            request = trigger.request(change.before, told.fact)
            if request is None:
                continue
            before = None
            if trigger.of_subject:
                # How it was is kept, but not when and under which version the source had said so.
                before = Reading(fact=change.before, source=told.source, version=told.version, as_of=told.as_of)
            site, asked = told.fact.site, request.model_copy(update=said)
            try:
                case = await open_case(session, trigger.process, site, asked, by, channel, at, before=before)
            except NotInSystem as unknown:
                # Nobody plans with what nobody described; the fact itself is kept.
                opened.append(f"no case: {unknown}")
            else:
                opened.append(f"{case.result} {case.case_id}")
        await followed(session, told.fact)
    return tuple(opened)


async def follow_moment(session: AsyncSession, due: Due, at: datetime) -> str:
    """
    What became of a moment, which does not come again: ``woken OC-7``, or as for a changed fact.

    Raises NoPolicy, and then it still waits to be followed.
    """
    woken = await wake_for(session, due.fact, due.why, Channel.TIMER, at)
    became = [f"woken {case.id}" for case in woken]
    if due.moment.request is not None:
        asked = due.moment.request(due.fact).model_copy(update={"comment": due.why})
        process, site = due.moment.process, due.fact.site
        about = Subject(site=site, key=asked.subject_key).workflow_id(process.name)
        if about not in {case.workflow_id for case in woken}:
            became.append(await _opened(session, process, site, asked, at))
    note(session, due, at, "; ".join(became))
    return "; ".join(became)


async def _opened(session: AsyncSession, process: Process, site: str, asked: Request, at: datetime) -> str:
    try:
        case = await open_case(session, process, site, asked, LOCKSTEP, Channel.TIMER, at)
    except NotInSystem as unknown:
        # Nobody plans with what nobody described.
        return f"no case: {unknown}"
    return f"{case.result} {case.case_id}"
