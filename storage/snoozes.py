"""Questions that somebody does not want in his list for now. Nobody else sees anything of it."""

from __future__ import annotations

from datetime import datetime

from domain.decision import UntilWrong
from domain.parking import LONGEST_PARKING
from domain.ports import NotInSystem
from storage.database import Database
from storage.identity import Caller
from storage.tables.questions import QuestionRow, SnoozeRow


class Snoozes:
    """What people have put off for themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_off(self, question_id: str, caller: Caller, until: datetime | None, at: datetime) -> None:
        """
        The question is not in the caller's list until *until*; without one it is again.

        It stays what it was for everybody, so the trail has no line of it. Raises NotInSystem, UntilWrong.
        """
        if until is not None and not at < until <= at + LONGEST_PARKING:
            raise UntilWrong(f"Name a moment to come, within {LONGEST_PARKING.days} days.")
        async with self._database.transaction() as session:
            row = await session.get(QuestionRow, question_id)
            if row is None or not caller.may_see(row.site):
                raise NotInSystem(f"There is no question {question_id}.")
            person = caller.principal.id
            if until is not None:
                await session.merge(SnoozeRow(question_id=question_id, person=person, until=until))
            elif (kept := await session.get(SnoozeRow, (question_id, person))) is not None:
                await session.delete(kept)
