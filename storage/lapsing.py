"""Answers that count no more: what people agreed to has become something else since they did."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CaseFile
from domain.option import Proposal, no_longer_as_agreed
from storage.tables.cases import CaseRow, ProposalRow
from storage.tables.questions import AnswerRow, QuestionRow
from storage.trail import append


async def lapsed(
    session: AsyncSession, case: CaseRow, question: QuestionRow, file: CaseFile, at: datetime, *, reworded: bool = False
) -> bool:
    """
    Whether the answers to *question* count no more, because what they agreed to is not what *file* proposes now.

    A question that is *reworded* is another, however little differs. A no is to whatever there is.
    """
    query = select(AnswerRow).where(AnswerRow.question_id == question.id).order_by(col(AnswerRow.at))
    given = (await session.exec(query)).all()
    if not given and question.choice is None:
        question.assessment = case.assessment  # whoever answers from now on sees these options
        session.add(question)
        return False
    # Against what the first of them saw, however often it was looked at since: small differences add up.
    seen = None if question.assessment is None else await session.get(ProposalRow, (case.id, question.assessment))
    if seen is None or file.proposal is None:
        return False
    then = Proposal.model_validate(seen.body)
    agreed = {answer.person: answer.choice for answer in given if then.has(answer.choice)}
    differs = no_longer_as_agreed(agreed.values(), then, file.proposal)
    if not agreed or not (differs or reworded):
        return False
    question.lapsed_at = at
    session.add(question)
    why = " ".join(differs) or "Other people have to agree, or to other words."
    await append(
        session, case, at=at, action="answers_lapsed", reason=f"{question.id} is asked anew. {why}",
        details={"question": question.id, "agreed": agreed, "differs": list(differs)}, once=f"{question.id}/lapsed",
    )  # fmt: skip
    return True
