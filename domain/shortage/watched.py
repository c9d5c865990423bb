"""What a case about a short item waits for."""

from __future__ import annotations

from domain.case import CaseFile
from domain.facts import Job, Lot, OrderLine, Receipt, Reservation
from domain.master_data import Item
from domain.release import Allocation, Hold
from domain.shortage.known import known
from domain.watching import Watched


def balance(file: CaseFile) -> tuple[Watched, ...]:
    """Everything that the balance of the item rests on."""
    found, site, item = known(file), file.site, file.subject
    about = (Item, Lot, Reservation, Receipt, OrderLine, Job, Allocation, Hold)
    others = found.goes_into if found is not None else ()
    instead = found.alternates if found is not None else ()
    return (
        *(Watched(kind, site, "item", item) for kind in about),
        *(Watched(Job, site, "item", name) for name in others if name != item),
        *(Watched(Allocation, site, "item", name) for name in instead if name != item),
    )
