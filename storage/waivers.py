"""Waivers, kept with who asked for them, who agreed and who took them back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, DecisionRefused, Principal
from domain.fact import Reading
from domain.ports import NotInSystem
from domain.readiness.consent import signed_consent, to_sign
from domain.readiness.judgement import Readiness
from domain.readiness.predicates import kind_of
from domain.readiness.waiver import Waiver, WaiverDraft, admit_as_it_is, admit_consent, admit_ending, admit_waiver
from domain.release import WaiverStanding
from domain.watching import names_of
from storage.alone import alone
from storage.database import Database
from storage.electronic_signatures import reauthentication
from storage.facts import keep_fact, told_of, under
from storage.identity import roles_at
from storage.readiness import not_over, readiness_of, waiver_of
from storage.readiness_policies import readiness_policy
from storage.requests import RequestKey, only_once
from storage.tables.questions import UsedSignatureRow
from storage.tables.readiness import WaiverRow
from storage.telling import waiting_for
from storage.trail import LOCKSTEP, append, note

log = structlog.get_logger()


class Waivers:
    """The waivers in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(
        self, wanted: WaiverDraft, by: Principal, channel: Channel, at: datetime, key: RequestKey | None = None
    ) -> Waiver:
        """The waiver as it was asked for. Raises KeyReused, NotInSystem, NoPolicy, DecisionRefused, ExpiryWrong."""
        async with self._database.transaction() as session:
            await alone(session)
            return await only_once(session, key, at, Waiver, lambda: ask_for_waiver(session, wanted, by, channel, at))

    async def agree(
        self,
        site: str,
        waiver_id: str,
        by: Principal,
        channel: Channel,
        at: datetime,
        signing: str | None = None,
        key: RequestKey | None = None,
    ) -> Waiver:
        """
        The waiver with the consent of *by*, signed with the re-authentication he was given for *signing* it.

        Raises KeyReused, NotInSystem, NoPolicy, DecisionRefused.
        """
        async with self._database.transaction() as session:
            await alone(session)
            return await only_once(
                session, key, at, Waiver, lambda: _agree(session, site, waiver_id, by, channel, at, signing)
            )

    async def end(
        self, site: str, waiver_id: str, reason: str, by: Principal, channel: Channel, at: datetime
    ) -> Waiver:
        """
        The waiver, from now on without effect; what went on under it stands.

        One that had been ended before stays as it was ended then. Raises NotInSystem, NotAllowed.
        """
        async with self._database.transaction() as session:
            await alone(session)
            row = await waiver_row(session, waiver_id, (site,))
            admit_ending(waiver_of(row), by, await roles_at(session, by.id, site))
            if row.ended_at is None:
                row.ended_by, row.ended_at = by.id, at
                session.add(row)
                await _tell(session, waiver_of(row), "waiver_ended", by, channel, at, reason)
            return waiver_of(row)

    async def at_site(self, site: str, at: datetime) -> tuple[Waiver, ...]:
        """Those at *site* that are not over at *at*, agreed or not, the one that expires first first."""
        async with self._database.reading() as session:
            query = select(WaiverRow).where(WaiverRow.site == site, not_over(at))
            rows = await session.exec(query.order_by(col(WaiverRow.expires_at), col(WaiverRow.number)))
            return tuple(waiver_of(row) for row in rows.all())


async def ask_for_waiver(
    session: AsyncSession, wanted: WaiverDraft, by: Principal, channel: Channel, at: datetime
) -> Waiver:
    """
    The waiver as it was asked for, within a transaction; nothing is written where it is refused.

    Raises NotInSystem, NoPolicy, DecisionRefused, ExpiryWrong.
    """
    judged = await _judged(session, wanted, at)
    roles = await roles_at(session, by.id, wanted.site)
    signed = await meaning_of_consent(session, wanted, at) is not None
    try:
        agreed = admit_waiver(wanted, judged.value, judged.reasons, by, roles, at, signed=signed)
    except DecisionRefused as refusal:
        log.warning("waiver.refused", by=by.id, wanted=wanted.model_dump(mode="json"), why=str(refusal))
        raise
    row = WaiverRow(
        **wanted.model_dump(),
        scope=[reason.model_dump(mode="json") for reason in judged.reasons],
        about=judged.about,
        asked_by=by.id,
        asked_at=at,
        waived_by=[consent.model_dump(mode="json") for consent in agreed],
    )
    session.add(row)
    await session.flush()
    asked = waiver_of(row)
    said = {**wanted.model_dump(mode="json", exclude={"reason"}), "scope": row.scope, "waived_by": row.waived_by}
    await _tell(session, asked, "waiver_asked", by, channel, at, wanted.reason, **said)
    return asked


async def _agree(
    session: AsyncSession, site: str, waiver_id: str, by: Principal, channel: Channel, at: datetime, signing: str | None
) -> Waiver:
    row = await waiver_row(session, waiver_id, (site,))
    asked = waiver_of(row)
    try:
        consent = admit_consent(asked, by, await roles_at(session, by.id, site), at)
        admit_as_it_is(asked, (await _judged(session, asked, at)).about)
        meaning = await meaning_of_consent(session, asked, at)
        if meaning is None and signing is not None:
            raise to_sign(asked, meaning).not_signed()
        shown = await reauthentication(session, signing, at)
        consent = signed_consent(asked, consent, meaning, by, shown, at)
    except DecisionRefused as refusal:
        log.warning("waiver.refused", by=by.id, waiver=waiver_id, why=str(refusal))
        raise
    if shown is not None:
        session.add(UsedSignatureRow(id=shown.proof.id, question_id=waiver_id, person=by.id, at=at))
    kept = consent.model_dump(mode="json")
    row.waived_by = [*row.waived_by, kept]
    session.add(row)
    agreed = waiver_of(row)
    signed = {"signed": kept["signature"]} if "signature" in kept else {}
    await _tell(session, agreed, "waiver_agreed", by, channel, at, role=consent.role, **signed)
    return agreed


async def _judged(session: AsyncSession, wanted: WaiverDraft, at: datetime) -> Readiness:
    """What is to be waived, as it is judged now. Raises NotInSystem, NoPolicy."""
    found = await readiness_of(session, kind_of(wanted.predicate), wanted.site, wanted.subject, at)
    return next(one for one in found.judgements if one.predicate == wanted.predicate)


async def _tell(
    session: AsyncSession,
    waiver: Waiver,
    action: str,
    by: Principal,
    channel: Channel,
    at: datetime,
    reason: str = "",
    **details: Any,
) -> None:
    """What was done about *waiver* is on its trail and on that of each case that waits for it, which looks again."""
    await note(session, waiver.id, at=at, action=action, by=by, channel=channel, reason=reason, details=details)
    standing = waiver.standing
    known = await told_of(session, waiver.site, under(WaiverStanding, [standing.key]))
    as_of = max((at, *(told.as_of for told in known)))
    version = f"{waiver.id}/{action}/{at.isoformat()}"
    await keep_fact(session, Reading(fact=standing, source=LOCKSTEP.id, version=version, as_of=as_of))
    for case in await waiting_for(session, names_of(standing)):
        about = {"waiver": waiver.id, "predicate": waiver.predicate, **details}
        await append(session, case, at=at, action=action, by=by, channel=channel, reason=reason, details=about)


async def meaning_of_consent(session: AsyncSession, waiver: WaiverDraft, at: datetime) -> str | None:
    """What whoever agrees to *waiver* says with his signature; nothing where none is asked. Raises NoPolicy."""
    return (await readiness_policy(session, waiver.site, at)).signed_waivers.get(waiver.predicate)


async def waiver_row(
    session: AsyncSession, waiver_id: str, sites: Collection[str], *, locked: bool = True
) -> WaiverRow:
    """The row of the waiver at one of *sites*, which is *locked* if it is to be changed. Raises NotInSystem."""
    digits = waiver_id.rpartition("-")[2]
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else 0
    row = await session.get(WaiverRow, number, with_for_update=locked)
    if row is None or row.site not in sites:
        raise NotInSystem(f"There is no waiver {waiver_id}.")
    return row
