"""From the answers of SAP's sales order service to order lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from domain.evidence import digest
from domain.facts import LineStatus, OrderLine
from domain.ports import SystemUnavailable

Entity = Mapping[str, Any]
"""One object of an OData answer, by SAP's field names."""

SYSTEM = "SAP"

# The JSON format of OData version 2: milliseconds since 1970, UTC, perhaps with the minutes of an offset.
_ODATA_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{1,4})?\)/")
_STANDARD_PRIORITY = 10
_LONGEST_NUMBER = 32
_MOST_DIGITS = 15


def order_line(header: Entity, item: Entity, schedule: Sequence[Entity], site_of: Mapping[str, str]) -> OrderLine:
    """
    The order line that an item of a sales order is.

    It is requested at the first requested date, and promised at the last confirmed one, once the whole
    quantity is confirmed. Raises SystemUnavailable if anything is missing or contradicts itself.
    """
    name = f"{text(header, 'SalesOrder')} item {text(item, 'SalesOrderItem')}"
    quantity = _number(item, "RequestedQuantity")
    _one_unit(item, schedule, name)
    try:
        return OrderLine(
            site=_site(header, item, site_of, name),
            order=text(header, "SalesOrder"),
            line=text(item, "SalesOrderItem"),
            customer=text(header, "SoldToParty"),
            item=text(item, "Material"),
            quantity=quantity,
            shipped=sum((_number(line, "DeliveredQtyInOrderQtyUnit") for line in schedule), Decimal(0)),
            requested_at=_requested_at(header, schedule, name),
            promised_at=_promised_at(schedule, quantity),
            ordered_at=_date(header, "SalesOrderDate"),
            status=_status(item),
            priority=_priority(item),
            price=_price(item, quantity),
            partial_allowed=not _flag(header, "CompleteDeliveryIsDefined"),
        )
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        raise unusable(f"order {name} cannot be an order line here: {wrong}") from error


def version_of(header: Entity, line: OrderLine) -> str:
    """
    The version of *line*: when the order was last changed, and a digest of what it says.

    The digest is there because SAP may name the day of the change only, and changes twice within one instant.
    """
    changed = _date(header, "LastChangeDateTime") or _date(header, "LastChangeDate") or _date(header, "CreationDate")
    if changed is None:
        raise unusable(f"order {text(header, 'SalesOrder')} does not say when it was last changed")
    return f"{changed:%Y-%m-%dT%H:%M:%S.%fZ}/{digest(line)[:12]}"


def is_text_item(item: Entity) -> bool:
    """Whether the item only carries words: no material and nothing to deliver."""
    return not item.get("Material") and _number(item, "RequestedQuantity", absent=Decimal(0)) == 0


def same_number(one: str, other: str) -> bool:
    """Whether two document numbers are the same; SAP pads them with zeros in some places only."""
    return one.lstrip("0") == other.lstrip("0")


def text(entity: Entity, field: str) -> str:
    """What a field that must not be empty says. Raises SystemUnavailable."""
    value = entity.get(field)
    if not isinstance(value, str) or not value:
        raise unusable(f"{field} is missing")
    return value


def unusable(why: str) -> SystemUnavailable:
    """The error for an answer that cannot be relied on."""
    return SystemUnavailable(f"{SYSTEM} answered in a way that cannot be relied on: {why}.")


def _site(header: Entity, item: Entity, site_of: Mapping[str, str], name: str) -> str:
    place = item.get("ProductionPlant") or text(header, "SalesOrganization")
    if place not in site_of:
        raise unusable(f"order {name} belongs to {place}, for which no site is set; name the site in the settings")
    return site_of[place]


def _one_unit(item: Entity, schedule: Sequence[Entity], name: str) -> None:
    units = {text(item, "RequestedQuantityUnit"), *(text(line, "OrderQuantityUnit") for line in schedule)}
    if len(units) > 1:
        raise unusable(f"order {name} counts in {' and in '.join(sorted(units))}")


def _requested_at(header: Entity, schedule: Sequence[Entity], name: str) -> datetime:
    dates = [date for line in schedule if (date := _date(line, "RequestedDeliveryDate"))]
    requested = min(dates) if dates else _date(header, "RequestedDeliveryDate")
    if requested is None:
        raise unusable(f"order {name} has no requested delivery date")
    return requested


def _promised_at(schedule: Sequence[Entity], quantity: Decimal) -> datetime | None:
    confirmed = Decimal(0)
    last: datetime | None = None
    for line in schedule:
        pieces = _number(line, "ConfdOrderQtyByMatlAvailCheck")
        date = _date(line, "ConfirmedDeliveryDate")
        if pieces and date:
            confirmed += pieces
            last = date if last is None else max(last, date)
    return last if confirmed >= quantity else None


def _status(item: Entity) -> LineStatus:
    if item.get("SalesDocumentRjcnReason"):
        return LineStatus.CANCELLED
    if item.get("SDProcessStatus") == "C":
        return LineStatus.CLOSED
    if item.get("DeliveryStatus") == "C":
        return LineStatus.DELIVERED
    return LineStatus.OPEN


def _priority(item: Entity) -> int:
    # 0 is SAP's way to say that none was set.
    return int(_number(item, "DeliveryPriority", absent=Decimal(0))) or _STANDARD_PRIORITY


def _price(item: Entity, quantity: Decimal) -> Decimal:
    amount = _number(item, "NetAmount", absent=Decimal(0))
    return round(amount / quantity, 4) if quantity else Decimal(0)


def _number(entity: Entity, field: str, *, absent: Decimal | None = None) -> Decimal:
    value = entity.get(field)
    if value in (None, "") and absent is not None:
        return absent
    if isinstance(value, bool) or len(str(value)) > _LONGEST_NUMBER:
        raise unusable(f"{field} is not a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise unusable(f"{field} is {value!r} and not a number") from None
    # Arithmetic on 1e9999999 does not end.
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
        raise unusable(f"{field} is {value!r}, which cannot be so")
    return number


def _flag(entity: Entity, field: str) -> bool:
    value = entity.get(field)
    if value in (True, "X", "true"):
        return True
    if value in (False, "", "false", None):
        return False
    raise unusable(f"{field} is {value!r} and neither yes nor no")


def _date(entity: Entity, field: str) -> datetime | None:
    value = entity.get(field)
    if value in (None, ""):
        return None
    try:
        if match := _ODATA_DATE.fullmatch(str(value)):
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1]))
        date = datetime.fromisoformat(str(value))
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise unusable(f"{field} is {value!r} and not a date") from None
