"""Order lines of a shipment that are cancelled: they are taken out, or nothing leaves; what was picked is put away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from domain.checks.finding import Found
from domain.effect import BEGUN, KeptEffect
from domain.facts import LineStatus, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.shipment_effect import CancelShipment, PickedLine, ReviseShipment

CANCEL: Final = "cancel"
TAKE_OUT: Final = "take_out"
"""What follows where all that a shipment takes is cancelled, or some of it."""
PUT_AWAY: Final = "put_away"
"""The code of the reason that something picked is still to be put away."""


class PutAway(Found):
    """What was picked for order lines that were cancelled then, and goes back into stock."""

    topic: str
    """Under which the warehouse is asked, once."""
    lines: tuple[PickedLine, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Each in words."""
        return tuple(_picked(one) for one in self.lines)


def cancelled_of(shipment: Shipment, ordered: Iterable[OrderLine]) -> tuple[ShipmentLine, ...]:
    """What *shipment* takes for order lines that are cancelled."""
    keys = {line.key for line in ordered if line.status is LineStatus.CANCELLED}
    return tuple(entry for entry in shipment.lines if entry.line_key in keys)


def why_cancelled(shipment: Shipment, ordered: Iterable[OrderLine]) -> str:
    """Why nothing of *shipment* is to leave: all its order lines are cancelled. Empty if they are not."""
    lines = cancelled_of(shipment, ordered)
    return (
        f"{cancelled_in_words(lines)}: nothing leaves in {shipment.shipment}."
        if lines and lines == shipment.lines
        else ""
    )


def cancelled_in_words(lines: Iterable[ShipmentLine]) -> str:
    """That the order lines are cancelled."""
    keys = list(dict.fromkeys(entry.line_key for entry in lines))
    return f"{' and '.join(keys)} {'is' if len(keys) == 1 else 'are'} cancelled"


def picked_for(
    lines: Iterable[ShipmentLine], shipment: Shipment, ordered: Iterable[OrderLine]
) -> tuple[PickedLine, ...]:
    """What stands ready, or on the vehicle, for *lines* of *shipment*; nothing before it was picked."""
    if shipment.status is ShipmentStatus.PLANNED:
        return ()
    items = {line.key: line.item for line in ordered}
    return tuple(PickedLine(**dict(entry), item=items[entry.line_key]) for entry in lines if entry.quantity)


def put_aways(kept: Iterable[KeptEffect]) -> Iterator[PutAway]:
    """What goes back into stock by what the case has written; effects are *kept* in the order they were planned."""
    for number, one in enumerate(kept, start=1):
        effect = one.effect
        if isinstance(effect, CancelShipment | ReviseShipment) and effect.put_away and one.state in BEGUN:
            yield PutAway(topic=f"{PUT_AWAY}_{number}", lines=effect.put_away)


def _picked(one: PickedLine) -> str:
    lots = f" from {', '.join(one.lots)}" if one.lots else ""
    return f"{one.quantity.normalize():f} of {one.item}{lots}, picked for {one.order}:{one.line}, which is cancelled"
