"""Events as tests tell them."""

from __future__ import annotations

import json
from typing import Any

from api.cloud_events import STRUCTURED, Refused, sent
from storage.intake import IncomingEvent


def changed(**members: Any) -> dict[str, Any]:
    """A changed sales order, told as SAP S/4HANA tells it: with its key alone."""
    return {
        "specversion": "1.0",
        "id": "0a1b2c3d-4e5f-1ede-b9a6-000000004711",
        "source": "/default/sap.s4.beh/100",
        "type": "sap.s4.beh.salesorder.v1.SalesOrder.Changed.v1",
        "time": "2026-11-20T09:15:00Z",
        "datacontenttype": "application/json",
        "data": {"SalesOrder": "4711"},
    } | members


# The same in headers, without its data.
TOLD = [(f"ce-{name}", str(changed()[name])) for name in ("specversion", "id", "source", "type")]


def structured(event: Any, kind: str = STRUCTURED) -> tuple[IncomingEvent | Refused, ...]:
    return sent([("content-type", kind)], json.dumps(event).encode()).events


def only(events: tuple[IncomingEvent | Refused, ...]) -> IncomingEvent:
    (event,) = events
    assert isinstance(event, IncomingEvent)
    return event
