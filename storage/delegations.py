"""Who answers one question for whom, and when it returned."""

from __future__ import annotations

from datetime import datetime

from domain.delegation import admit_delegation, ended_by
from domain.notice import Occasion
from domain.views import QuestionSummary
from storage.acting import Acting, Matter, act
from storage.database import Database
from storage.identity import roles_at
from storage.standing_in import delegation, standing_delegations
from storage.tables.questions import DelegationRow


class Delegations:
    """Questions that somebody answers for somebody else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delegate(
        self, question_id: str, to: str, until: datetime | None, reason: str, acting: Acting
    ) -> QuestionSummary:
        """
        The question, which *to* may answer for the caller from now on.

        Raises NotInSystem, KeyReused, UntilWrong, a DecisionRefused.
        """

        async def do(matter: Matter) -> None:
            session, site, by, at = matter.session, matter.row.site, acting.caller.principal, acting.at
            roles = admit_delegation(
                matter.question, map(delegation, await standing_delegations(session, {question_id}, at)), to, until, by,
                his=await roles_at(session, by.id, site), theirs=await roles_at(session, to, site), at=at,
            )  # fmt: skip
            session.add(
                DelegationRow(
                    question_id=question_id, delegator=by.id, delegate=to, roles=list(roles), reason=reason, at=at,
                    until=until,
                )
            )  # fmt: skip
            when = None if until is None else until.isoformat()
            await matter.note("delegated", reason=reason, person=to, roles=list(roles), until=when)
            matter.tell(Occasion.ASSIGNED, to)

        return await act(self._database, question_id, acting, "delegation_refused", do)

    async def give_back(self, question_id: str, acting: Acting) -> QuestionSummary:
        """
        The question, which the caller has back or no longer in his hands, whichever of the two he was.

        Raises NotInSystem, KeyReused, a DecisionRefused.
        """

        async def do(matter: Matter) -> None:
            rows = await standing_delegations(matter.session, {question_id}, acting.at)
            his = ended_by(map(delegation, rows), acting.caller.principal)
            for row in rows:
                if delegation(row) in his:
                    row.ended_by, row.ended_at = acting.caller.principal.id, acting.at
                    matter.session.add(row)
                    await matter.note("delegation_returned", delegator=row.delegator, delegate=row.delegate)
                    if row.delegator == acting.caller.principal.id:
                        matter.tell(Occasion.TAKEN_BACK, row.delegate)
                    else:
                        matter.tell(Occasion.RETURNED, row.delegator)

        return await act(self._database, question_id, acting, "return_refused", do)
