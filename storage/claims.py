"""Who sees to a question just now: taken on, let go of, given by a lead, or lapsed."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from domain.claim import Claim, admit_assignment, admit_claim, admit_release, lapses_at
from domain.notice import Occasion
from domain.views import QuestionSummary
from storage.acting import Acting, Matter, act
from storage.calendars import calendar_for
from storage.database import Database
from storage.identity import roles_at
from storage.questions import turn_of
from storage.reading_questions import standing_claim
from storage.tables.cases import CaseRow
from storage.tables.questions import QuestionRow
from storage.trail import CLOCK, append


class Claims:
    """Claims on questions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, question_id: str, acting: Acting) -> QuestionSummary:
        """The question, which the caller sees to from now on. Raises NotInSystem, KeyReused, a DecisionRefused."""

        async def do(matter: Matter) -> None:
            by, at = acting.caller.principal, acting.at
            roles = await roles_at(matter.session, by.id, matter.row.site)
            admit_claim(matter.question, standing_claim(matter.row, at), by, roles)
            await note_lapse(matter.session, matter.case, matter.row, at)
            claim = await _claim(matter, by.id)
            await matter.note("claimed", until=claim.until.isoformat())

        return await act(self._database, question_id, acting, "claim_refused", do)

    async def release(self, question_id: str, acting: Acting) -> QuestionSummary:
        """The question, which nobody sees to any more. Raises NotInSystem, KeyReused, a DecisionRefused."""

        async def do(matter: Matter) -> None:
            by, standing = acting.caller.principal, standing_claim(matter.row, acting.at)
            admit_release(matter.question, standing, by, await roles_at(matter.session, by.id, matter.row.site))
            assert standing is not None
            matter.row.claim = None
            await matter.note("claim_released", person=standing.person)

        return await act(self._database, question_id, acting, "release_refused", do)

    async def assign(self, question_id: str, to: str, reason: str, acting: Acting) -> QuestionSummary:
        """The question, which *to* sees to from now on. Raises NotInSystem, KeyReused, a DecisionRefused."""

        async def do(matter: Matter) -> None:
            by, site = acting.caller.principal, matter.row.site
            theirs = await roles_at(matter.session, to, site)
            giver = await roles_at(matter.session, by.id, site)
            admit_assignment(matter.question, to, by, theirs=theirs, giver=giver)
            await note_lapse(matter.session, matter.case, matter.row, acting.at)
            before = standing_claim(matter.row, acting.at)
            claim = await _claim(matter, to, assigned_by=by.id)
            instead_of = {} if before is None or before.person == to else {"instead_of": before.person}
            await matter.note("assigned", reason=reason, person=to, until=claim.until.isoformat(), **instead_of)
            if to != by.id:
                matter.tell(Occasion.ASSIGNED, to)

        return await act(self._database, question_id, acting, "assignment_refused", do)


async def note_lapse(session: AsyncSession, case: CaseRow, row: QuestionRow, at: datetime) -> None:
    """If the claim on the question has lapsed, it is gone, and the trail says since when."""
    claim = None if row.claim is None else Claim.model_validate(row.claim)
    if claim is not None and not claim.stands(at):
        row.claim = None
        await append(
            session, case, at=at, action="claim_lapsed", by=CLOCK,
            reason="Half of the time for the answer has passed since it was claimed.",
            details={"question": row.id, "person": claim.person, "since": claim.until.isoformat()},
        )  # fmt: skip


async def _claim(matter: Matter, person: str, assigned_by: str | None = None) -> Claim:
    turn, at = turn_of(matter.row), matter.acting.at
    calendar = await calendar_for(matter.session, matter.row.site, turn.waited_for[0])
    until = lapses_at(turn.within, turn.since or matter.row.asked_at, at, calendar)
    claim = Claim(person=person, at=at, until=until, assigned_by=assigned_by)
    matter.row.claim = claim.model_dump(mode="json")
    return claim
