"""What stops a shipment this very moment, by our own word, however far the case about it has looked."""

from __future__ import annotations

from typing import Final

from domain.evidence import Reason
from domain.readiness.judgement import Known
from domain.readiness.shipments import BEING_CHANGED, CANCELLED, STOPPED, ready_for_release

LETS_GO: Final = ("release", "load", "complete_loading", "leave_short", "depart")
"""What is said by the case about a shipment and brings it nearer to the road."""

_OUR_WORD: Final = ("on_hold", STOPPED, BEING_CHANGED, CANCELLED)
# In force with the answer to whoever said so. What other systems say is looked at when the step is written.


def stops(site: str, shipment: str, known: Known) -> tuple[Reason, ...]:
    """Its lots that are on hold, who stopped it by hand, and its order lines that are just becoming something else."""
    return tuple(reason for reason in ready_for_release(site, shipment, known).reasons if reason.code in _OUR_WORD)


def why_not(site: str, shipment: str, known: Known) -> str:
    """Why nobody brings it nearer to the road; empty if nothing stops it."""
    reasons = stops(site, shipment, known)
    return f"{shipment} is stopped: {' '.join(reason.text for reason in reasons)}" if reasons else ""
