"""Electronic signatures: what an answer is signed with, and whether what was signed is still as it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import choice_of
from domain.electronic_signature import (
    HOW,
    CheckedSignature,
    KeptSignature,
    Reauthentication,
    SignatureNeeded,
    altered,
)
from domain.evidence import Evidence, pack_digest
from domain.ports import NotInSystem
from domain.question import QuestionDraft
from storage.database import Database
from storage.questions import given_answer
from storage.tables.cases import CaseRow, EvidenceRow, TrailRow
from storage.tables.questions import AnswerRow, QuestionRow, UsedSignatureRow
from storage.tickets import TicketKind, held


async def reauthentication(session: AsyncSession, shown: str | None, at: datetime) -> Reauthentication | None:
    """What *shown* was given for, if anything was shown. Raises SignatureNeeded where it serves no signature."""
    if shown is None:
        return None
    body = await held(session, TicketKind.SIGNATURE, shown, at)
    if body is None:
        raise SignatureNeeded(f"What was sent to sign with is not known, or too old. {HOW}")
    known = Reauthentication.model_validate(body)
    if await session.get(UsedSignatureRow, known.proof.id) is not None:
        raise SignatureNeeded(f"What was sent to sign with has signed an answer; each signature takes its own. {HOW}")
    return known


class SignatureReader:
    """Looks at signatures, and whether they still hold."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_case(self, case_id: str, sites: Collection[str]) -> tuple[CheckedSignature, ...]:
        """Every signature under an answer in the case, oldest first. Raises NotInSystem."""
        async with self._database.reading() as session:
            case = await session.get(CaseRow, case_id)
            if case is None or case.site not in sites:
                raise NotInSystem(f"There is no case {case_id}.")
            asked = await session.exec(select(QuestionRow).where(QuestionRow.case_id == case_id))
            questions = {row.id: row for row in asked.all()}
            answered = await session.exec(select(AnswerRow).where(AnswerRow.case_id == case_id))
            answers = {(row.question_id, row.person): row for row in answered.all()}
            on_trail = await _on_trail(session, case_id)
            evidence = await _evidence(session, case_id)
        # Who takes a signature from its answer, or an answer from the record, leaves it on the trail.
        signed = {key for key, row in answers.items() if row.signature is not None} | set(on_trail)
        found = [_checked(questions[key[0]], answers.get(key), on_trail.get(key), evidence) for key in signed]
        return tuple(sorted(found, key=lambda one: (one.signature.at, one.signature.question)))


async def _on_trail(session: AsyncSession, case_id: str) -> dict[tuple[str, str], KeptSignature]:
    """What the trail knows of signatures, by question and person."""
    query = select(TrailRow).where(TrailRow.case_id == case_id, TrailRow.action == "answered")
    lines = (await session.exec(query.order_by(col(TrailRow.sequence)))).all()
    return {
        (line.details["question"], line.by["id"]): KeptSignature.model_validate(line.details["signed"])
        for line in lines
        if "signed" in line.details
    }


async def _evidence(session: AsyncSession, case_id: str) -> frozenset[str]:
    """The digests of all the evidence the case ever had, by assessment, as it is now."""
    packs = defaultdict(list)
    for row in (await session.exec(select(EvidenceRow).where(EvidenceRow.case_id == case_id))).all():
        packs[row.assessment].append(Evidence.model_validate(row.body))
    return frozenset(pack_digest(tuple(pack)) for pack in packs.values())


def _checked(
    question: QuestionRow, answer: AnswerRow | None, on_trail: KeptSignature | None, evidence: frozenset[str]
) -> CheckedSignature:
    kept = None if answer is None or answer.signature is None else KeptSignature.model_validate(answer.signature)
    shown = kept or on_trail
    assert shown is not None
    record = {} if answer is None else given_answer(answer).model_dump(mode="json") | {
        "question": answer.question_id, "case": answer.case_id,
    }  # fmt: skip
    different = tuple(altered(kept, on_trail, record, evidence=shown.signature.evidence in evidence))
    draft = QuestionDraft.model_validate(question.draft)
    return CheckedSignature(
        **shown.model_dump(),
        asked=draft.title,
        answered=choice_of(draft, shown.signature.choice).title,
        intact=not different,
        altered=different,
    )
