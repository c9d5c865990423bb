"""Who ordered what of the sample plant, and what is leaving."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.plant.sample_sites import NORTH, SOUTH
from connectors.plant.sample_time import Timeline
from connectors.plant.sample_work import item_of
from domain.fact import Fact
from domain.facts import LineStatus, OrderLine, Shipment, ShipmentLine, ShipmentStatus


class _Desk:
    """Takes the orders of a site."""

    def __init__(self, site: str, time: Timeline) -> None:
        self._site = site
        self._time = time

    def line(
        self,
        name: str,
        customer: str,
        item: str,
        quantity: int,
        due: datetime,
        priority: int = 10,
        **more: Any,
    ) -> OrderLine:
        order, line = name.split(":")
        return OrderLine(
            site=self._site,
            order=order,
            line=line,
            customer=customer,
            item=item,
            quantity=Decimal(quantity),
            requested_at=due,
            ordered_at=self._time.ago(30),
            priority=priority,
            price=item_of(self._site, item).price,
            **{"promised_at": due, **more},
        )


def orders(north: Timeline, south: Timeline) -> tuple[Fact, ...]:
    """The order lines and shipments of both sites."""
    return (*_northern_lines(north), *_southern_lines(south), *_shipments(north, south))


def _northern_lines(time: Timeline) -> tuple[OrderLine, ...]:
    desk = _Desk(NORTH, time)
    past = time.ago(6)
    return (
        desk.line("SO-1000:10", "C-WATER", "PUMP-250", 8, past, shipped=Decimal(8), status=LineStatus.DELIVERED),
        desk.line("SO-1000:20", "C-WATER", "SEAL", 50, past, status=LineStatus.CANCELLED),
        desk.line("SO-1001:10", "C-HEAT", "PUMP-100", 40, time.days(30)),
        desk.line("SO-1001:20", "C-HEAT", "SEAL", 40, time.days(30), 20),
        desk.line("SO-1002:10", "C-WATER", "PUMP-250", 50, time.days(13)),
        desk.line("SO-1003:10", "C-DAIRY", "PUMP-250", 30, time.days(16), 30),
        desk.line("SO-1004:10", "C-CHEM", "PUMP-250", 40, time.days(26), 20),
        desk.line("SO-1005:10", "C-WATER", "PUMP-100", 20, time.days(4)),
        desk.line("SO-1006:10", "C-DAIRY", "PUMP-100", 25, time.end(5)),
        desk.line("SO-1007:10", "C-CHEM", "PUMP-400", 12, time.days(15)),
        desk.line("SO-1008:10", "C-MARINE", "PUMP-400", 6, time.days(11), revision="B"),
        desk.line("SO-1009:10", "C-DAIRY", "PUMP-150", 10, time.days(13), substitute_allowed=True),
        desk.line("SO-1011:10", "C-CHEM", "PUMP-100", 15, time.days(9), 20),
        desk.line("SO-1012:10", "C-MARINE", "SEAL", 40, time.days(8), 30),
        desk.line("SO-1012:20", "C-MARINE", "MOTOR-L", 150, time.days(10), 30),
        desk.line("SO-1013:10", "C-WATER", "PUMP-400", 4, time.days(28)),
        desk.line("SO-1014:10", "C-HEAT", "PUMP-150", 12, time.days(22), 30),
        desk.line("SO-1015:10", "C-HEAT", "PUMP-160", 60, time.days(17), 30),
        desk.line("SO-1016:10", "C-WATER", "REPAIR-KIT", 30, time.days(7)),
    )


def _southern_lines(time: Timeline) -> tuple[OrderLine, ...]:
    desk = _Desk(SOUTH, time)
    return (
        desk.line("SO-5001:10", "C-BREW", "SKID-20", 4, time.days(10)),
        desk.line("SO-5002:10", "C-DAIRY", "SKID-20", 3, time.days(25)),
        desk.line("SO-5003:10", "C-BREW", "PUMP-100", 30, time.days(12)),
        desk.line("SO-5004:10", "C-DAIRY", "PUMP-100", 10, time.days(14), 20),
        desk.line("SO-5005:10", "C-BREW", "PUMP-250", 6, time.days(2)),
        desk.line("SO-5005:20", "C-BREW", "CONTROL", 2, time.days(18), 20),
        desk.line("SO-5006:10", "C-DAIRY", "PUMP-250", 4, time.days(20), promised_at=None),
        desk.line("SO-5007:10", "C-BREW", "FRAME", 3, time.days(9), 20, shipped=Decimal(1)),
    )


def _shipment(
    site: str,
    name: str,
    status: ShipmentStatus,
    ship_by: datetime,
    order: str,
    quantity: int,
    *lots: str,
    picked_by: tuple[str, ...] = (),
) -> Shipment:
    return Shipment(
        site=site,
        shipment=name,
        status=status,
        ship_by=ship_by,
        lines=(ShipmentLine(order=order, line="10", quantity=Decimal(quantity), lots=lots),),
        picked_by=picked_by,
    )


def _shipments(north: Timeline, south: Timeline) -> tuple[Shipment, ...]:
    return (
        _shipment(NORTH, "SH-4001", ShipmentStatus.DELIVERED, north.ago(6), "SO-1000", 8, "L-2501"),
        _shipment(
            NORTH, "SH-4002", ShipmentStatus.LOADING, north.end(4), "SO-1006", 25, "L-1002", picked_by=("emre.aydin",)
        ),
        _shipment(NORTH, "SH-4003", ShipmentStatus.PLANNED, north.days(4), "SO-1005", 20),
        _shipment(NORTH, "SH-4004", ShipmentStatus.PLANNED, north.days(9), "SO-1011", 15),
        _shipment(SOUTH, "SH-6001", ShipmentStatus.PICKED, south.days(2), "SO-5005", 6, "L-8201"),
    )
