"""What is attached to a case, within a transaction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.attachment import Attachment, AttachmentKind, AttachmentNotWithCase
from domain.decision import Principal
from storage.tables.attachments import AttachmentRow


async def attachments_of(session: AsyncSession, case_id: str) -> tuple[Attachment, ...]:
    """What is attached to the case, oldest first."""
    query = select(AttachmentRow).where(AttachmentRow.case_id == case_id).order_by(col(AttachmentRow.number))
    return tuple(attachment_in(row) for row in (await session.exec(query)).all())


async def named(session: AsyncSession, case_id: str, digests: Iterable[str]) -> tuple[Attachment, ...]:
    """The attachments of the case that have these *digests*, each once. Raises AttachmentNotWithCase."""
    wanted = tuple(dict.fromkeys(digests))
    known = {one.digest: one for one in await attachments_of(session, case_id)} if wanted else {}
    if missing := [digest for digest in wanted if digest not in known]:
        raise AttachmentNotWithCase(f"{case_id} has no attachment {missing[0]}. Attach it first, then answer.")
    return tuple(known[digest] for digest in wanted)


def attachment_in(row: AttachmentRow) -> Attachment:
    """The attachment as it travels."""
    return Attachment(
        case_id=row.case_id, digest=row.digest, name=row.name, kind=AttachmentKind(row.kind), size=row.size,
        by=Principal.model_validate(row.by), at=row.at,
    )  # fmt: skip
