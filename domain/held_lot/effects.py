"""What a step with a held lot writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.case import CaseFile
from domain.effect import BlockLot, Effect, HoldAgain, LiftHold, RegradeLot, ReleaseLot, UnblockLot, WriteOffLot
from domain.form import names_in
from domain.held_lot.disposition import GIVING_BACK, Disposition
from domain.held_lot.known import disposition, held
from domain.option import Option


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What the step *option* writes, in order."""
    found = held(file)
    assert found is not None
    site, item, lot = file.site, found.lot.item, found.lot.lot
    so_far = disposition(file)
    if option.name == "contain":
        return (BlockLot(site=site, item=item, lot=lot),)
    if option.name == "hold_again":
        again = HoldAgain(site=site, item=item, lot=lot, because=option.because[0])
        return again, BlockLot(site=site, item=item, lot=lot)
    if option.name in ("false_alarm", "let_go"):
        return (UnblockLot(site=site, item=item, lot=lot),)
    if option.name == "lift":
        return (LiftHold(site=site, item=item, lot=lot),)
    if option.name == "confirm":
        quantity, because = found.lot.quantity, "release"
        return (ReleaseLot(site=site, item=item, lot=lot, quantity=quantity, as_lot=lot, because=because),)
    if option.name in _AFTER_WORK:
        return tuple(_disposed(file, so_far, {_AFTER_WORK[option.name]: so_far.good}))
    return tuple(_disposed(file, so_far, so_far.parts))


_AFTER_WORK = {"release_reworked": "release", "release_repaired": "use_as_is"}


def _disposed(file: CaseFile, so_far: Disposition, parts: dict[str, Decimal]) -> Iterator[Effect]:
    """First what is gone, then what goes back; the hold itself last, once nothing is left under it."""
    found = held(file)
    assert found is not None
    site, item, lot, left = file.site, found.lot.item, found.lot.lot, found.lot.quantity
    for code in ("scrap", "return_to_vendor"):
        if code in parts:
            yield WriteOffLot(site=site, item=item, lot=lot, quantity=parts[code], because=code)
            left -= parts[code]
    if "downgrade" in parts:
        # Under a name that no lot of the other item has.
        name, other = f"{lot}-{file.assessment}0", so_far.said["other_item"]
        quantity = parts["downgrade"]
        yield RegradeLot(site=site, item=item, lot=lot, quantity=quantity, as_item=other, as_lot=name)
        left -= quantity
    for number, code in enumerate(GIVING_BACK, start=1):
        if code in parts:
            # All that is left keeps its name; a part goes its own way under one that no step gives twice.
            name = lot if parts[code] == left else f"{lot}-{file.assessment}{number}"
            yield ReleaseLot(
                site=site, item=item, lot=lot, quantity=parts[code], as_lot=name, because=code, **_limits(code, so_far)
            )
            left -= parts[code]
    if not left:
        yield LiftHold(site=site, item=item, lot=lot)


def _limits(code: str, so_far: Disposition) -> dict[str, Any]:
    """Within which limits a part is given back."""
    said = so_far.said
    if code == "conditional":
        return {"conditional": True, "allowed_for": names_in(said.get("customers", "")),
                "allowed_until": datetime.fromisoformat(said["tested_by"])}  # fmt: skip
    if code == "use_as_is":
        customers, ends = names_in(said.get("concession_for", "")), said.get("concession_until")
        return {"conditional": bool(customers), "allowed_for": customers,
                "good_through": datetime.fromisoformat(ends) if ends else None}  # fmt: skip
    return {}
