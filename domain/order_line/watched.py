"""What a case about a changed order line waits for."""

from __future__ import annotations

from domain.asking import being_found_out
from domain.case import CaseFile
from domain.checks.dispatch import DispatchFound
from domain.facts import Inspection, Job, Lot, OrderLine, Receipt, Reservation, Shipment
from domain.master_data import Customer, Item
from domain.order_line.requested import need
from domain.release import Hold
from domain.watching import Watched


def options(file: CaseFile) -> tuple[Watched, ...]:
    """All that the ways to keep it rest on: the order, what is there, comes and is wanted of each item, what leaves."""
    wanted, site, leaving = need(file), file.site, file.finding("dispatch", DispatchFound)
    ways = () if file.proposal is None else file.proposal.options
    items = {wanted.item, *(supply.item for way in ways for supply in way.option.supply)}
    about = (Item, Lot, Hold, Inspection, Reservation, Receipt, OrderLine, Job)
    shipments = () if leaving is None else leaving.shipments
    return (
        *(Watched(kind, site, "item", item) for kind in about for item in sorted(items)),
        *(Watched(kind, site, "order", wanted.order) for kind in (OrderLine, Job, Receipt)),
        *(Watched(Shipment, site, "shipment", shipment.shipment) for shipment in shipments),
        Watched(Customer, site, "customer", wanted.customer),
    )


def missing(file: CaseFile) -> tuple[Watched, ...]:
    """The same, unless somebody finds out what was asked back."""
    return () if being_found_out(file) else options(file)
