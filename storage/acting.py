"""What somebody does about a question besides answering it: in one transaction, and a refusal is on the trail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, DecisionRefused, OpenQuestion
from domain.notice import Occasion
from domain.ports import NotInSystem
from domain.views import QuestionSummary
from storage.database import Database
from storage.decisions import question_of_case
from storage.identity import Caller
from storage.outbox import post_notice
from storage.questions import open_question
from storage.reading_questions import question_summary
from storage.requests import RequestKey, only_once
from storage.tables.cases import CaseRow
from storage.tables.questions import QuestionRow
from storage.trail import append


@dataclass(frozen=True)
class Acting:
    """Who does something, which way, when, and under which key of his own."""

    caller: Caller
    channel: Channel
    at: datetime
    key: RequestKey | None = None


@dataclass(frozen=True)
class Matter:
    """A question that something is done about, with its case; nobody else is at either until it is done."""

    session: AsyncSession
    case: CaseRow
    row: QuestionRow
    question: OpenQuestion
    acting: Acting

    async def note(self, action: str, *, reason: str = "", role: str | None = None, **details: Any) -> None:
        """Put on the trail what was done."""
        await append(
            self.session, self.case, at=self.acting.at, action=action, by=self.acting.caller.principal,
            channel=self.acting.channel, role=role, reason=reason, details={"question": self.row.id, **details},
        )  # fmt: skip

    def tell(self, occasion: Occasion, person: str) -> None:
        """Have *person*, and nobody else, told of what was just noted."""
        post_notice(
            self.session, self.case, occasion, self.row.id, at=self.acting.at, only=person,
            line=self.case.trail_length,
        )  # fmt: skip


async def matter_of(session: AsyncSession, question_id: str, acting: Acting) -> Matter:
    """The question, for who may see it. Raises NotInSystem."""
    case, row = await question_of_case(session, question_id)
    if not acting.caller.may_see(row.site):
        raise NotInSystem(f"There is no question {question_id}.")
    return Matter(session, case, row, await open_question(session, row), acting)


async def act(
    database: Database, question_id: str, acting: Acting, refused: str, do: Callable[[Matter], Awaitable[None]]
) -> QuestionSummary:
    """
    The question as it stands when *do* is done, which refuses before it changes anything.

    *refused* is what the trail calls it otherwise. Raises NotInSystem, KeyReused, a DecisionRefused.
    """
    async with database.transaction() as session:
        matter = await matter_of(session, question_id, acting)

        async def done() -> QuestionSummary:
            await do(matter)
            session.add(matter.row)
            return question_summary(matter.row, acting.at)

        try:
            return await only_once(session, acting.key, acting.at, QuestionSummary, done)
        except DecisionRefused as refusal:
            await matter.note(refused, reason=str(refusal))
            said: DecisionRefused = refusal
    raise said
