"""Attachments: kept with their cases, their content once for each digest; the trail has each."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.attachment import MOST_ATTACHMENTS, Attachment, AttachmentKind, TooManyAttachments
from domain.ports import NotInSystem
from storage.acting import Acting
from storage.cases import CommandNotAllowed, allowed_commands, locked_at
from storage.database import Database
from storage.identity import Caller
from storage.reading_attachments import attachment_in, attachments_of
from storage.reading_cases import visible_case
from storage.tables.attachments import AttachmentRow, ContentPartRow
from storage.trail import append

PART = 256 * 1024
"""Bytes that are written and read at once."""


class ContentDamaged(Exception):
    """What is kept is no longer what was attached."""


@dataclass(frozen=True)
class Upload:
    """A file that has arrived, was found to be what may be attached, and is not kept yet."""

    content: BinaryIO
    digest: str
    size: int
    name: str
    kind: AttachmentKind


class Attachments:
    """Documents and pictures of cases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def attach(self, case_id: str, upload: Upload, acting: Acting) -> tuple[Attachment, bool]:
        """
        The attachment as it is kept, and whether it is new: the same content counts once for a case.

        Raises NotInSystem, CommandNotAllowed, TooManyAttachments.
        """
        async with self._database.transaction() as session:
            case = await locked_at(session, case_id, acting.caller.sites)
            its = AttachmentRow.case_id == case_id
            query = select(AttachmentRow).where(its, AttachmentRow.digest == upload.digest)
            if (before := (await session.exec(query)).first()) is not None:
                return attachment_in(before), False
            if case.closed_at is not None:
                raise CommandNotAllowed("take attachments", case.state, allowed_commands(case))
            if (await session.exec(select(func.count()).where(its))).one() >= MOST_ATTACHMENTS:
                raise TooManyAttachments(f"{case_id} has {MOST_ATTACHMENTS} attachments, and takes no more.")
            await self._keep(session, upload)
            row = AttachmentRow(
                case_id=case_id, digest=upload.digest, name=upload.name, kind=upload.kind, size=upload.size,
                by=acting.caller.principal.model_dump(mode="json"), at=acting.at,
            )  # fmt: skip
            session.add(row)
            details = {"name": row.name, "kind": row.kind, "size": row.size, "digest": row.digest}
            await append(
                session, case, at=acting.at, action="attached", by=acting.caller.principal, channel=acting.channel,
                details=details,
            )  # fmt: skip
            return attachment_in(row), True

    async def of_case(self, case_id: str, caller: Caller) -> tuple[Attachment, ...]:
        """What is attached to the case, oldest first. Raises NotInSystem."""
        async with self._database.reading() as session:
            await visible_case(session, case_id, caller.sites)
            return await attachments_of(session, case_id)

    async def attachment(self, case_id: str, digest: str, caller: Caller) -> Attachment:
        """The attachment of the case that has *digest*. Raises NotInSystem."""
        async with self._database.reading() as session:
            await visible_case(session, case_id, caller.sites)
            query = select(AttachmentRow).where(AttachmentRow.case_id == case_id, AttachmentRow.digest == digest)
            row = (await session.exec(query)).first()
        if row is None:
            raise NotInSystem(f"{case_id} has no attachment {digest}.")
        return attachment_in(row)

    async def content(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """
        What is in *attachment*, part by part; no connection is kept while the reader takes his time.

        Raises ContentDamaged before the last part, if it is not what was attached.
        """
        found, size, place = hashlib.sha256(), 0, 0
        while size < attachment.size:
            async with self._database.reading() as session:
                part = await session.get(ContentPartRow, (attachment.digest, place))
            if part is not None:
                found.update(part.content)
            size, place = size + PART, place + 1
            if part is None or (size >= attachment.size and found.hexdigest() != attachment.digest):
                raise ContentDamaged(f"What is kept under {attachment.digest} is not what was attached.")
            yield part.content

    async def _keep(self, session: AsyncSession, upload: Upload) -> None:
        """Keep the content, unless it is there."""
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        upload.content.seek(0)
        place = 0
        while part := upload.content.read(PART):
            row: dict[str, Any] = {"digest": upload.digest, "place": place, "content": part}
            # Whoever keeps the same for another case at this moment is waited for here, with its first part.
            written = await session.exec(insert(ContentPartRow).values(row).on_conflict_do_nothing())
            if written.rowcount == 0:
                return
            place += 1
