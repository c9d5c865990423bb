"""What a step with a held lot writes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from domain.case import CaseFile
from domain.effect import BlockLot, Effect, LiftHold, ReleaseLot, WriteOffLot
from domain.held_lot.disposition import Disposition
from domain.held_lot.known import held, suspected
from domain.option import Option


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What the step *option* writes, in order."""
    if option.name == "contain":
        asked = suspected(file)
        return (BlockLot(site=file.site, item=asked.item, lot=asked.lot),)
    so_far = Disposition.of(file.answers)
    parts = {"release": so_far.good} if option.name == "release_reworked" else so_far.parts
    return tuple(_disposed(file, parts))


def _disposed(file: CaseFile, parts: dict[str, Decimal]) -> Iterator[Effect]:
    """First what is gone, then what goes back; the hold itself last, once nothing is left under it."""
    found = held(file)
    assert found is not None
    site, item, lot, left = file.site, found.lot.item, found.lot.lot, found.lot.quantity
    for code in ("scrap", "return_to_vendor"):
        if code in parts:
            yield WriteOffLot(site=site, item=item, lot=lot, quantity=parts[code], because=code)
            left -= parts[code]
    for number, code in enumerate(("release", "use_as_is"), start=1):
        if code in parts:
            # All that is left keeps its name; a part goes its own way under one that no step gives twice.
            name = lot if parts[code] == left else f"{lot}-{file.assessment}{number}"
            yield ReleaseLot(site=site, item=item, lot=lot, quantity=parts[code], as_lot=name, because=code)
            left -= parts[code]
    if not left:
        yield LiftHold(site=site, item=item, lot=lot)
