"""A lot that no system has told of: it is stopped by its name all the same, and the case waits until it is told."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from domain.case import Request
from domain.fact import Fact
from domain.facts import Lot, LotStatus
from domain.held_lot.requested import QualityHoldRequest
from domain.master_data import Item


def founded(site: str, request: Request) -> Lot:
    """The lot as far as its name goes: nobody knows of a piece of it. It is kept with the case, and is no fact."""
    asked = cast(QualityHoldRequest, request)
    return Lot(site=site, item=asked.item, lot=asked.lot, quantity=Decimal(0), status=LotStatus.ON_HOLD)


def of_item(request: Request) -> tuple[type[Fact], str]:
    """That there is such an item at all, so that no slip of the pen is taken for a lot."""
    return Item, cast(QualityHoldRequest, request).item
