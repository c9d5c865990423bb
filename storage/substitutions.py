"""Who answers for whom, kept with who gave it and who ended it."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, NotAllowed, Principal
from domain.ports import NotInSystem
from domain.substitution import Substitution, SubstitutionDraft, admit_ending, admit_substitution
from storage.calendars import day_at
from storage.database import Database
from storage.identity import roles_at
from storage.requests import RequestKey, only_once
from storage.tables.questions import SubstitutionRow
from storage.trail import note

log = structlog.get_logger()

_PREFIX = "SUB-"


class Substitutions:
    """The substitutions in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(
        self, wanted: SubstitutionDraft, by: Principal, channel: Channel, at: datetime, key: RequestKey | None = None
    ) -> Substitution:
        """The substitution as it was given. Raises KeyReused, PeriodWrong, NotAllowed."""
        async with self._database.transaction() as session:
            return await only_once(session, key, at, Substitution, lambda: _give(session, wanted, by, channel, at))

    async def end(
        self, site: str, substitution_id: str, reason: str, by: Principal, channel: Channel, at: datetime
    ) -> Substitution:
        """
        The substitution, from now on without effect; what was answered under it stands.

        One that had been ended before stays as it was ended then. Raises NotInSystem, NotAllowed.
        """
        async with self._database.transaction() as session:
            row = await session.get(SubstitutionRow, _number(substitution_id), with_for_update=True)
            if row is None or row.site != site:
                raise NotInSystem(f"There is no substitution {substitution_id} at {site}.")
            admit_ending(substitution(row), by, await roles_at(session, by.id, site))
            if row.ended_at is None:
                row.ended_by, row.ended_at = by.id, at
                session.add(row)
                await note(
                    session, substitution(row).id, at=at, action="substitution_ended", by=by, channel=channel,
                    reason=reason, details={},
                )  # fmt: skip
            return substitution(row)

    async def at_site(self, site: str, at: datetime) -> tuple[Substitution, ...]:
        """Those at *site* that stand at *at* or will later, the one that begins first first."""
        async with self._database.reading() as session:
            query = select(SubstitutionRow).where(
                SubstitutionRow.site == site,
                col(SubstitutionRow.ended_at).is_(None),
                col(SubstitutionRow.last_day) >= await day_at(session, site, at),
            )
            rows = await session.exec(query.order_by(col(SubstitutionRow.first_day), col(SubstitutionRow.number)))
            return tuple(map(substitution, rows.all()))


async def _give(
    session: AsyncSession, wanted: SubstitutionDraft, by: Principal, channel: Channel, at: datetime
) -> Substitution:
    try:
        roles = admit_substitution(
            wanted,
            by,
            absent=await roles_at(session, wanted.absent, wanted.site),
            substitute=await roles_at(session, wanted.substitute, wanted.site),
            giver=await roles_at(session, by.id, wanted.site),
            today=await day_at(session, wanted.site, at),
        )
    except NotAllowed as refusal:
        log.warning("substitution.refused", by=by.id, wanted=wanted.model_dump(mode="json"), why=str(refusal))
        raise
    row = SubstitutionRow(**{**wanted.model_dump(), "roles": list(roles)}, given_by=by.id, given_at=at)
    session.add(row)
    await session.flush()
    given = substitution(row)
    details = given.model_dump(mode="json", exclude={"id", "reason", "ended_by", "ended_at"})
    await note(
        session, given.id, at=at, action="substitution_given", by=by, channel=channel, reason=wanted.reason,
        details=details,
    )  # fmt: skip
    return given


async def standing_substitutions(session: AsyncSession, substitute: str, site: str, at: datetime) -> list[Substitution]:
    """Whatever *substitute* was given at *site* that stands at *at*, for one process or for all."""
    query = select(SubstitutionRow).where(
        SubstitutionRow.site == site,
        SubstitutionRow.substitute == substitute,
        col(SubstitutionRow.ended_at).is_(None),
    )
    today = await day_at(session, site, at)
    kept = map(substitution, (await session.exec(query.order_by(col(SubstitutionRow.number)))).all())
    return [one for one in kept if one.first_day <= today <= one.last_day]


def substitution(row: SubstitutionRow) -> Substitution:
    """The substitution as it is shown."""
    return Substitution.model_validate({**row.model_dump(exclude={"number"}), "id": f"{_PREFIX}{row.number}"})


def _number(substitution_id: str) -> int:
    """The number in the name; one that is no name of ours is nobody's."""
    digits = substitution_id.removeprefix(_PREFIX)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0
