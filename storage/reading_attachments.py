"""What is attached to a case, within a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.attachment import Attachment, AttachmentKind, AttachmentNotWithCase
from domain.decision import Principal
from storage.tables.attachments import AttachmentRow


async def attachments_of(session: AsyncSession, case_id: str) -> tuple[Attachment, ...]:
    """What is attached to the case, oldest first."""
    query = select(AttachmentRow).where(AttachmentRow.case_id == case_id).order_by(col(AttachmentRow.number))
    return tuple(attachment_in(row) for row in (await session.exec(query)).all())


async def attachments_by_case(session: AsyncSession, case_ids: Collection[str]) -> dict[str, int]:
    """How many attachments each of the cases has; those without any are not in it."""
    case_id = col(AttachmentRow.case_id)
    counted = select(AttachmentRow.case_id, func.count()).where(case_id.in_(case_ids)).group_by(case_id)
    return dict((await session.exec(counted)).all())


async def named(session: AsyncSession, case_id: str, digests: Iterable[str]) -> tuple[Attachment, ...]:
    """The attachments of the case that have these *digests*, each once. Raises AttachmentNotWithCase."""
    wanted = tuple(dict.fromkeys(digests))
    known = {one.digest: one for one in await attachments_of(session, case_id)} if wanted else {}
    if missing := [digest for digest in wanted if digest not in known]:
        raise AttachmentNotWithCase(f"{case_id} has no attachment {missing[0]}. Attach it first.")
    return tuple(known[digest] for digest in wanted)


def on_trail(attached: Iterable[Attachment]) -> dict[str, Any]:
    """What a line of the trail says of attachments that go with something; nothing where none do."""
    told = [{"name": one.name, "digest": one.digest} for one in attached]
    return {"attachments": told} if told else {}


def attachment_in(row: AttachmentRow) -> Attachment:
    """The attachment as it travels."""
    return Attachment(
        case_id=row.case_id, digest=row.digest, name=row.name, kind=AttachmentKind(row.kind), size=row.size,
        by=Principal.model_validate(row.by), at=row.at,
    )  # fmt: skip
