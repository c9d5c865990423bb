"""Comments on cases, kept with whom they call; the trail has each."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.comment import Comment, admit_comment
from domain.decision import Principal
from domain.notice import Occasion
from domain.views import Page
from storage.acting import Acting
from storage.cases import locked_at
from storage.database import Database
from storage.identity import Caller, people_at
from storage.outbox import post_notice
from storage.paging import cursor_behind, keys_of, page_size
from storage.reading_attachments import named, on_trail
from storage.reading_cases import visible_case
from storage.requests import only_once
from storage.tables.cases import CaseRow
from storage.tables.comments import CommentRow, MentionRow
from storage.trail import append


class Comments:
    """What people write about cases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def comment(self, case_id: str, text: str, acting: Acting, attachments: Collection[str] = ()) -> Comment:
        """
        The comment as it was kept, with those of the case's *attachments* that go with it, by their digests.

        Raises NotInSystem, KeyReused, MentionWrong, AttachmentNotWithCase.
        """
        async with self._database.transaction() as session:
            case = await locked_at(session, case_id, acting.caller.sites)
            return await only_once(
                session, acting.key, acting.at, Comment, lambda: _keep(session, case, text, acting, attachments)
            )

    async def of_case(
        self, case_id: str, caller: Caller, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Comment]:
        """The comments on a case, oldest first. Raises NotInSystem, BadCursor."""
        async with self._database.reading() as session:
            await visible_case(session, case_id, caller.sites)
            query = select(CommentRow).where(CommentRow.case_id == case_id).order_by(col(CommentRow.number))
            if cursor is not None:
                query = query.where(col(CommentRow.number) > keys_of(cursor, int)[0])
            size = page_size(limit)
            return await _page(session, list((await session.exec(query.limit(size + 1))).all()), size)

    async def that_call(self, caller: Caller, *, cursor: str | None = None, limit: int = 50) -> Page[Comment]:
        """The comments at the caller's sites that call him, newest first. Raises BadCursor."""
        async with self._database.reading() as session:
            query = (
                select(CommentRow)
                .join(MentionRow, col(MentionRow.comment) == col(CommentRow.number))
                .where(MentionRow.person == caller.principal.id, col(CommentRow.site).in_(caller.sites))
                .order_by(col(CommentRow.number).desc())
            )
            if cursor is not None:
                query = query.where(col(CommentRow.number) < keys_of(cursor, int)[0])
            size = page_size(limit)
            return await _page(session, list((await session.exec(query.limit(size + 1))).all()), size)


async def _keep(
    session: AsyncSession, case: CaseRow, text: str, acting: Acting, attachments: Collection[str]
) -> Comment:
    called = admit_comment(text, await people_at(session, case.site))
    attached = await named(session, case.id, attachments)
    by, at = acting.caller.principal, acting.at
    row = CommentRow(
        case_id=case.id, site=case.site, by=by.model_dump(mode="json"), at=at, text=text,
        attachments=[one.digest for one in attached] or None,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    assert row.number is not None
    for place, person in enumerate(called):
        session.add(MentionRow(comment=row.number, person=person, place=place))
    details = {
        "comment": row.number, **({"mentions": list(called)} if called else {}), **on_trail(attached),
    }  # fmt: skip
    await append(session, case, at=at, action="commented", by=by, channel=acting.channel, reason=text, details=details)
    for person in called:
        if person != by.id:
            post_notice(session, case, Occasion.MENTIONED, at=at, only=person, line=case.trail_length)
    return _comment(row, called)


async def _page(session: AsyncSession, rows: list[CommentRow], size: int) -> Page[Comment]:
    numbers = [row.number for row in rows[:size] if row.number is not None]
    query = select(MentionRow).where(col(MentionRow.comment).in_(numbers)).order_by(col(MentionRow.place))
    mentions = (await session.exec(query)).all()
    return Page[Comment](
        items=tuple(
            _comment(row, tuple(one.person for one in mentions if one.comment == row.number)) for row in rows[:size]
        ),
        next=cursor_behind(numbers[size - 1]) if len(rows) > size else None,
    )


def _comment(row: CommentRow, called: tuple[str, ...]) -> Comment:
    assert row.number is not None
    return Comment(
        number=row.number, case_id=row.case_id, by=Principal.model_validate(row.by), at=row.at, text=row.text,
        mentions=called, attachments=tuple(row.attachments or ()),
    )  # fmt: skip
