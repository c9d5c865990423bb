"""What becomes of a forced move: it stands, or is put back as far as it can be."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.case import Step
from domain.catalog import PROCESSES
from domain.effect import BEGUN
from domain.force import ASSESSING, COMMIT_FAILED, CONFIRM, Outcome, Severity, WayBack, way_back
from storage.outbox import MessageKind, post
from storage.questions import ask_again, close_questions
from storage.steps import Taken, take_step
from storage.tables.cases import CaseRow, EffectRow, ForcedMoveRow
from storage.tables.questions import QuestionRow
from storage.trail import append


async def conclude_move(session: AsyncSession, case: CaseRow, question: QuestionRow, at: datetime) -> None:
    """Have the forced move stand, or put it back, as *question* was answered; by whom the question says."""
    row = await session.get_one(ForcedMoveRow, question.id)
    row.settled_by, row.settled_at = question.closed_by or "", at
    session.add(row)
    if question.choice == CONFIRM:
        row.outcome, row.became = Outcome.CONFIRMED, "It stands."
        await append(
            session, case, at=at, action="force_confirmed", reason=question.reason or row.became,
            details={"question": question.id, "settled_by": row.settled_by, "severity": Severity.NOTICE},
        )  # fmt: skip
    else:
        await _put_back(session, case, row, question, at)


async def step_by_force(
    session: AsyncSession,
    case: CaseRow,
    to: str,
    because: str,
    at: datetime,
    taken: Taken,
) -> None:
    """Put *case* into the state *to*. What ran of it is over from now on; a run of its own goes on from there."""
    case.forced += 1
    state = PROCESSES[case.process].state(to)
    step = Step(
        case_id=case.id, sequence=case.version + 1, at=at, state=to, because=because,
        assessment=case.assessment + (to == ASSESSING), seen=case.seen,
    )  # fmt: skip
    await take_step(session, case, step, state, taken)
    post(session, MessageKind.STOP, case, at=at)
    if not state.final:
        post(session, MessageKind.START, case, at=at)


async def _put_back(
    session: AsyncSession, case: CaseRow, row: ForcedMoveRow, question: QuestionRow, at: datetime
) -> None:
    way, row.became = way_back(
        row.from_state,
        ended_since=case.closed_at is not None and case.version != row.step,
        subject_taken=case.closed_at is not None and await _taken(session, case),
        assessed_since=case.assessment != row.assessment,
        wrote_since=await _wrote_since(session, case),
    )
    why = f"{row.settled_by} did not let it stand. {row.became}"
    if way is WayBack.NONE:
        row.outcome = Outcome.STANDS
        await append(
            session, case, at=at, action="force_stands", reason=why,
            details={"question": question.id, "said": question.reason, "severity": Severity.CRITICAL},
        )  # fmt: skip
        return
    row.outcome = Outcome.PUT_BACK
    case.closed_at = None
    to = ASSESSING if way is WayBack.LOOK_ANEW else COMMIT_FAILED
    await close_questions(session, case, at)
    await step_by_force(session, case, to, why, at, Taken("force_put_back", severity=Severity.WARNING))
    if way is WayBack.LOOK_ANEW:
        await ask_again(session, case, row.stopped, at)


async def _taken(session: AsyncSession, case: CaseRow) -> bool:
    """Whether another case runs about the subject."""
    others = select(CaseRow.id).where(
        CaseRow.workflow_id == case.workflow_id, CaseRow.id != case.id, col(CaseRow.closed_at).is_(None)
    )
    return (await session.exec(others)).first() is not None


async def _wrote_since(session: AsyncSession, case: CaseRow) -> bool:
    """Whether the run that went on from the forced move has written anything."""
    written = select(EffectRow.key).where(
        EffectRow.case_id == case.id, EffectRow.forced == case.forced, col(EffectRow.state).in_(BEGUN)
    )
    return (await session.exec(written)).first() is not None
