"""What the sample plant makes, buys and ships."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from connectors.plant.sample_sites import NORTH, SOUTH
from domain.master_data import Component, Item, Operation, Supplier, Transfer

_Step = tuple[int, str, int, int]
"""Operation, work centre, minutes of setup, minutes per piece."""


def _made(
    name: str,
    description: str,
    price: int,
    cost: int,
    components: dict[str, str],
    *steps: _Step,
    site: str = NORTH,
    **more: Any,
) -> Item:
    return Item(
        site=site,
        item=name,
        description=description,
        price=Decimal(price),
        cost=Decimal(cost),
        components=tuple(_component(item, use) for item, use in components.items()),
        operations=tuple(
            Operation(
                operation=number,
                work_center=work_center,
                setup_minutes=Decimal(setup),
                minutes_per_piece=Decimal(minutes),
            )
            for number, work_center, setup, minutes in steps
        ),
        **more,
    )


def _component(item: str, use: str) -> Component:
    """The component of which *use* tells the pieces, and the operation if it is not the first."""
    pieces, _, operation = use.partition(" at ")
    return Component(item=item, per_piece=Decimal(pieces), operation=int(operation) if operation else None)


def _bought(
    name: str,
    description: str,
    cost: str,
    supplier: str,
    days: int,
    *,
    expedite: tuple[int, int] | None,
    site: str = NORTH,
    **more: Any,
) -> Item:
    return Item(
        site=site,
        item=name,
        description=description,
        price=Decimal(cost) * 2,
        cost=Decimal(cost),
        suppliers=(
            Supplier(
                supplier=supplier,
                lead_time_days=Decimal(days),
                expedite_days=Decimal(expedite[0]) if expedite else None,
                expedite_cost=Decimal(expedite[1]) if expedite else Decimal(0),
            ),
        ),
        **more,
    )


def _stocked(name: str, description: str, price: int, cost: int, days: int, freight: int) -> Item:
    return Item(
        site=SOUTH,
        item=name,
        description=description,
        price=Decimal(price),
        cost=Decimal(cost),
        transfers=(_from(NORTH, days, freight),),
    )


def _from(origin: str, days: int, cost: int) -> Transfer:
    return Transfer(origin=origin, days=Decimal(days), cost=Decimal(cost))


ITEMS: Final = (
    _made(
        "PUMP-100", "Circulation pump 100 W", 180, 105, {"MOTOR-S": "1", "SEAL": "1"},
        (10, "ASSEMBLY", 30, 12), (20, "TEST", 20, 9), safety_stock=Decimal(10),
    ),
    _made(
        "PUMP-150", "Circulation pump 150 W", 290, 168, {"MOTOR-150": "1", "HOUSING": "1", "SEAL": "2"},
        (10, "ASSEMBLY", 30, 18), (20, "TEST", 20, 15), substitutes=("PUMP-160",),
    ),
    _made(
        "PUMP-160", "Variable speed pump 160 W", 310, 175, {"MOTOR-S": "1", "HOUSING": "1", "SEAL": "2"},
        (10, "ASSEMBLY", 30, 18), (20, "TEST", 20, 15),
    ),
    _made(
        "PUMP-250", "Booster pump 250 W", 460, 270, {"MOTOR-L": "1", "HOUSING": "1", "SEAL": "2"},
        (10, "ASSEMBLY", 30, 30), (20, "TEST", 30, 45), transfers=(_from(SOUTH, 9, 840),),
    ),
    _made(
        "PUMP-400", "Process pump 400 W", 2400, 1500,
        {"HOUSING": "1", "MOTOR-L": "2 at 20", "SEAL-HT": "2 at 20"},
        (10, "MILLING", 45, 60), (20, "ASSEMBLY", 30, 90), (30, "TEST", 30, 60), revision="C",
    ),
    _made(
        "MOTOR-S", "Motor, small", 60, 38, {"WIRE": "0.8", "SHAFT": "1", "BEARING": "2"},
        (10, "WINDING", 40, 10), (20, "TEST", 20, 8),
    ),
    _made(
        "MOTOR-L", "Motor, large", 140, 88, {"WIRE": "1.6", "SHAFT": "1", "BEARING": "2"},
        (10, "WINDING", 40, 22), (20, "TEST", 20, 12),
    ),
    _made("HOUSING", "Pump housing, milled", 52, 31, {"CASTING": "1"}, (10, "MILLING", 45, 14)),
    _made("SHAFT", "Shaft, turned", 14, 8, {}, (10, "TURNING", 30, 6)),
    _bought("MOTOR-150", "Motor, discontinued by its maker", "71", "S-MOTORS", 90, expedite=None),
    _bought("CASTING", "Housing, raw casting", "17", "S-FOUNDRY", 23, expedite=(4, 650)),
    _bought("WIRE", "Copper wire, kg", "11.4", "S-COPPER", 10, expedite=None),
    _bought("BEARING", "Ball bearing", "2.3", "S-BEARING", 7, expedite=(2, 120)),
    _bought("SEAL", "Shaft seal", "1.9", "S-SEALS", 9, expedite=(3, 90)),
    _bought("SEAL-HT", "Shaft seal, high temperature", "46", "S-SEALS", 24, expedite=(8, 400)),
    # More of it is promised than there is: material shortage has something to do.
    _bought(
        "REPAIR-KIT", "Repair kit for pumps in the field", "24", "S-SEALS", 14, expedite=(4, 180),
        transfers=(_from(SOUTH, 3, 140),),
    ),
    _made(
        "SKID-20", "Booster skid with two pumps", 5200, 3350, {"PUMP-250": "2", "FRAME": "1", "CONTROL": "1"},
        (10, "SKID-LINE", 60, 300), (20, "PACKING", 10, 40), site=SOUTH,
    ),
    _stocked("PUMP-100", "Circulation pump 100 W", 190, 112, 6, 480),
    _stocked("PUMP-250", "Booster pump 250 W", 485, 288, 9, 840),
    _bought(
        "REPAIR-KIT", "Repair kit for pumps in the field", "24", "S-SEALS", 18, expedite=None, site=SOUTH,
        safety_stock=Decimal(5),
    ),
    _bought("FRAME", "Skid frame, welded", "420", "S-STEEL", 12, expedite=(5, 300), site=SOUTH),
    _bought("CONTROL", "Pump control cabinet", "610", "S-CONTROL", 20, expedite=(7, 500), site=SOUTH),
)  # fmt: skip
