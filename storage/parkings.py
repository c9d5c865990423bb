"""Questions that wait for somebody outside, and their deadlines meanwhile."""

from __future__ import annotations

from datetime import datetime

from domain.calendar import WorkingCalendar
from domain.notice import Occasion
from domain.parking import Cause, Parking, admit_parking, admit_resuming, put_off_ladder
from domain.question import Rung
from domain.views import QuestionSummary
from storage.acting import Acting, Matter, act
from storage.calendars import calendar_for
from storage.database import Database
from storage.identity import roles_at
from storage.outbox import post_hint
from storage.questions import due_as_its_questions, turn_of
from storage.reading_questions import standing_parking


class Parkings:
    """Questions that are not answered for now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def park(
        self, question_id: str, cause: Cause, until: datetime, reason: str, acting: Acting
    ) -> QuestionSummary:
        """
        The question, put off until *until*, with its deadlines if what is waited for is outside.

        Raises NotInSystem, KeyReused, UntilWrong, a DecisionRefused.
        """

        async def do(matter: Matter) -> None:
            row, by, at = matter.row, acting.caller.principal, acting.at
            roles = await roles_at(matter.session, by.id, matter.row.site)
            admit_parking(matter.question, standing_parking(row, at), until, by, roles, at)
            parking = Parking(cause=cause, reason=reason, by=by.id, at=at, until=until)
            before = {"due_before": row.due_at.isoformat(), "rungs_before": row.rungs}
            row.parked = {**parking.model_dump(mode="json"), **before}
            await _put_off(matter, parking, row.due_at, row.rungs, until)
            await matter.note("parked", reason=reason, cause=cause, until=until.isoformat(), due=row.due_at.isoformat())

        return await act(self._database, question_id, acting, "parking_refused", do)

    async def resume(self, question_id: str, acting: Acting) -> QuestionSummary:
        """
        The question, taken up again before its time, with its deadlines as late as it was parked for.

        Raises NotInSystem, KeyReused, a DecisionRefused.
        """

        async def do(matter: Matter) -> None:
            row, by, standing = matter.row, acting.caller.principal, standing_parking(matter.row, acting.at)
            admit_resuming(matter.question, standing, by, await roles_at(matter.session, by.id, matter.row.site))
            assert standing is not None
            assert row.parked is not None
            due, rungs = datetime.fromisoformat(row.parked["due_before"]), row.parked["rungs_before"]
            await _put_off(matter, standing, due, rungs, acting.at)
            row.parked = None
            await matter.note("resumed", due=row.due_at.isoformat())
            if standing.by != by.id:
                matter.tell(Occasion.RESUMED, standing.by)
            # The case sleeps until what was to be chased first, which is sooner now.
            post_hint(matter.session, matter.case, at=acting.at)

        return await act(self._database, question_id, acting, "resuming_refused", do)


async def _put_off(
    matter: Matter, parking: Parking, due_at: datetime, rungs: list[dict[str, object]], until: datetime
) -> None:
    session, case, row, turn = matter.session, matter.case, matter.row, turn_of(matter.row)
    calendars: list[WorkingCalendar] = [await calendar_for(session, row.site, role) for role in turn.waited_for]
    ladder = [Rung.model_validate(rung) for rung in rungs]
    row.due_at, moved = put_off_ladder(due_at, ladder, parking, until, turn.within, calendars)
    row.rungs = [rung.model_dump(mode="json") for rung in moved]
    session.add(row)
    if parking.cause.stops_the_clock:
        await due_as_its_questions(session, case)
