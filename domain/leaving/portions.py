"""Letting less leave than was to: by what the order allows, and nothing is lost between what leaves and the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.facts import OrderLine, Shipment, ShipmentLine
from domain.form import FieldKind, Form, FormField
from domain.leaving.findings import LeavingFound
from domain.leaving.rest import REST, REST_AT, rest_fields


@dataclass(frozen=True)
class Portion:
    """Entries of a shipment of which one says together how much leaves."""

    name: str
    title: str
    entries: tuple[int, ...]
    """By their place in the shipment."""
    most: Decimal
    least: Decimal
    """If any of it leaves."""


def portions(found: LeavingFound) -> tuple[Portion, ...]:
    """What may leave by itself: lots of a line; a whole line, or lines that ship together, where the order says so."""
    ordered = {line.key: line for line in found.ordered}
    return _grouped(found.shipment, lambda entry: _by_order(entry, ordered.get(entry.line_key)))


def loads(found: LeavingFound) -> tuple[Portion, ...]:
    """What stands on the vehicle or does not, whatever the order says."""
    return _grouped(found.shipment, lambda entry: (_lots_of(entry), Decimal(0)))


def _by_order(entry: ShipmentLine, ordered: OrderLine | None) -> tuple[str, Decimal | None]:
    """What leaves together with *entry*, and how much of it at least; nothing means all of it."""
    if ordered is None or ordered.ships_with is not None:
        return f"{entry.order}:{entry.line if ordered is None else ordered.ships_with}", None
    if not ordered.partial_allowed:
        return entry.line_key, None
    if ordered.least_shipped is not None:
        return entry.line_key, ordered.least_shipped
    return _lots_of(entry), Decimal(0)


def _lots_of(entry: ShipmentLine) -> str:
    return ":".join((entry.order, entry.line, *entry.lots))


def _grouped(shipment: Shipment, together: Callable[[ShipmentLine], tuple[str, Decimal | None]]) -> tuple[Portion, ...]:
    entries: dict[str, list[int]] = {}
    least: dict[str, Decimal | None] = {}
    for place, entry in enumerate(shipment.lines):
        if entry.quantity:
            name, least[name] = together(entry)
            entries.setdefault(name, []).append(place)
    return tuple(_portion(name, shipment, places, least[name]) for name, places in entries.items())


def _portion(name: str, shipment: Shipment, places: list[int], least: Decimal | None) -> Portion:
    taken = [shipment.lines[place] for place in places]
    most = sum((entry.quantity for entry in taken), Decimal(0))
    lines = dict.fromkeys(entry.line_key for entry in taken)
    lots = dict.fromkeys(lot for entry in taken for lot in entry.lots)
    title = f"Of {most.normalize():f} for {' and '.join(lines)}" + (f" from {', '.join(lots)}" if lots else "")
    return Portion(name, title, tuple(places), most, most if least is None else min(least, most))


def can_be_parted(found: LeavingFound) -> bool:
    """Whether less than all of it may leave."""
    parts = portions(found)
    return len(parts) > 1 or any(part.least < part.most for part in parts)


def partial_form(found: LeavingFound) -> Form:
    """How much of each leaves now, and what becomes of the rest."""
    form = loaded_form(found, portions(found))
    return form.model_copy(update={"fields": (*form.fields, *rest_fields(required=True)), "above": Decimal(0)})


def scanned_less(found: LeavingFound) -> dict[str, str]:
    """How much of each is on the vehicle by what was scanned; empty if that was not counted, or is all of it."""
    loading = found.loading
    if loading is None or not loading.counted:
        return {}
    said, less = {}, False
    for part in loads(found):
        entry = found.shipment.lines[part.entries[0]]
        loaded = sum((loading.quantity_of(entry.order, entry.line, lot) for lot in entry.lots), Decimal(0))
        said[part.name] = f"{min(loaded, part.most).normalize():f}"
        less = less or loaded < part.most
    return said if less else {}


def loaded_form(found: LeavingFound, parts: tuple[Portion, ...] | None = None) -> Form:
    """How much of each is on the vehicle, or of each of *parts*: not all of it."""
    parts = loads(found) if parts is None else parts
    fields = (
        FormField(name=one.name, title=one.title, kind=FieldKind.QUANTITY, least=one.least or None, most=one.most)
        for one in parts
    )
    return Form(fields=tuple(fields), below=sum((part.most for part in parts), Decimal(0)))


def why_not_in_part(found: LeavingFound, said: Mapping[str, str]) -> str:
    """Why what was *said* cannot leave by itself; nothing if it can."""
    parts = {part.name: part for part in portions(found)}
    given = {name: Decimal(quantity) for name, quantity in said.items() if name not in (REST, REST_AT)}
    fits = given.keys() == parts.keys() and all(
        not quantity or parts[name].least <= quantity <= parts[name].most for name, quantity in given.items()
    )
    return "" if fits else "What is to leave, or what the order allows, has changed meanwhile."


Lines = tuple[ShipmentLine, ...]


def parted(shipment: Shipment, parts: Iterable[Portion], said: Mapping[str, str]) -> tuple[Lines, Lines]:
    """What the shipment takes of each of *parts* as it was *said*, and the rest of it."""
    now, rest = [], []
    for part in parts:
        left = Decimal(said.get(part.name, "0"))
        for entry in (shipment.lines[place] for place in part.entries):
            takes = min(left, entry.quantity)
            left -= takes
            now.append(entry.model_copy(update={"quantity": takes}))
            rest.append(entry.model_copy(update={"quantity": entry.quantity - takes}))
    return tuple(one for one in now if one.quantity), tuple(one for one in rest if one.quantity)
