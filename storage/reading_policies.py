"""What was done about the policies of a site, and what was tried in vain."""

from __future__ import annotations

from sqlalchemy import tuple_
from sqlmodel import col, select

from domain.decision import Principal
from domain.policy_publishing import EVERYWHERE, PolicyEvent, PolicyKind, PolicyStep
from domain.views import Page
from storage.database import Database
from storage.paging import cursor_behind, keys_of, moment_in, page_size
from storage.proposals import POLICY
from storage.tables.cases import TrailRow


class PolicyReader:
    """The history of policies, for those who look back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history(self, site: str, *, cursor: str | None = None, limit: int = 50) -> Page[PolicyEvent]:
        """What was proposed, confirmed and refused of tables for *site* or for every one, newest first."""
        query = (
            select(TrailRow)
            .where(
                col(TrailRow.action).in_(list(PolicyStep)),
                col(TrailRow.details)["site"].as_string().in_([site, EVERYWHERE]),
            )
            .order_by(col(TrailRow.at).desc(), col(TrailRow.case_id).desc(), col(TrailRow.sequence).desc())
        )
        if cursor is not None:
            at, case_id, sequence = keys_of(cursor, str, str, int)
            place = tuple_(col(TrailRow.at), col(TrailRow.case_id), col(TrailRow.sequence))
            query = query.where(place < (moment_in(at), str(case_id), int(sequence)))
        size = page_size(limit)
        async with self._database.reading() as session:
            found = (await session.exec(query.limit(size + 1))).all()
        last = found[size - 1] if len(found) > size else None
        return Page[PolicyEvent](
            items=tuple(map(policy_event, found[:size])),
            next=None if last is None else cursor_behind(last.at.isoformat(), last.case_id, last.sequence),
        )


def policy_event(line: TrailRow) -> PolicyEvent:
    """What a line of the trail about a table says."""
    return PolicyEvent(
        step=PolicyStep(line.action),
        version=line.case_id.removeprefix(POLICY),
        kind=line.details.get("kind", PolicyKind.APPROVAL),
        process=line.details.get("process"),
        site=line.details["site"],
        by=Principal.model_validate(line.by),
        at=line.at,
        reason=line.reason,
    )
