"""Options when a line is to have less, or be cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from domain.availability import NOTHING
from domain.facts import Receipt
from domain.need import Need
from domain.option import Delivery, Option
from domain.order_line.findings import Findings


def options(need: Need, found: Findings) -> tuple[Option, ...]:
    """What can become of the pieces that are no longer wanted, cheapest first."""
    return tuple(_options(need, found))


def _options(need: Need, found: Findings) -> Iterator[Option]:
    making = found.work_in_process
    if making is None:
        yield _option("reduce", "Reduce, though nobody can say what has begun", need, found, confidence="unknown")
        return
    if not making.jobs:
        yield _option(
            "reduce",
            _wording(need, "Cancel the line" if not need.quantity else "Reduce the line"),
            need,
            found,
        )
        return
    if not making.started:
        yield _option("reduce", _wording(need, "Reduce the production orders"), need, found)
        return
    yield _option("finish_to_stock", "Finish what has begun, the rest goes to stock", need, found)
    yield _option("stop", "Stop the work; what has begun is written off", need, found, cost=making.value)


def cancelled(need: Need, found: Findings) -> tuple[Receipt, ...]:
    """What is on its way for a line that is cancelled and whose work ends, as far as its suppliers let it go."""
    making = found.work_in_process
    if need.quantity or making is None:
        return ()
    return tuple(receipt for receipt in making.bought if receipt.cancellation_fee is not None)


def _wording(need: Need, what: str) -> str:
    return f"{what} to {need.quantity}" if need.quantity else what


def _option(name: str, title: str, need: Need, found: Findings, *, cost: Decimal = Decimal(0), **more: Any) -> Option:
    ended = () if name == "finish_to_stock" else cancelled(need, found)
    fees = sum((receipt.cancellation_fee or Decimal(0) for receipt in ended), Decimal(0))
    deliveries = (
        (Delivery(at=need.by, quantity=found.left(need), item=need.item, site=need.site),) if need.quantity else ()
    )
    return Option(
        name=name,
        title=title,
        deliveries=deliveries,
        cost=cost + fees,
        because=(*(reason.text for reason in found.reasons), *map(_ended, ended)),
        expires_at=found.expires_at,
        # What is set aside for the line stays so, as far as it is still wanted.
        from_stock=min(found.left(need), NOTHING if found.availability is None else found.availability.reserved),
        **more,
    )


def _ended(receipt: Receipt) -> str:
    from_whom = f" with {receipt.supplier}" if receipt.supplier else ""
    return (
        f"{receipt.receipt}{from_whom} for {receipt.quantity} {receipt.item} is cancelled, "
        f"for a fee of {receipt.cancellation_fee}."
    )
