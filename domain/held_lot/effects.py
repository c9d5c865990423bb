"""What a step with a held lot writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.case import CaseFile
from domain.effect import (
    BlockLot,
    Effect,
    HoldAgain,
    LiftHold,
    PartLot,
    RegradeLot,
    ReleaseLot,
    ReviseHoldRule,
    UnblockLot,
    WriteOffLot,
)
from domain.facts import Lot
from domain.form import names_in
from domain.held_lot.disposition import Disposition
from domain.held_lot.known import disposition, execution, held, narrowing, part_lot, part_lots
from domain.held_lot.parts import GIVING_BACK, Part
from domain.option import Option


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What the step *option* writes, in order."""
    so_far = disposition(file)
    if option.name == "disposition":
        return tuple(_disposed(file, so_far))
    if option.name == "as_agreed":
        return tuple(_as_agreed(file, so_far))
    if option.name in _AFTER_WORK:
        return tuple(_worked_on(file, so_far, _AFTER_WORK[option.name]))
    if option.name in ("scrapped", "returned"):
        return tuple(_gone(file, so_far))
    if option.name == "narrow":
        return (_narrowed(file),)
    return _of_the_whole(file, option)


def says_blocked(effect: Effect, lot: Lot) -> bool | None:
    """Whether *effect* says of the lot that it is blocked; nothing if it says nothing of that."""
    if isinstance(effect, BlockLot | UnblockLot) and (effect.item, effect.lot) == (lot.item, lot.lot):
        return isinstance(effect, BlockLot)
    if isinstance(effect, ReleaseLot) and (effect.item, effect.as_lot) == (lot.item, lot.lot):
        return False
    return None


def _narrowed(file: CaseFile) -> ReviseHoldRule:
    """What was made of the lot stays held but for the lots that are not concerned."""
    found, said = held(file), narrowing(file)
    assert found is not None
    assert said is not None
    without = tuple(sorted({*found.without, *names_in(said.values["lots"])}))
    return ReviseHoldRule(
        site=file.site, by="lot", of=file.subject, items=(), since=None, without=without, active=True, false_alarm=False
    )


def _of_the_whole(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What concerns all that is left of the lot."""
    found = held(file)
    assert found is not None
    site, item, lot = file.site, found.lot.item, found.lot.lot
    if option.name == "contain":
        return (BlockLot(site=site, item=item, lot=lot),)
    if option.name == "hold_again":
        again = HoldAgain(site=site, item=item, lot=lot, because=option.because[0])
        return again, BlockLot(site=site, item=item, lot=lot)
    if option.name == "lift":
        return (LiftHold(site=site, item=item, lot=lot),)
    if option.name == "confirm":
        quantity, because = found.lot.quantity, "release"
        return (ReleaseLot(site=site, item=item, lot=lot, quantity=quantity, as_lot=lot, because=because),)
    return (UnblockLot(site=site, item=item, lot=lot),)


_AFTER_WORK = {"release_reworked": "release", "release_repaired": "use_as_is"}


def _disposed(file: CaseFile, so_far: Disposition) -> Iterator[Effect]:
    """First what goes on apart and what is another item, then what goes back; what the case goes on with stays."""
    found = held(file)
    assert found is not None
    site, item, lot, left = file.site, found.lot.item, found.lot.lot, found.lot.quantity
    named = part_lots(file, so_far)
    for part, name in named:
        if part in so_far.apart:
            yield PartLot(site=site, item=item, lot=lot, quantity=part.quantity, as_lot=name, case=file.id)
            left -= part.quantity
        elif part.code == "downgrade":
            other = part.said["other_item"]
            yield RegradeLot(site=site, item=item, lot=lot, quantity=part.quantity, as_item=other, as_lot=name)
            left -= part.quantity
    waits = so_far.going_on if so_far.waiting_for else so_far.apart
    back = [(part, name) for part, name in named if part.code in GIVING_BACK and part not in waits]
    # What is released on conditions stays with the case: last, so that it keeps the name.
    yield from _given_back(file, sorted(back, key=lambda one: one[0] == so_far.stays), left)


def _given_back(file: CaseFile, parts: Iterable[tuple[Part, str]], left: Decimal) -> Iterator[Effect]:
    """The parts released, of what is *left*; the hold itself last, once nothing is left under it."""
    found = held(file)
    assert found is not None
    site, item, lot = file.site, found.lot.item, found.lot.lot
    for part, name in parts:
        yield ReleaseLot(
            # All that is left keeps its name; a part goes its own way under one of its own.
            site=site, item=item, lot=lot, quantity=part.quantity, as_lot=lot if part.quantity == left else name,
            because=part.code, **_limits(part),
        )  # fmt: skip
        left -= part.quantity
    if not left:
        yield LiftHold(site=site, item=item, lot=lot)


def _as_agreed(file: CaseFile, so_far: Disposition) -> Iterator[Effect]:
    """All of it goes back, once what it waited for is there."""
    part = so_far.stays
    assert part is not None
    yield from _given_back(file, [(part, "")], part.quantity)


def _worked_on(file: CaseFile, so_far: Disposition, becomes: str) -> Iterator[Effect]:
    """What came well out of work goes back; the rest stays held."""
    found, said = held(file), file.answered("release")
    assert found is not None
    assert said is not None
    assert so_far.stays is not None
    part = replace(so_far.stays, code=becomes, quantity=so_far.good)
    yield from _given_back(file, [(part, part_lot(file, said.step, part.number))], found.lot.quantity)


def _gone(file: CaseFile, so_far: Disposition) -> Iterator[Effect]:
    """What was scrapped or returned is there no more."""
    found, part, said = held(file), so_far.stays, execution(file)
    assert found is not None
    assert part is not None
    assert said is not None
    site, item, lot = file.site, found.lot.item, found.lot.lot
    reference = ", ".join(said.values[name] for name in ("ticket", "rma", "claim") if name in said.values)
    yield WriteOffLot(
        site=site, item=item, lot=lot, quantity=part.quantity, because=part.code, reference=reference
    )  # fmt: skip
    if part.quantity == found.lot.quantity:
        yield LiftHold(site=site, item=item, lot=lot)


def _limits(part: Part) -> dict[str, Any]:
    """Within which limits a part is given back."""
    said = part.said
    if part.code == "conditional":
        return {"conditional": True, "allowed_for": names_in(said.get("customers", "")),
                "allowed_until": datetime.fromisoformat(said["tested_by"])}  # fmt: skip
    if part.code == "use_as_is":
        customers, orders = names_in(said.get("concession_for", "")), names_in(said.get("concession_orders", ""))
        ends = said.get("concession_until")
        return {"conditional": bool(customers or orders), "allowed_for": customers, "allowed_orders": orders,
                "good_through": datetime.fromisoformat(ends) if ends else None,
                "concession": said.get("concession", "")}  # fmt: skip
    return {}
