"""A case as its rules see it: all that its rows say, in one piece."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CaseFile
from domain.catalog import PROCESSES
from domain.decision import Principal
from domain.evidence import Evidence
from domain.fact import Reading
from domain.option import Option, Proposal
from storage.database import Database
from storage.policies import pinned
from storage.tables.cases import CaseRow, EvidenceRow, ProposalRow


async def recent_case_files(database: Database, process: str, site: str | None, count: int) -> tuple[CaseFile, ...]:
    """The newest *count* cases of *process* that were assessed, at *site* if one is named; newest first."""
    query = select(CaseRow).where(CaseRow.process == process, col(CaseRow.assessment) > 0)
    if site is not None:
        query = query.where(CaseRow.site == site)
    async with database.reading() as session:
        rows = (await session.exec(query.order_by(col(CaseRow.number).desc()).limit(count))).all()
        return tuple([await case_file(session, row) for row in rows])


async def case_file(session: AsyncSession, case: CaseRow) -> CaseFile:
    """Everything known of *case*, within a transaction."""
    process = PROCESSES[case.process]
    evidence = await session.exec(
        select(EvidenceRow)
        .where(EvidenceRow.case_id == case.id, EvidenceRow.assessment == case.assessment)
        .order_by(EvidenceRow.check)
    )
    proposal = await session.get(ProposalRow, (case.id, case.assessment))
    return CaseFile(
        id=case.id,
        process=case.process,
        site=case.site,
        subject=case.subject,
        state=case.state,
        version=case.version,
        assessment=case.assessment,
        request=process.request.model_validate(case.request),
        before=Reading[process.about].model_validate(case.before),  # type: ignore[name-defined]
        requester=Principal.model_validate(case.requester),
        opened_at=case.opened_at,
        evidence=tuple(Evidence.model_validate(row.body) for row in evidence.all()),
        proposal=None if proposal is None else Proposal.model_validate(proposal.body),
        chosen=None if case.chosen is None else Option.model_validate(case.chosen),
        decided_because=case.because,
        policy=await pinned(session, case.policy),
        closed=case.closed_at is not None,
        supersedes=case.supersedes,
    )
