"""What is real: which system stands behind each port, and how the programs are put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from activities.assessment import AssessmentActivities
from activities.commit import CommitActivities
from activities.dispatch import DispatchActivities
from activities.inventory import InventoryActivities
from activities.orders import OrderActivities
from activities.production import ProductionActivities
from activities.quality import QualityActivities
from activities.record import RecordActivities
from activities.schedule import ScheduleActivities
from activities.shortage import ShortageActivities
from connectors.notices.mail import Mail, MailServer, Security
from connectors.plant.plant import EmbeddedPlant
from connectors.sap.orders import SapOrders
from connectors.solver.scheduling import RuleScheduler, SolverScheduler
from domain.contact import MAIL
from domain.notice import Room
from domain.ports import (
    ApprovalPolicies,
    Carrier,
    CaseFiles,
    Effects,
    Facts,
    NotDeliverable,
    ReadinessJudge,
    SchedulePolicies,
    Scheduler,
)
from domain.sequencing import Sequencer
from runtime.settings import ChatSettings, MailSettings, Profile, SapSource, Settings, SettingsWrong
from storage.database import Database
from storage.facts import FactStore
from storage.policies import Policies
from storage.readiness import ReadinessReader
from storage.record import CaseRecord
from storage.schedule_policies import PublishedSchedulePolicies


@dataclass(frozen=True)
class Ports:
    """The systems behind the ports."""

    facts: Facts
    effects: Effects
    files: CaseFiles
    sequencer: Sequencer
    readiness: ReadinessJudge
    scheduler: Scheduler
    schedule_policies: SchedulePolicies
    approval_policies: ApprovalPolicies


def ports(settings: Settings, database: Database) -> Ports:
    """The embedded plant and record, with the sequencing that the settings ask for."""
    return Ports(
        facts=FactStore(database),
        effects=EmbeddedPlant(database),
        files=CaseRecord(
            database,
            signatures=settings.signatures,
            unsigned_signals_count=settings.profile is Profile.DEVELOPMENT,
        ),
        sequencer=sequencer(settings),
        readiness=ReadinessReader(database),
        scheduler=scheduler(settings),
        schedule_policies=PublishedSchedulePolicies(database),
        approval_policies=Policies(database),
    )


def sequencer(settings: Settings) -> Sequencer:
    """Room for urgent work by rules, or by the solver where the settings ask for it."""
    if settings.solver == "rules":
        return Sequencer()
    from connectors.solver.sequencing import CpSatDisplacer  # noqa: PLC0415 - loads a solver of 80 MB

    return Sequencer(CpSatDisplacer())


def scheduler(settings: Settings) -> Scheduler:
    """Plans by rules, or by the solver where the settings ask for it."""
    return RuleScheduler() if settings.solver == "rules" else SolverScheduler()


def activities(parts: Ports) -> list[Callable[..., Any]]:
    """Every activity, on *parts*."""
    record = RecordActivities(parts.files)
    orders = OrderActivities(parts.facts, parts.files)
    inventory = InventoryActivities(parts.facts, parts.files)
    schedule = ScheduleActivities(parts.facts, parts.files, parts.sequencer, parts.scheduler, parts.schedule_policies)
    quality = QualityActivities(parts.facts, parts.files)
    production = ProductionActivities(parts.facts, parts.files)
    dispatch = DispatchActivities(parts.facts, parts.files, parts.readiness)
    shortage = ShortageActivities(parts.facts, parts.files, parts.approval_policies)
    systems = (orders, inventory, schedule, quality, production, dispatch, shortage)
    inquiries = {check: inquiry for system in systems for check, inquiry in system.inquiries().items()}
    assessment = AssessmentActivities(parts.facts, parts.files, inquiries)
    commit = CommitActivities(parts.facts, parts.files, parts.effects, inquiries)
    return [
        record.enter, record.climb, record.look, record.answer_by_signal,
        assessment.assess, assessment.propose,
        orders.order, inventory.availability, inventory.pegging,
        schedule.capacity, schedule.disturbance, schedule.schedule,
        quality.quality, quality.lot, quality.where_used,
        production.work_in_process, dispatch.dispatch, dispatch.shipment, dispatch.readiness,
        shortage.shortage, shortage.sources,
        commit.commit, commit.hold, commit.undo,
    ]  # fmt: skip


async def sap_order_books(sources: Mapping[str, SapSource], opened: AsyncExitStack) -> dict[str, SapOrders]:
    """The SAP systems that thin events are followed up with, by the source their events name, until *opened* closes."""
    books = {}
    for source, known in sources.items():
        login = httpx2.BasicAuth(known.user, known.password.get_secret_value()) if known.user else None
        client = await opened.enter_async_context(httpx2.AsyncClient(auth=login, timeout=15))
        books[source] = SapOrders(str(known.base_url), client, known.sites)
    return books


def carriers(settings: Settings) -> dict[str, Carrier]:
    """The ways in which people are told, by the name of each. Raises SettingsWrong."""
    by_chat = {chat.name: _chat(chat) for chat in settings.chats}
    return by_chat if settings.mail is None else {MAIL: _mail(settings.mail, settings.public_url), **by_chat}


def rooms(settings: Settings) -> tuple[Room, ...]:
    """The chats that have nobody's address in them: everybody there reads what is told."""
    return tuple(Room(chat.name, chat.sites, chat.roles) for chat in settings.chats if not chat.to_people)


def _chat(chat: ChatSettings) -> Carrier:
    try:
        from connectors.notices.chat import Chat  # noqa: PLC0415 - loads a library that speaks to a hundred services
    except ModuleNotFoundError:
        raise SettingsWrong("LOCKSTEP_CHATS needs what is not installed here: pip install 'lockstep[chat]'.") from None
    try:
        return Chat(chat.url.get_secret_value())
    except NotDeliverable as unknown:
        raise SettingsWrong(f"LOCKSTEP_CHATS: {chat.name}: {unknown}") from None


def _mail(mail: MailSettings, public_url: str) -> Carrier:
    server = MailServer(
        host=mail.host,
        port=mail.port,
        security=Security(mail.security),
        sender=mail.sender,
        user=mail.user,
        password=mail.password.get_secret_value(),
        certificates=None if mail.certificates is None else str(mail.certificates),
    )
    return Mail(server, urlsplit(public_url).hostname or "lockstep")
