"""A case as its rules see it: all that its rows say, in one piece."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CaseFile, PastAnswer
from domain.catalog import PROCESSES
from domain.decision import Principal
from domain.evidence import Evidence
from domain.fact import Reading
from domain.option import Option, Proposal
from storage.database import Database
from storage.policies import pinned
from storage.readiness_policies import timing_at
from storage.tables.cases import CaseRow, EvidenceRow, ProposalRow
from storage.tables.questions import BESIDE, AnswerRow, QuestionRow


async def recent_case_files(database: Database, process: str, site: str | None, count: int) -> tuple[CaseFile, ...]:
    """The newest *count* cases of *process* that were assessed, at *site* if one is named; newest first."""
    query = select(CaseRow).where(CaseRow.process == process, col(CaseRow.assessment) > 0)
    if site is not None:
        query = query.where(CaseRow.site == site)
    async with database.reading() as session:
        rows = (await session.exec(query.order_by(col(CaseRow.number).desc()).limit(count))).all()
        return tuple([await case_file(session, row) for row in rows])


async def case_file(session: AsyncSession, case: CaseRow, at: datetime | None = None) -> CaseFile:
    """Everything known of *case* at *at*, or as it was when it last moved; within a transaction."""
    process = PROCESSES[case.process]
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
        also_asked=tuple(case.also_asked or ()),
        opened_at=case.opened_at,
        evidence=(await evidence_by_case(session, [case.id])).get(case.id, ()),
        proposal=None if proposal is None else Proposal.model_validate(proposal.body),
        chosen=None if case.chosen is None else Option.model_validate(case.chosen),
        decided_because=case.because,
        policy=await pinned(session, case.policy),
        closed=case.closed_at is not None,
        forced=case.forced,
        supersedes=case.supersedes,
        caused_by=case.caused_by,
        further=tuple(process.request.model_validate(asked) for asked in case.further or ()),
        answers=await _answers(session, case.id),
        timing=await timing_at(session, case.site, at or case.since),
        at=at or case.since,
    )


async def evidence_by_case(session: AsyncSession, case_ids: Collection[str]) -> dict[str, tuple[Evidence, ...]]:
    """What the latest assessment of each of the cases found, by check; those without any are not in it."""
    query = (
        select(EvidenceRow)
        .join(CaseRow, col(CaseRow.id) == EvidenceRow.case_id)
        .where(col(EvidenceRow.case_id).in_(case_ids), EvidenceRow.assessment == CaseRow.assessment)
        .order_by(EvidenceRow.check)
    )
    found: dict[str, tuple[Evidence, ...]] = {}
    for row in (await session.exec(query)).all():
        found[row.case_id] = (*found.get(row.case_id, ()), Evidence.model_validate(row.body))
    return found


async def _answers(session: AsyncSession, case_id: str) -> tuple[PastAnswer, ...]:
    """What every question of the case came to, in the order they were asked."""
    asked = select(QuestionRow).where(
        QuestionRow.case_id == case_id, col(QuestionRow.choice).is_not(None), QuestionRow.step > BESIDE,
        col(QuestionRow.lapsed_at).is_(None),
    )  # fmt: skip
    questions = (await session.exec(asked.order_by(col(QuestionRow.step), col(QuestionRow.id)))).all()
    if not questions:
        return ()
    said = select(AnswerRow).where(AnswerRow.case_id == case_id).order_by(col(AnswerRow.at))
    given = (await session.exec(said)).all()
    return tuple(_past(question, [g for g in given if g.question_id == question.id]) for question in questions)


def _past(question: QuestionRow, given: list[AnswerRow]) -> PastAnswer:
    said = [answer for answer in given if answer.choice == question.choice]
    people = {person: None for answer in said for person in (answer.person, answer.on_behalf_of) if person}
    assert question.choice is not None
    assert question.closed_at is not None
    return PastAnswer(
        step=question.step,
        state=question.state,
        topic=question.draft["topic"],
        choice=question.choice,
        people=tuple(people),
        reason=question.reason,
        values=next((answer.values for answer in said if answer.values), {}),
        at=question.closed_at,
    )
