"""Signatures under waivers: what a consent is signed with, and whether what was signed is still as it was."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import DecisionRefused
from domain.electronic_signature import CheckedSignature, KeptSignature, Method, Proof, altered
from domain.readiness.consent import AGREE, to_sign, what_is_signed
from domain.readiness.waiver import Consent, Waiver, admit_consent
from storage.acting import Acting
from storage.database import Database
from storage.identity import roles_at
from storage.readiness import waiver_of
from storage.reauthentications import Reauthenticated, reauthenticated
from storage.tables.cases import TrailRow
from storage.tickets import TicketKind, new_ticket
from storage.trail import note
from storage.waivers import meaning_of_consent, waiver_row


class WaiverSignatures:
    """Lets people prove who they are anew, each time to agree to one waiver; and looks at what they signed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(
        self, site: str, waiver_id: str, tried: Method | None, proof: Proof | None, acting: Acting
    ) -> Reauthenticated:
        """
        What the one who acts signs his consent with, once he has proven who he is.

        He *tried* one way, and there is a *proof* if it was he. What he tried is on the waiver's trail, whatever it
        came to. Raises NotInSystem, NoPolicy, a DecisionRefused.
        """
        by, at = acting.caller.principal, acting.at
        async with self._database.transaction() as session:
            waiver = waiver_of(await waiver_row(session, waiver_id, (site,)))
            try:
                admit_consent(waiver, by, await roles_at(session, by.id, site), at)
                meaning = await meaning_of_consent(session, waiver, at)
                shown, says = to_sign(waiver, meaning).reauthenticated(by, proof, at)
            except DecisionRefused as refusal:
                if tried is not None:
                    await _note(session, waiver, "reauthentication_refused", tried, acting, reason=str(refusal))
                refused: DecisionRefused = refusal
            else:
                ticket = await new_ticket(session, TicketKind.SIGNATURE, shown.model_dump(mode="json"), at)
                await _note(session, waiver, "reauthenticated", tried, acting)
                return reauthenticated(ticket, shown, says, by)
        raise refused

    async def of_waiver(self, site: str, waiver_id: str) -> tuple[CheckedSignature, ...]:
        """Every signature under a consent to the waiver, oldest first. Raises NotInSystem."""
        async with self._database.reading() as session:
            row = await waiver_row(session, waiver_id, (site,), locked=False)
            return await signatures_under(session, [waiver_of(row)])


async def signatures_under(session: AsyncSession, waivers: Sequence[Waiver]) -> tuple[CheckedSignature, ...]:
    """Every signature under a consent to one of *waivers*, oldest first."""
    on_trail = await _on_trail(session, [waiver.id for waiver in waivers])
    found = []
    for waiver in waivers:
        given, known = {consent.person: consent for consent in waiver.waived_by}, on_trail[waiver.id]
        # Who takes a signature from its consent leaves it on the trail.
        signed = {person for person, consent in given.items() if consent.signature is not None} | set(known)
        found += [_checked(waiver, given.get(person), known.get(person)) for person in signed]
    return tuple(sorted(found, key=lambda one: (one.signature.at, one.signature.question, one.signature.person)))


async def _note(
    session: AsyncSession, waiver: Waiver, action: str, tried: Method | None, acting: Acting, reason: str = ""
) -> None:
    await note(
        session, waiver.id, at=acting.at, action=action, by=acting.caller.principal, channel=acting.channel,
        reason=reason, details={"choice": AGREE, "method": tried},
    )  # fmt: skip


async def _on_trail(session: AsyncSession, waivers: Sequence[str]) -> dict[str, dict[str, KeptSignature]]:
    """What the trail knows of signatures, by waiver and person."""
    query = select(TrailRow).where(col(TrailRow.case_id).in_(waivers), TrailRow.action == "waiver_agreed")
    found: dict[str, dict[str, KeptSignature]] = {waiver: {} for waiver in waivers}
    for line in (await session.exec(query)).all():
        if "signed" in line.details:
            found[line.case_id][line.by["id"]] = KeptSignature.model_validate(line.details["signed"])
    return found


def _checked(waiver: Waiver, consent: Consent | None, on_trail: KeptSignature | None) -> CheckedSignature:
    kept = None if consent is None else consent.signature
    shown = kept or on_trail
    assert shown is not None
    record = what_is_signed(waiver)
    known = record.pop("evidence") == shown.signature.evidence
    if consent is not None:
        record |= {"person": consent.person, "role": consent.role}
    different = tuple(altered(kept, on_trail, record, evidence=known))
    return CheckedSignature(signature=shown.signature, digest=shown.digest, intact=not different, altered=different)
