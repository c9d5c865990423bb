"""How soon customers were sent their ship notices: on the trail of the case, and told to shipping where it is late."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.facts import Shipment
from domain.leaving.ship_notice import SHIP_NOTICE, TIMED, UNTOLD, timed
from domain.notice import Occasion
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.release import Document
from domain.roles import Role
from domain.subject import Subject
from storage.cases import newest_about
from storage.facts import told_of, under
from storage.outbox import MessageKind, post, post_notice
from storage.readiness_policies import timing_at
from storage.steps import event_of
from storage.trail import CLOCK, append


async def time_notice(session: AsyncSession, site: str, shipment: str, at: datetime) -> str:
    """How long the notice of *shipment* took, kept once, or that it is late, told once: ``timed DR-7``."""
    case = await newest_about(session, DISPATCH_RELEASE, Subject(site=site, key=shipment), over=True)
    told = {
        reading.fact.kind: reading
        for reading in await told_of(
            session, site, under(Shipment, [shipment]), under(Document, [f"{shipment}:{SHIP_NOTICE}"])
        )
    }
    if case is None or Shipment.kind not in told:
        return "no case"
    paper = told.get(Document.kind)
    sent_at = None if paper is None or paper.fact.status != "final" else paper.fact.sent_at or paper.as_of
    found = timed(told[Shipment.kind].fact, sent_at, await timing_at(session, site, at))
    if found is None:
        return "nobody said when it left"
    action = UNTOLD if sent_at is None else TIMED
    new = await append(
        session, case, at=at, action=action, by=CLOCK, role=None if found.in_time else Role.SHIPPING_MANAGER,
        reason=found.because, details=found.model_dump(mode="json"),
        once=f"{site}/{shipment}/{action}/{(sent_at or found.due_at).isoformat()}",
    )  # fmt: skip
    if not new:
        return f"{action} {case.id}, as known"
    if action == UNTOLD:
        event = {**event_of(case, case.state), "happened": UNTOLD, "to": Role.SHIPPING_MANAGER}
        post(session, MessageKind.EVENT, case, at=at, body=event)
        post_notice(session, case, Occasion.UNTOLD, at=at, line=case.trail_length)
    return f"{action} {case.id}"
