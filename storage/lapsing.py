"""Answers that count no more: what people agreed to has become something else since they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import CaseFile
from domain.option import Proposal, no_longer_as_agreed
from domain.question import QuestionKind
from storage.tables.cases import CaseRow, ProposalRow
from storage.tables.questions import BESIDE, AnswerRow, QuestionRow
from storage.trail import append


async def lapsed(
    session: AsyncSession, case: CaseRow, question: QuestionRow, file: CaseFile, at: datetime, *, reworded: bool = False
) -> bool:
    """
    Whether the answers to *question* count no more, because what they agreed to is not what *file* proposes now.

    A question that is *reworded* is another, however little differs. A no is to whatever there is.
    """
    given = await _given(session, question)
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
    await _let_lapse(session, case, question, agreed, differs, at)
    return True


async def chosen_in_vain(session: AsyncSession, case: CaseRow, file: CaseFile, differs: Sequence[str]) -> None:
    """
    Have the decision by which an option was chosen count no more: it *differs* now, and nothing of it is written.

    Who takes a step that cannot be refused decides nothing; what he said is so stays said.
    """
    if file.chosen is None or file.proposal is None or file.proposal.automatic == file.chosen.name:
        return
    name = file.chosen.name
    query = select(QuestionRow).where(
        QuestionRow.case_id == case.id, QuestionRow.choice == name, QuestionRow.step > BESIDE
    )
    # Only the latest: what was agreed to before that has been carried out.
    question = (await session.exec(query.order_by(col(QuestionRow.step).desc()))).first()
    if question is not None and question.lapsed_at is None and decides(question):
        agreed = {given.person: given.choice for given in await _given(session, question) if given.choice == name}
        await _let_lapse(session, case, question, agreed, differs, file.at)


def decides(question: QuestionRow) -> bool:
    """Whether answers to *question* agree to something, or not."""
    return bool(question.draft["kind"] == QuestionKind.DECISION)


async def _given(session: AsyncSession, question: QuestionRow) -> Sequence[AnswerRow]:
    query = select(AnswerRow).where(AnswerRow.question_id == question.id).order_by(col(AnswerRow.at))
    return (await session.exec(query)).all()


async def _let_lapse(
    session: AsyncSession,
    case: CaseRow,
    question: QuestionRow,
    agreed: Mapping[str, str],
    differs: Sequence[str],
    at: datetime,
) -> None:
    question.lapsed_at = at
    session.add(question)
    why = " ".join(differs) or "Other people have to agree, or to other words."
    await append(
        session, case, at=at, action="answers_lapsed",
        reason=f"What was agreed to in {question.id} counts no more. {why}",
        details={"question": question.id, "agreed": agreed, "differs": list(differs)}, once=f"{question.id}/lapsed",
    )  # fmt: skip
