"""What a case about a shipment knows: what leaves, and what is in its way."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from domain.case import CaseFile, PastAnswer
from domain.evidence import Reason, Verdict
from domain.facts import AT_THE_RAMP, Shipment
from domain.leaving.cancelled import PUT_AWAY, PutAway
from domain.leaving.findings import LeavingFound
from domain.leaving.missed import Missed
from domain.leaving.portions import scanned_less
from domain.policy import PolicyInputs, Zone
from domain.readiness.slots import UNCONFIRMED
from domain.roles import Role

LOADED, SHORT = "loaded", "short_load"
"""What is asked while it is loaded: whether all of it is; and what then, where it is not."""
UNAPPROVED = "left_unapproved"
"""What is asked once it has left and nobody had let it go."""
COMPLETE, LOADED_LESS = "complete_loading", "loaded_less"
"""That all of it is, or not."""


DEPARTURE, SEAL, VEHICLE = "departure", "seal", "vehicle"
"""What is asked at the gate, what is compared there, and what leaves through it."""


def leaving(file: CaseFile) -> LeavingFound | None:
    """What is known of the shipment."""
    return file.finding("shipment", LeavingFound)


def in_the_way(file: CaseFile) -> tuple[Reason, ...]:
    """What keeps the shipment from leaving, each with who can mend it."""
    found = file.found("readiness")
    reasons = found.reasons if found is not None and found.verdict in ("fail", "unknown") else ()
    here = leaving(file)
    if here is not None and here.shipment.status in AT_THE_RAMP:
        # It stands at the ramp: its vehicle is here, and that the slot is over by now holds nothing up.
        reasons = tuple(reason for reason in reasons if reason.code not in ("slot_over", "slot_late", UNCONFIRMED))
        if not here.as_approved:
            text = f"{file.subject} does not take what was approved."
            reasons = (*reasons, Reason(code="not_approved", thing=file.subject, owner=Role.DISPATCH, text=text))
    reasons = (*reasons, *(_still_there(one) for one in to_put_away(file)))
    said = file.answered("release")
    if said is None or said.choice != "reject" or any(past.step > said.step for past in file.answers):
        return reasons
    text = f"{', '.join(said.people)} did not release it: {said.reason}"
    return (*reasons, Reason(code="not_released", thing=file.subject, owner=Role.DISPATCH, text=text))


def _still_there(one: PutAway) -> Reason:
    text = f"To be put away: {'; '.join(one.texts)}."
    return Reason(code=PUT_AWAY, thing=one.topic, owner=Role.WAREHOUSE, text=text)


def to_put_away(file: CaseFile) -> tuple[PutAway, ...]:
    """What was picked for cancelled order lines, as long as the warehouse has not taken it over."""
    found = leaving(file)
    return () if found is None else tuple(one for one in found.put_aways if file.answered(one.topic) is None)


def loaded_less(file: CaseFile) -> PastAnswer | None:
    """
    That less is on the vehicle than was approved, as long as nobody has said what then.

    Somebody says so, and how much; or that it is all loaded, and less was scanned.
    """
    begun, said, found = file.answered("load"), file.answered(LOADED), leaving(file)
    if said is None or found is None or (begun is not None and begun.step > said.step):
        return None
    if said.choice != LOADED_LESS:
        if not (scanned := scanned_less(found)):
            return None
        said = said.model_copy(update={"values": scanned})
    return said if file.answered(SHORT, since=said.step) is None or file.state == "committing" else None


def sealed_with(file: CaseFile) -> str:
    """The number of the seal that was put on the vehicle; empty if it has none."""
    begun = file.answered("load")
    return "" if begun is None else begun.values.get(SEAL, "")


def vehicle_of(file: CaseFile) -> str:
    """On which vehicle it was loaded last; empty if nobody said."""
    begun = file.answered("load")
    return "" if begun is None else begun.values.get(VEHICLE, "")


def other_seal(file: CaseFile) -> str:
    """That the vehicle does not have the seal that was put on it, while it is about to leave; empty if it has."""
    said, seal = file.answered(DEPARTURE), sealed_with(file)
    if file.state != "committing" or said is None or not seal or said.values.get(SEAL, seal) == seal:
        return ""
    return f"The vehicle has seal {said.values[SEAL]}; it was loaded with {seal}."


def untold_slip(file: CaseFile) -> Missed | None:
    """That it has not left when it should have, as long as nobody has told those who must know."""
    found = leaving(file)
    slip = None if found is None else found.missed
    return slip if slip is not None and file.answered(slip.topic) is None else None


def policy_inputs(file: CaseFile, option: str) -> PolicyInputs:
    """What the approval policy is asked about a step."""
    found, ready, said = leaving(file), file.found("readiness"), file.answered("release")
    waived = ready is not None and ready.verdict is Verdict.WARN
    # What somebody would not let go once is looked at by somebody again.
    refused = said is not None and said.choice == "reject"
    about: dict[str, Any] = (
        {}
        if found is None
        else {
            "value": _value(found),
            "export": found.shipment.export or EXPORT_PAPER in found.shipment.documents,
            "special_handling": bool(found.shipment.vehicle_needs),
        }
    )
    return PolicyInputs(
        option=option, zone=urgency(file), all_pass=not (in_the_way(file) or waived or refused), **about
    )  # fmt: skip


EXPORT_PAPER = "export_declaration"


def _value(found: LeavingFound) -> Decimal | None:
    """What leaves is worth; nothing if nobody said what some of it costs."""
    prices = {line.key: line.price for line in found.ordered}
    worth = [(entry.quantity, prices.get(entry.line_key)) for entry in found.shipment.lines]
    if not all(price for _, price in worth):
        return None
    return sum((quantity * price for quantity, price in worth if price), Decimal(0))


def leaves_by(file: CaseFile) -> datetime:
    """When it leaves at the latest: its slot is over then, or it must have left."""
    found, ship_by = leaving(file), cast(Shipment, file.before.fact).ship_by
    ends_at = None if found is None else found.slot_ends_at
    return min(ship_by, ends_at) if ends_at is not None and ends_at > file.at else ship_by


def urgency(file: CaseFile) -> Zone:
    """How near the departure is; nothing is nearer than what stands at the ramp."""
    if cast(Shipment, file.before.fact).status in AT_THE_RAMP:
        return "frozen"
    left = leaves_by(file) - file.at
    return "frozen" if left < file.timing.buffer else "slushy" if left < timedelta(days=1) else "liquid"
