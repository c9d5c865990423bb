"""What people and systems have told a case, as it hears of it."""

from __future__ import annotations

from sqlmodel import col, select

from domain.case import Command, CommandKind, LookCall, News, SettledQuestion
from storage.cases import locked
from storage.database import Database
from storage.questions import asked_first_at, open_rungs, still_asked
from storage.tables.cases import CommandRow
from storage.tables.questions import QuestionRow


async def news(database: Database, call: LookCall) -> News:
    """
    What the case has not seen yet.

    Asked again about a step that the case has left in the meantime, the same as then: the engine may have lost what
    came of the first time, and the case waits in that step for what made it go on.
    """
    async with database.transaction() as session:
        case = await locked(session, call.case_id)
        case.hinted = False
        session.add(case)
        step = case.version if call.sequence is None else call.sequence
        seen = call.seen if step < case.version else case.seen
        told = select(CommandRow).where(CommandRow.case_id == case.id, col(CommandRow.number) > seen)
        commands = (await session.exec(told.order_by(col(CommandRow.number)))).all()
        # Some may have been kept beyond the step: in it they were asked all the same.
        asked = select(QuestionRow).where(
            QuestionRow.case_id == case.id, col(QuestionRow.step) >= step, col(QuestionRow.choice).is_not(None)
        )
        settled = (await session.exec(asked.order_by(col(QuestionRow.id)))).all()
        open_still = await still_asked(session, case.id)
        rungs = open_rungs(open_still)
        begun = any(question.turn is not None for question in open_still)
        return News(
            wake_at=rungs[0][1].at if rungs else None,
            due_at=min(question.due_at for question in open_still) if begun else None,
            commands=tuple(command(row) for row in commands),
            settled=tuple(
                SettledQuestion(
                    id=q.id,
                    topic=q.draft["topic"],
                    choice=q.choice or "",
                    by=q.closed_by or "",
                    reason=q.reason,
                )
                for q in settled
                if asked_first_at(q) <= step
            ),
        )


def command(row: CommandRow) -> Command:
    """What the case was told, as it hears it."""
    return Command(number=row.number or 0, kind=CommandKind(row.kind), reason=row.reason, by=row.by, at=row.at)
