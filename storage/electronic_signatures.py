"""Electronic signatures: what an answer is signed with, and whether what was signed is still as it was."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.electronic_signature import (
    HOW,
    CheckedSignature,
    KeptSignature,
    Reauthentication,
    SignatureNeeded,
    altered,
)
from domain.evidence import Evidence, pack_digest
from domain.question import QuestionDraft
from storage.database import Database
from storage.questions import given_answer
from storage.reading_cases import visible_case
from storage.tables.cases import EvidenceRow, TrailRow
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
            await visible_case(session, case_id, sites)
            return await signatures_of(session, [case_id])


async def signatures_of(session: AsyncSession, case_ids: Collection[str]) -> tuple[CheckedSignature, ...]:
    """Every signature under an answer in these cases, oldest first."""
    answered = await session.exec(select(AnswerRow).where(col(AnswerRow.case_id).in_(case_ids)))
    answers = {(row.question_id, row.person): row for row in answered.all()}
    on_trail = await _on_trail(session, case_ids)
    # Who takes a signature from its answer, or an answer from the record, leaves it on the trail.
    signed = {key for key, row in answers.items() if row.signature is not None} | set(on_trail)
    asked = await session.exec(select(QuestionRow).where(col(QuestionRow.id).in_({question for question, _ in signed})))
    questions = {row.id: row for row in asked.all()}
    evidence = await _evidence(session, {row.case_id for row in questions.values()})
    found = [_checked(questions.get(key[0]), answers.get(key), on_trail.get(key), evidence) for key in signed]
    return tuple(sorted(found, key=lambda one: (one.signature.at, one.signature.question, one.signature.person)))


async def _on_trail(session: AsyncSession, case_ids: Collection[str]) -> dict[tuple[str, str], KeptSignature]:
    """What the trail knows of signatures, by question and person."""
    query = select(TrailRow).where(col(TrailRow.case_id).in_(case_ids), TrailRow.action == "answered")
    return {
        (line.details["question"], line.by["id"]): KeptSignature.model_validate(line.details["signed"])
        for line in (await session.exec(query)).all()
        if "signed" in line.details
    }


async def _evidence(session: AsyncSession, case_ids: Collection[str]) -> frozenset[tuple[str, str]]:
    """Each case with the digest of all the evidence of each of its assessments, as it is now."""
    packs = defaultdict(list)
    for row in (await session.exec(select(EvidenceRow).where(col(EvidenceRow.case_id).in_(case_ids)))).all():
        packs[row.case_id, row.assessment].append(Evidence.model_validate(row.body))
    return frozenset((case_id, pack_digest(tuple(pack))) for (case_id, _), pack in packs.items())


def _checked(
    question: QuestionRow | None,
    answer: AnswerRow | None,
    on_trail: KeptSignature | None,
    evidence: frozenset[tuple[str, str]],
) -> CheckedSignature:
    kept = None if answer is None or answer.signature is None else KeptSignature.model_validate(answer.signature)
    shown = kept or on_trail
    assert shown is not None
    signature = shown.signature
    known = question is not None and (question.case_id, signature.evidence) in evidence
    different = tuple(altered(kept, on_trail, _record(question, answer), evidence=known))
    return CheckedSignature(signature=signature, digest=shown.digest, intact=not different, altered=different)


def _record(question: QuestionRow | None, answer: AnswerRow | None) -> dict[str, Any]:
    """What was signed, as it is now."""
    record: dict[str, Any] = {"question": None, "asked": None, "answered": None}
    if answer is not None:
        record |= given_answer(answer).model_dump(mode="json") | {"case": answer.case_id}
    if question is not None:
        draft = QuestionDraft.model_validate(question.draft)
        titles = {choice.name: choice.title for choice in draft.choices}
        record |= {"question": question.id, "asked": draft.title, "answered": titles.get(record.get("choice", ""))}
    return record
