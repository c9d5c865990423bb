"""How cases have caused one another."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.evidence import Evidence
from domain.views import Chain, ChainedCase, ChainedEvidence
from storage.case_files import evidence_by_case
from storage.database import Database
from storage.reading_attachments import attachments_by_case
from storage.reading_cases import visible_case
from storage.tables.cases import CaseRow

MOST = 500
"""Cases of one chain that are shown."""


class ChainReader:
    """Looks at chains of cases, and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def chain(self, case_id: str, sites: Collection[str]) -> Chain:
        """Every case that led to this one, or followed from what led to it, oldest first. Raises NotInSystem."""
        async with self._database.reading() as session:
            found = {case_id: await visible_case(session, case_id, sites)}
            to_see = [found[case_id]]
            while to_see and len(found) < MOST:
                near = await _next_to(session, to_see, sites)
                to_see = [row for row in near if row.id not in found]
                found |= {row.id: row for row in to_see}
            attached = await attachments_by_case(session, found)
            evidence = await evidence_by_case(session, found)
        rows = sorted(found.values(), key=lambda row: row.number)
        return Chain(cases=tuple(_chained(row, evidence.get(row.id, ()), attached.get(row.id, 0)) for row in rows))


async def _next_to(session: AsyncSession, rows: list[CaseRow], sites: Collection[str]) -> list[CaseRow]:
    """The cases that set one of *rows* going or gave way to it, and those that one of them did."""
    ids = [row.id for row in rows]
    before = [name for row in rows for name in (row.caused_by, row.supersedes) if name is not None]
    near = or_(col(CaseRow.id).in_(before), col(CaseRow.caused_by).in_(ids), col(CaseRow.supersedes).in_(ids))
    return list((await session.exec(select(CaseRow).where(near, col(CaseRow.site).in_(sites)))).all())


def _chained(row: CaseRow, evidence: tuple[Evidence, ...], attachments: int) -> ChainedCase:
    return ChainedCase(
        id=row.id,
        process=row.process,
        site=row.site,
        subject=row.subject,
        state=row.state,
        because=row.because,
        reason=row.request["reason"],
        comment=row.request.get("comment", ""),
        caused_by=row.caused_by,
        supersedes=row.supersedes,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        evidence=tuple(ChainedEvidence.model_validate(dict(found)) for found in evidence),
        attachments=attachments,
    )
