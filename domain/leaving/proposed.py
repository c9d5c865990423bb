"""The next step of a shipment, by how far it is: what it takes, and who must agree to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from domain.case import CaseFile, PastAnswer
from domain.evidence import Reason
from domain.fact import plain_number
from domain.facts import GONE, ShipmentStatus
from domain.leaving.cancelled import CANCEL, TAKE_OUT, cancelled_in_words, cancelled_of, why_cancelled
from domain.leaving.content import CONTENT, changes
from domain.leaving.findings import LeavingFound
from domain.leaving.hold import lifted_by, lifting
from domain.leaving.known import (
    COMPLETE,
    UNAPPROVED,
    in_the_way,
    loaded_less,
    other_seal,
    policy_inputs,
    to_put_away,
    untold_slip,
    vehicle_of,
)
from domain.leaving.rest import LEAVE_SHORT
from domain.option import Option, Proposal, RuledOption
from domain.policy import Requirement, Ruling
from domain.roles import Role

UNSAID = "nobody said"


def over(file: CaseFile, found: LeavingFound) -> Proposal:
    """The end, unless something has still to be said or put away."""
    shipment = found.shipment
    state, what = _ENDS[shipment.status]
    because = f"{shipment.shipment} {what}."
    if shipment.status in GONE and not found.as_approved:
        because = f"{shipment.shipment} {what}, and nobody had let it go."
        if (settled := file.answered(UNAPPROVED)) is None:
            return Proposal(stage=UNAPPROVED, because=because)
        return Proposal(settled="dispatched_unapproved", because=f"{because} {settled.values['settled']}")
    if shipment.status is ShipmentStatus.CANCELLED:
        because = why_cancelled(shipment, found.ordered) or because
        if to_put_away(file):
            return Proposal(stage="putting_away", because=because)
    return Proposal(settled=state, because=because)


_ENDS = {
    ShipmentStatus.DISPATCHED: ("dispatched", "has left"),
    ShipmentStatus.DELIVERED: ("dispatched", "has arrived"),
    ShipmentStatus.CANCELLED: ("cancelled", "is cancelled"),
}


def on_its_way_out(file: CaseFile, found: LeavingFound) -> Proposal:
    """What follows while it stands on the vehicle, or half of it: it goes on, or must not leave."""
    if blocked := in_the_way(file):
        unload = _option(file, "unload", "Unload it again")
        return _step(file, "load_stopped", _told(blocked), unload, _lifts(file, found))
    if found.shipment.status is ShipmentStatus.LOADED:
        return _at_the_gate(file, found)
    if (less := loaded_less(file)) is not None:
        return _short(file, found, less)
    loaded = _of_what_leaves(file, found, COMPLETE, "All that was approved is on the vehicle")
    return _step(file, "loading", "It is being loaded.", loaded)


def _at_the_gate(file: CaseFile, found: LeavingFound) -> Proposal:
    """That it leaves, with the seal that it was loaded with; or is unloaded and let go anew."""
    depart = _of_what_leaves(file, found, "depart", "Let it leave", vehicle=vehicle_of(file) or UNSAID)
    if other := other_seal(file):
        depart = depart.model_copy(update={"feasible": False, "because": (other,)})
    unload = _option(file, "unload", "Unload it again")
    ways = (RuledOption(option=unload, ruling=_ruling(file, unload)),)
    return _step(file, "ready_to_depart", "It is loaded.", depart, ways)


def _short(file: CaseFile, found: LeavingFound, less: PastAnswer) -> Proposal:
    because = "Not all that was approved is loaded."
    loaded = ", ".join(f"{quantity} of {name}" for name, quantity in less.values.items())
    short = _of_what_leaves(file, found, LEAVE_SHORT, "Leave with what is loaded", loaded=loaded)
    if not any(Decimal(quantity) for quantity in less.values.values()):
        short = short.model_copy(update={"feasible": False, "because": ("Nothing of it is loaded.",)})
    unload = RuledOption(option=(back := _option(file, "unload", "Unload it again")), ruling=_ruling(file, back))
    ways = [unload]
    if less.choice == COMPLETE:
        # Who said so is told why it is not so.
        all_of_it = _option(file, COMPLETE, "All of it").model_copy(update={"feasible": False, "because": (because,)})
        ways.append(RuledOption(option=all_of_it, ruling=_ruling(file, all_of_it)))
    return _step(file, "loaded_short", because, short, ways)


def before_loading(file: CaseFile, found: LeavingFound) -> Proposal:
    """That it is let go and loaded; or what is in its way, with what can be done about it."""
    blocked = in_the_way(file)
    if blocked and found.approved:
        revoke = _option(file, "revoke", "Revoke the approval")
        return _step(file, "", f"The approval is revoked: {_told(blocked)}", revoke)
    if because := why_cancelled(found.shipment, found.ordered):
        cancel = _ruled(file, CANCEL, f"Let nothing leave in {found.shipment.shipment}")
        return Proposal.of_step("", because, cancel.option, cancel.ruling)
    lacking = tuple(reason.text for reason in blocked)
    ways = (*_lifts(file, found), *_takes_out(file, found), *_changes(file, found))
    if slip := untold_slip(file):
        # Whatever was in the way is why: it says so, and is still to be mended.
        why = f"{slip.text} {_told(blocked)}".rstrip()
        return Proposal(stage="slot_missed", lacking=lacking, because=why, options=ways)
    if blocked:
        return Proposal(stage="gathering", lacking=lacking, because=_told(blocked), options=ways)
    if found.approved:
        return _step(file, "approved", "It is approved.", _of_what_leaves(file, found, "load", "Load it"))
    release = _of_what_leaves(file, found, "release", f"Release {found.shipment.shipment} for dispatch")
    return _step(file, "awaiting_approval", "Nothing is in the way.", release, _changes(file, found))


def _lifts(file: CaseFile, found: LeavingFound) -> Iterator[RuledOption]:
    """That what was stopped by hand goes on: who says so is not for the policy, but follows from who stopped it."""
    for hold in found.stopped:
        ruled = _ruled(file, lifting(hold), f"{file.subject} may go on", lifted_by(hold))
        # Stopped once more by the same function, it is for another reason.
        rests_on = {"stopped_by": hold.placed_by, "because": hold.because.rstrip(".")}
        yield ruled.model_copy(update={"option": ruled.option.model_copy(update={"rests_on": rests_on})})


def _takes_out(file: CaseFile, found: LeavingFound) -> Iterator[RuledOption]:
    """That some of it was cancelled leaves nothing to choose, so that the policy is not asked: dispatch sees to it."""
    if lines := cancelled_of(found.shipment, found.ordered):
        ruled = _ruled(file, TAKE_OUT, "Take out what is cancelled", Requirement(role=Role.DISPATCH))
        yield ruled.model_copy(
            update={"option": ruled.option.model_copy(update={"because": (f"{cancelled_in_words(lines)}.",)})}
        )


def _changes(file: CaseFile, found: LeavingFound) -> tuple[RuledOption, ...]:
    """What dispatch may have leave instead; what it has chosen only as long as that is possible."""
    said = file.answered(CONTENT) if file.state == "committing" else None
    options = []
    for name, (title, why_not) in changes(found).items():
        because = "" if said is None or said.choice != name else why_not(found, said.values)
        option = _option(file, name, title)
        options.append(option.model_copy(update={"feasible": False, "because": (because,)}) if because else option)
    return tuple(RuledOption(option=option, ruling=_ruling(file, option)) for option in options)


def _of_what_leaves(file: CaseFile, found: LeavingFound, name: str, title: str, **besides: str) -> Option:
    """
    A step that is for what leaves as it is now, and for how it leaves, and dies with either.

    The seal is not shown before: it is read off the vehicle, and must then be the one it was loaded with.
    """
    shipment = found.shipment
    rests_on = {
        "handling_units": _amount(shipment.handling_units), "weight": _amount(shipment.weight),
        "carrier": found.carrier or UNSAID, **besides,
    }  # fmt: skip
    return _option(file, name, title).model_copy(update={"about": found.content, "rests_on": rests_on})


def _amount(quantity: Decimal | None) -> str:
    return UNSAID if quantity is None else plain_number(quantity)


def _told(blocked: tuple[Reason, ...]) -> str:
    return " ".join(reason.text for reason in blocked[:3])


def _option(file: CaseFile, name: str, title: str) -> Option:
    return Option(name=name, title=title, expires_at=file.at + file.timing.approval)


def _step(file: CaseFile, stage: str, because: str, option: Option, others: Iterable[RuledOption] = ()) -> Proposal:
    return Proposal.of_step(stage, because, option, _ruling(file, option), others)


def _ruled(file: CaseFile, name: str, title: str, *require: Requirement) -> RuledOption:
    """A step of which the policy does not say who takes it; it is taken by itself where nobody is named."""
    option = _option(file, name, title)
    within = _ruling(file, option).within
    return RuledOption(option=option, ruling=Ruling(rules=(), automatic=not require, require=require, within=within))


def _ruling(file: CaseFile, option: Option) -> Ruling:
    return file.policy.rule(policy_inputs(file, option.name))
