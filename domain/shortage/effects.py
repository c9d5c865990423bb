"""What a way out writes into other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from domain.case import CaseFile
from domain.effect import Allocate, ChangeJob, Effect, PostponeOrderLine, RequestSupply, Reserve
from domain.option import Option
from domain.procurement import asked_for
from domain.shortage.combination import Combination, Part
from domain.shortage.options import combination_of
from domain.supply import Place


def effects(file: CaseFile, option: Option) -> tuple[Effect, ...]:
    """What the chosen ways write."""
    place = Place(file.site, file.subject)
    return tuple(of_ways(f"{file.id}-{file.assessment}", place, combination_of(file, option)))


def of_ways(name: str, place: Place, combination: Combination) -> Iterator[Effect]:
    """Way by way; what is asked for anew is numbered after *name*."""
    for number, part in enumerate(combination.parts, start=1):
        yield from _WRITES[part.way.kind](f"{name}-{number}", place, part)


def _released(_name: str, _place: Place, _part: Part) -> Iterator[Effect]:
    """Nothing: quality says of the lot what it finds."""
    return iter(())


def _ordered(name: str, place: Place, part: Part) -> Iterator[Effect]:
    """More is ordered, or what is ordered already under the name it has."""
    way = part.way
    yield RequestSupply(
        site=place.site, request=name if way.supplier is None else way.source, item=place.name, quantity=part.quantity,
        needed_at=way.at, supplier=way.supplier or way.source, expedite=way.kind == "expedite", cost=way.cost,
    )  # fmt: skip


def _moved(name: str, place: Place, part: Part) -> Iterator[Effect]:
    """Kept back at the other site first, so that nobody else is promised it while it is fetched."""
    way = part.way
    yield Reserve(site=way.source, item=place.name, order=name, line="1", quantity=part.quantity)
    yield RequestSupply(
        site=place.site, request=name, item=place.name, quantity=part.quantity, needed_at=way.at,
        origin=way.source, cost=way.cost,
    )  # fmt: skip


def _given(_name: str, place: Place, part: Part) -> Iterator[Effect]:
    """Whoever gives keeps the rest and, if he gives it for longer, is promised for later."""
    way = part.way
    order, _, line = way.source.partition(":")
    yield Reserve(site=place.site, item=place.name, order=order, line=line, quantity=way.whole_of - part.quantity)
    for late in way.disturbed:
        yield PostponeOrderLine(
            site=place.site, order=late.order, line=late.line, expected=late.promised_at, promised_at=late.new_at
        )


def _taken_instead(_name: str, place: Place, part: Part) -> Iterator[Effect]:
    """Lots of the other item are set aside for the jobs, those that need it first first."""
    free = {lot.lot: lot.quantity for lot in part.way.lots}
    left = part.quantity
    for share in part.way.shares:
        wanted = min(left, share.quantity)
        left -= wanted
        for lot, quantity in free.items():
            if taken := min(wanted, quantity):
                free[lot] -= taken
                wanted -= taken
                yield Allocate(site=place.site, job=share.job, item=part.way.source, lot=lot, quantity=taken)


def _made(name: str, _place: Place, part: Part) -> Iterator[Effect]:
    for number, step in enumerate(part.way.steps, start=1):
        yield asked_for(f"{name}-{number}", step, order=step.order, line=step.line)


def _built_in_part(name: str, place: Place, part: Part) -> Iterator[Effect]:
    """The job makes less, and another one the rest."""
    (rest,) = part.way.steps
    yield ChangeJob(site=place.site, job=part.way.source, quantity=part.way.whole_of - rest.quantity)
    yield asked_for(name, rest, order=rest.order, line=rest.line)


_WRITES: dict[str, Callable[[str, Place, Part], Iterator[Effect]]] = {
    "release": _released,
    "alternate": _taken_instead,
    "transfer": _moved,
    "reallocate": _given,
    "buy": _ordered,
    "other_supplier": _ordered,
    "expedite": _ordered,
    "make": _made,
    "partial_build": _built_in_part,
}
