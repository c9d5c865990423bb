"""Where people are told, kept apart from the facts: the plant's systems need not know it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.contact import Contact
from domain.decision import Channel, Principal
from storage.database import Database
from storage.tables.notices import ContactRow
from storage.trail import note


class Contacts:
    """The contacts in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, person: str) -> Contact:
        """How *person* is told; the empty contact where nobody has said it."""
        async with self._database.reading() as session:
            return (await contacts(session, [person])).get(person, Contact())

    async def known(self, people: Collection[str]) -> dict[str, Contact]:
        """The contacts there are of *people*."""
        async with self._database.reading() as session:
            return await contacts(session, people)

    async def keep(self, person: str, contact: Contact, by: Principal, channel: Channel, at: datetime) -> None:
        """From now on *person* is told by *contact*; by none of it, where it is empty."""
        async with self._database.transaction() as session:
            if (await contacts(session, [person])).get(person, Contact()) == contact:
                return
            await session.merge(ContactRow(person=person, **contact.model_dump()))
            # A line that is never deleted holds no address, which must be.
            await note(
                session, f"contact/{person}", at=at, action="contact_changed", by=by, channel=channel,
                details={"known": sorted(contact.model_dump(exclude_defaults=True))},
            )  # fmt: skip


async def contacts(session: AsyncSession, people: Collection[str]) -> dict[str, Contact]:
    """The contacts there are of *people*, within a transaction."""
    rows = await session.exec(select(ContactRow).where(col(ContactRow.person).in_(list(people))))
    return {row.person: Contact.model_validate(row.model_dump(exclude={"person"})) for row in rows.all()}
