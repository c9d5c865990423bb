"""What leaves in a shipment, whether that was approved, and whether it is ready."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from domain.calendar import WorkingCalendar
from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Reading
from domain.facts import OrderLine, Shipment
from domain.leaving.cancelled import PutAway
from domain.leaving.missed import Missed, missed
from domain.leaving.rest import Rest
from domain.readiness.judgement import Readiness
from domain.readiness.replacement import Replacement
from domain.readiness.shipments import content_of
from domain.readiness.truth import Truth
from domain.readiness.waiver import Waiver
from domain.release import DispatchApproval, Document, Loading, ShipmentHold, Slot
from domain.timing import USUAL, Timing
from domain.words import in_words


class LeavingFound(Found):
    """The shipment as it is now."""

    shipment: Shipment
    content: str
    """The digest of what leaves."""
    customers: tuple[str, ...]
    approval: DispatchApproval | None
    approved: bool
    """Whether the approval is for what leaves, and good."""
    as_approved: bool = True
    """Whether it was for what leaves, and nobody revoked it; it may have run out since."""
    slot_ends_at: AwareDatetime | None
    ordered: tuple[OrderLine, ...] = ()
    """The order lines that get of it."""
    replacements: tuple[Replacement, ...] = ()
    """The lots that could leave instead, for each one that is to."""
    missed: Missed | None = None
    """That it has not left when it should have; nothing as long as it still can."""
    stopped: tuple[ShipmentHold, ...] = ()
    """Where somebody stopped it and has not lifted that."""
    rest: tuple[Rest, ...] = ()
    """What was to leave with it, does not, and is in no other shipment."""
    put_aways: tuple[PutAway, ...] = ()
    """What was picked for it and goes back into stock, as the case has written."""
    loading: Loading | None = None
    """What was scanned; nothing if nothing was."""
    papers: tuple[Document, ...] = ()
    """What goes with it, once it is loaded."""
    carrier: str | None = None


def as_approved(shipment: Shipment, approval: DispatchApproval | None) -> bool:
    """Whether somebody let go what the shipment takes, and nobody revoked that; it may have run out since."""
    return approval is not None and not approval.revoked and approval.describes == content_of(shipment)


def judge(  # noqa: PLR0913, PLR0917 - all that is known of it
    shipment: Reading[Shipment],
    lines: Sequence[Reading[OrderLine]],
    approval: Reading[DispatchApproval] | None,
    slot: Reading[Slot] | None,
    holds: Sequence[Reading[ShipmentHold]],
    instead: tuple[Replacement, ...],
    hours: WorkingCalendar,
    at: datetime,
    rest: tuple[Rest, ...] = (),
    loading: Reading[Loading] | None = None,
    papers: tuple[Document, ...] = (),
    put_aways: tuple[PutAway, ...] = (),
    timing: Timing = USUAL,
) -> Evidence:
    """What is to leave, and whether somebody let exactly that go."""
    given = None if approval is None else approval.fact
    same = as_approved(shipment.fact, given)
    found = LeavingFound(
        shipment=shipment.fact,
        content=content_of(shipment.fact),
        customers=tuple(sorted({line.fact.customer for line in lines})),
        approval=given,
        approved=given is not None and same and at < given.valid_until,
        as_approved=same,
        slot_ends_at=None if slot is None else slot.fact.ends_at,
        ordered=tuple(line.fact for line in lines),
        replacements=instead,
        missed=missed(
            shipment.fact,
            None if slot is None else slot.fact,
            [line.fact for line in lines],
            hours,
            at,
            timing.vehicle_late,
        ),
        stopped=tuple(hold.fact for hold in holds if hold.fact.active),
        rest=rest,
        put_aways=put_aways,
        loading=None if loading is None else loading.fact,
        papers=papers,
        carrier=None if slot is None else slot.fact.carrier,
    )
    readings = [shipment, *lines, *holds, *(told for told in (approval, slot, loading) if told is not None)]
    return evidence("shipment", found, Verdict.PASS, (), readings, at, asked(shipment.fact.shipment))


class ReadinessFound(Found):
    """The value of each predicate."""

    values: dict[str, Truth]
    inputs: str
    """Digest of the facts that counted."""
    policy: str
    lacking: dict[str, tuple[Reason, ...]] = Field(default={})
    """What makes each of them anything but true, where it is not waived."""
    asked_for: tuple[Waiver, ...] = ()
    """Waivers that not all have agreed to who must."""


def judge_readiness(ready: Readiness, parts: Sequence[Readiness], at: datetime) -> Evidence:
    """Whether the shipment lacks nothing but to be let go."""
    waived = tuple(_waived(part.waiver) for part in parts if part.waiver is not None)
    verdict = Verdict.WARN if waived and ready.value is Truth.TRUE else _VERDICTS[ready.value]
    found = ReadinessFound(
        values={part.predicate: part.value for part in (*parts, ready)},
        inputs=ready.inputs,
        policy=ready.policy_version,
        lacking={part.predicate: part.reasons for part in parts if not part.accepted},
        asked_for=tuple(part.asked_for for part in parts if part.asked_for is not None),
    )
    reasons = waived if verdict is Verdict.WARN else ready.reasons
    return evidence("readiness", found, verdict, reasons, (), at, asked(ready.subject))


def _waived(waiver: Waiver) -> Reason:
    until, people = f"{waiver.expires_at:%Y-%m-%d %H:%M} UTC", ", ".join(one.person for one in waiver.waived_by)
    text = f"{in_words(waiver.predicate).capitalize()} is waived by {people} until {until}: {waiver.reason}"
    return Reason(code="waived", thing=waiver.id, text=text)


_VERDICTS = {Truth.TRUE: Verdict.PASS, Truth.FALSE: Verdict.FAIL, Truth.UNKNOWN: Verdict.UNKNOWN}


def asked(shipment: str) -> Any:
    """All that the finding depends on besides the facts."""
    return [shipment]
