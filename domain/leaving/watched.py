"""What a case about a shipment waits for."""

from __future__ import annotations

from typing import cast

from domain.case import CaseFile
from domain.facts import AT_THE_RAMP, Inspection, Job, Lot, OrderLine, Reservation, Shipment
from domain.leaving.known import in_the_way, leaving
from domain.master_data import Customer
from domain.readiness.shipments import COUNTRY_UNKNOWN
from domain.release import CustomerClearance, DispatchApproval, Document, Hold, ShipmentHold, Slot, WaiverStanding
from domain.watching import Watched


def readiness(file: CaseFile) -> tuple[Watched, ...]:
    """Everything that its readiness rests on."""
    found, site = leaving(file), file.site
    shipment = cast(Shipment, file.before.fact) if found is None else found.shipment
    orders = {line.order for line in shipment.lines}
    items = () if found is None or shipment.status in AT_THE_RAMP else sorted({line.item for line in found.ordered})
    of_shipment = (Shipment, Document, Slot, DispatchApproval, ShipmentHold)
    return (
        *(Watched(kind, site, "shipment", shipment.shipment) for kind in of_shipment),
        Watched(WaiverStanding, site, "subject", shipment.shipment),
        *(Watched(kind, site, "order", order) for kind in (OrderLine, Job, Reservation) for order in sorted(orders)),
        *(Watched(kind, site, "lot", lot) for kind in (Lot, Hold, Inspection) for lot in sorted(shipment.lots)),
        # What becomes free of the same items could leave instead.
        *(Watched(kind, site, "item", item) for kind in (Lot, Hold, Inspection) for item in items),
        *(Watched(CustomerClearance, site, "customer", name) for name in (() if found is None else found.customers)),
        # What is owed by a customer changes often; he matters here only where nobody said in which country he is.
        *(Watched(Customer, site, "customer", one.thing) for one in in_the_way(file) if one.code == COUNTRY_UNKNOWN),
    )


def departure(file: CaseFile) -> tuple[Watched, ...]:
    """Whether it has left, and as what."""
    return tuple(Watched(kind, file.site, "shipment", file.subject) for kind in (Shipment, DispatchApproval))
