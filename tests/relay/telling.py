"""Telling people by mail: who can be reached, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.notices.mail import Mail, MailServer, Security
from domain.case import EscalationStep
from domain.contact import MAIL, Contact
from domain.decision import Channel
from domain.question import Rung, RungKind
from domain.roles import Role
from relay.notices import NoticeRelay, NoticeSpreader
from storage.addressing import Addressing
from storage.contacts import Contacts
from storage.database import Database
from storage.notices import Notices
from storage.record import CaseRecord
from storage.tables.notices import NoticeRow
from storage.tables.questions import QuestionRow
from storage.trail import LOCKSTEP
from tests.relay.record import Clock
from tests.storage.plant import question_of, rows
from tests.support.mail_server import MailBox

PUBLIC = "https://lockstep.plant.example"


def address(person: str) -> str:
    """Where *person* gets mail."""
    return f"{person}@plant.example"


async def reached(record: Database, *people: str, **more: object) -> None:
    """*people* can be told by mail."""
    for person in people:
        contact = Contact.model_validate({"mail": address(person), **more})
        await Contacts(record).keep(person, contact, LOCKSTEP, Channel.COMMAND_LINE, Clock()())


async def tell(record: Database, box: MailBox, clock: Clock) -> None:
    """All that is to be told now is told."""
    await NoticeSpreader(Addressing(record, (MAIL,)), now=clock).once()
    server = MailServer(box.host, box.port, Security.NONE, "lockstep@plant.example")
    relay = NoticeRelay(
        Notices(record), MAIL, Mail(server, "lockstep.plant.example", timeout=timedelta(seconds=5)), PUBLIC, now=clock
    )
    while await relay.once():
        pass


async def climb(record: Database, case_id: str, kind: RungKind, percent: int, at: datetime, role: Role | None) -> None:
    """So much of the time has passed."""
    rung = Rung(at=at, kind=kind, percent=percent, role=role)
    question = question_of(case_id)
    # As if so little time had been given: a rung counts once it is reached.
    async with record.transaction() as session:
        row = await session.get(QuestionRow, question)
        assert row is not None
        row.rungs = [rung.model_dump(mode="json") if known["percent"] == percent else known for known in row.rungs]
        session.add(row)
    await CaseRecord(record).escalate(EscalationStep(case_id=case_id, question_id=question, rung=rung, at=at))


async def states(record: Database) -> list[tuple[str, str]]:
    """How far each notice has come, with whom it is for."""
    return [(row.person, row.state) for row in sorted(await rows(record, NoticeRow), key=lambda row: row.number or 0)]


def subjects(box: MailBox) -> list[tuple[str, str]]:
    """Who was told what."""
    return sorted((str(message["To"]).partition("@")[0], str(message["Subject"]).strip()) for message in box.taken)
