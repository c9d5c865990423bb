"""Questions that were asked back: settled with that, so that the case finds out what is wanted."""

from __future__ import annotations

from sqlmodel import col, func, select

from domain.asking_back import ASK_BACK, MOST_ROUNDS, admit_asking_back
from domain.catalog import PROCESSES
from domain.notice import Occasion
from domain.views import QuestionSummary
from storage.acting import Acting, Matter, act
from storage.database import Database
from storage.decisions import settle
from storage.identity import roles_at
from storage.outbox import post_notice
from storage.questions import open_to
from storage.tables.questions import AnswerRow, QuestionRow


class AskingBack:
    """Approvers who want something found out first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask_back(self, question_id: str, wanted: str, acting: Acting) -> QuestionSummary:
        """
        The question, closed while the case finds out what is *wanted*; or open to the lead as well, the third time.

        Raises NotInSystem, KeyReused, a DecisionRefused.
        """

        async def do(matter: Matter) -> None:
            session, case, row, by, at = matter.session, matter.case, matter.row, acting.caller.principal, acting.at
            asked = select(func.count()).where(QuestionRow.case_id == case.id, col(QuestionRow.choice) == ASK_BACK)
            asked_back = admit_asking_back(
                matter.question, wanted, by, await roles_at(session, by.id, case.site),
                can_be="needs_information" in PROCESSES[case.process].state(case.state).next,
                rounds=(await session.exec(asked)).one(),
            )  # fmt: skip
            if asked_back.lead is None:
                session.add(
                    AnswerRow(
                        question_id=row.id, person=by.id, case_id=case.id, role=asked_back.role, choice=ASK_BACK,
                        reason=wanted, channel=acting.channel, at=at,
                    )
                )  # fmt: skip
                settle(session, case, row, ASK_BACK, by.name or by.id, wanted, at)
                await matter.note("asked_back", reason=wanted, role=asked_back.role)
            else:
                await open_to(session, row, asked_back.lead)
                post_notice(session, case, Occasion.REMINDED, row.id, at=at)
                why = f"Asked back {MOST_ROUNDS} times already, and once more: {wanted}"
                await matter.note("escalated", reason=why, role=asked_back.lead)

        return await act(self._database, question_id, acting, "asking_back_refused", do)
