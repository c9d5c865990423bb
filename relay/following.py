"""From a changed fact, or a moment that has come, to the cases it starts."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CommandKind, Request
from domain.decision import Channel, Principal
from domain.fact import Fact, Reading
from domain.facts import Lot, Shipment
from domain.held_lot.requested import QualityHoldRequest
from domain.moments import OF_NOTICE, Due
from domain.ports import NotInSystem
from domain.release import AdjustedJob, Document
from domain.subject import Subject
from domain.triggers import TRIGGERS, Trigger
from storage.blocked_lots import on_hold_already
from storage.bypasses import bypass_followed
from storage.cases import newest_about, open_case, running
from storage.comparing import compare
from storage.demand import note_demand
from storage.facts import Change, followed
from storage.moments import note
from storage.readiness import readiness_of
from storage.schedule_policies import damping_of
from storage.ship_notices import time_notice
from storage.tables.cases import CaseRow
from storage.telling import tell, wake_for
from storage.trail import LOCKSTEP

TAKEN_BACK = "The source says again what it said before."
"""Why a case about a change past everybody is over, which somebody has put back by hand."""


async def follow(
    session: AsyncSession, change: Change, by: Principal, channel: Channel, at: datetime, **said: str
) -> tuple[str, ...]:
    """
    What became of each request that *change* stands for, such as ``opened OC-7``.

    What nobody had told of before starts only what has to start however late it is heard of.

    *said* goes into the requests. Raises NoPolicy, and then a change of what was known still waits to be followed.
    """
    await note_demand(session, change)
    opened = []
    told = change.after
    damping = await damping_of(session, change.before or told.fact, told.fact, at)
    async with session.begin_nested():
        for trigger in TRIGGERS:
            if not isinstance(told.fact, trigger.fact):
                continue
            noticed, unsettled = change.before or trigger.before_the_first(told.fact), None
            if noticed is None:
                continue
            if trigger.of_subject and (unsettled := await _unsettled(session, trigger, told.fact)) is not None:
                noticed = trigger.fact.model_validate(unsettled.before["fact"])
            request = trigger.asks(noticed, told.fact, damping)
            if request is None:
                if unsettled is not None and noticed == told.fact:
                    await tell(session, unsettled, CommandKind.WITHDRAW, TAKEN_BACK, by, channel, at)
                    opened.append(f"withdrawn {unsettled.id}")
                continue
            request = trigger.told_by(request, told.source)
            if isinstance(request, QualityHoldRequest) and isinstance(told.fact, Lot):
                held = await on_hold_already(session, told, by, channel, at)
                if held is not None:
                    opened.append(held)
                    continue
            before = None
            if trigger.of_subject:
                # How it was is kept, but not when and under which version the source had said so.
                before = Reading(fact=noticed, source=told.source, version=told.version, as_of=told.as_of)
            site, asked = told.fact.site, request.model_copy(update=said)
            try:
                case = await open_case(session, trigger.process, site, asked, by, channel, at, before=before)
            except NotInSystem as unknown:
                # Nobody plans with what nobody described; the fact itself is kept.
                opened.append(f"no case: {unknown}")
            else:
                opened.append(f"{case.result} {case.case_id}")
        await followed(session, told.fact)
        await bypass_followed(session, told.fact, opened)
    return tuple(opened)


async def _unsettled(session: AsyncSession, trigger: Trigger, told: Fact) -> CaseRow | None:
    """The case about an earlier change past everybody that nobody has decided yet, locked: it knows how it was."""
    subject = Subject(site=told.site, key=told.key)
    case = await newest_about(session, trigger.process, subject, over=False)
    if case is None or not case.request.get("already_made"):
        return None
    return case if trigger.process.state(case.state).interruptible and not case.queued else None


async def follow_moment(session: AsyncSession, due: Due, at: datetime) -> str:
    """
    What became of a moment, which does not come again: ``woken DR-7``, ``compared SA-7``, or as for a changed fact.

    Raises NoPolicy, and then it still waits to be followed.
    """
    woken = await wake_for(session, due.fact, due.why, Channel.TIMER, at)
    became = [f"woken {case.id}" for case in woken]
    for request in await _requests(session, due, at):
        asked = request.model_copy(update={"comment": due.why})
        about = Subject(site=due.fact.site, key=asked.subject_key).workflow_id(due.moment.process.name)
        if about not in {case.workflow_id for case in woken}:
            became.append(await _told_or_opened(session, due, about, asked, at))
    if isinstance(due.fact, AdjustedJob):
        became.append(await compare(session, due.fact, at))
    if due.moment in OF_NOTICE and isinstance(due.fact, Shipment | Document):
        became.append(await time_notice(session, due.fact.site, due.fact.shipment, at))
    note(session, due, at, "; ".join(became))
    return "; ".join(became)


async def _requests(session: AsyncSession, due: Due, at: datetime) -> tuple[Request, ...]:
    """What the moment asks for. Raises NoPolicy."""
    if due.moment.request is not None:
        return (due.moment.request(due.fact),)
    if due.moment.lacking is None:
        return ()
    judged = await readiness_of(session, type(due.fact), due.fact.site, due.fact.key, at)
    return due.moment.lacking(judged.judgements)


async def _told_or_opened(session: AsyncSession, due: Due, about: str, asked: Request, at: datetime) -> str:
    """The open case *about* the subject looks again, and what it was asked stays as it is; else there is one now."""
    if (case := await running(session, about)) is not None:
        await tell(session, case, CommandKind.LOOK_AGAIN, due.why, LOCKSTEP, Channel.TIMER, at)
        return f"told {case.id}"
    try:
        opened = await open_case(session, due.moment.process, due.fact.site, asked, LOCKSTEP, Channel.TIMER, at)
    except NotInSystem as unknown:
        # Nobody plans with what nobody described.
        return f"no case: {unknown}"
    return f"{opened.result} {opened.case_id}"
