"""Forced moves: made in one transaction, at once in force, and put back unless a second person confirms them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import EscalationStep, Step
from domain.catalog import PROCESSES
from domain.decision import DecisionRefused
from domain.following import Followed
from domain.force import ForcedMove, ForceRefused, Outcome, Severity, admit_force, confirmation
from domain.question import Rung
from domain.roles import Role
from storage.acting import Acting
from storage.alone import alone
from storage.case_files import case_file
from storage.cases import locked_at
from storage.database import Database
from storage.followings import follow
from storage.identity import roles_at
from storage.putting_back import step_by_force
from storage.questions import ask_one, asked_by, close_questions
from storage.reading_force import as_move, written_by
from storage.requests import remember, remembered
from storage.steps import Taken
from storage.tables.cases import CaseRow, ForcedMoveRow
from storage.tables.questions import BESIDE, QuestionRow
from storage.trail import append


class Force:
    """Moves by hand, for administrators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def move(self, case_id: str, to: str, reason: str, acting: Acting) -> ForcedMove:
        """
        The move as it was made: the case is there, and somebody is asked whether it stays there.

        Raises NotInSystem, KeyReused, a DecisionRefused; a refusal is a line on the trail.
        """
        by, at = acting.caller.principal, acting.at
        async with self._database.transaction() as session:
            await alone(session)
            case = await locked_at(session, case_id, acting.caller.sites)
            if (before := await remembered(session, acting.key)) is not None:
                return ForcedMove.model_validate(before)
            process = PROCESSES[case.process]
            try:
                written, roles = await written_by(session, case), await roles_at(session, by.id, case.site)
                admit_force(process, case_id, case.state, written, to, by, roles)
                await _refuse_meanwhile(session, case)
            except DecisionRefused as refusal:
                await append(
                    session, case, at=at, action="force_refused", by=by, channel=acting.channel, reason=str(refusal),
                    details={"to": to, "said": reason, "severity": Severity.WARNING},
                )  # fmt: skip
                refused: DecisionRefused = refusal
            else:
                moved = await _move(session, case, to, reason, acting)
                remember(session, acting.key, moved.model_dump(mode="json"), at)
                return moved
        raise refused

    async def due(self, at: datetime) -> tuple[EscalationStep, ...]:
        """What is to be done by *at* about moves that nobody has confirmed, soonest first."""
        query = select(QuestionRow).where(QuestionRow.step == BESIDE, col(QuestionRow.closed_at).is_(None))
        async with self._database.reading() as session:
            asked = (await session.exec(query)).all()
        steps = [
            EscalationStep(case_id=question.case_id, question_id=question.id, rung=rung, at=at)
            for question in asked
            for rung in map(Rung.model_validate, question.rungs)
            if rung.percent > question.escalation and rung.at <= at
        ]
        return tuple(sorted(steps, key=lambda step: (step.rung.at, step.question_id)))


async def _move(session: AsyncSession, case: CaseRow, to: str, reason: str, acting: Acting) -> ForcedMove:
    by, at = acting.caller.principal, acting.at
    moved_from, assessed = case.state, case.assessment
    stopped = [question.id for question in await asked_by(session, case.id, case.version)]
    because = f"{by.name or by.id} moved it by force: {reason}"
    await close_questions(session, case, at)
    taken = Taken("forced", by, acting.channel, Role.ADMINISTRATOR, Severity.CRITICAL)
    await step_by_force(session, case, to, because, at, taken)
    file = await case_file(session, case, at)
    draft = confirmation(case.id, case.subject, (moved_from, to), by, reason)
    beside = Step(case_id=case.id, sequence=BESIDE, at=at, state=case.state)
    question = await ask_one(session, case, file, beside, case.forced, draft)
    row = ForcedMoveRow(
        question_id=question.id, case_id=case.id, site=case.site, from_state=moved_from, to_state=to, reason=reason,
        by=by.model_dump(mode="json"), at=at, due_at=question.due_at, step=case.version, assessment=assessed,
        stopped=stopped,
    )  # fmt: skip
    session.add(row)
    # Whoever forces a case hears what becomes of that.
    await follow(session, acting.caller, case.site, Followed.CASE, case.id, at)
    return as_move(row, case)


async def _refuse_meanwhile(session: AsyncSession, case: CaseRow) -> None:
    if case.queued:
        raise ForceRefused(f"{case.id} waits for another case about the same and has not begun.")
    query = select(ForcedMoveRow).where(ForcedMoveRow.case_id == case.id, ForcedMoveRow.outcome == Outcome.OPEN)
    if (unconfirmed := (await session.exec(query)).first()) is not None:
        raise ForceRefused(f"Whether the last move by force stands is still asked: {unconfirmed.question_id}.")
