"""The combinations worth choosing from, and each as an option."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from domain.case import CaseFile
from domain.option import Delivery, NewSupply, Option
from domain.shortage.combination import Combination, Part, worth_choosing
from domain.shortage.findings import ShortageFound
from domain.shortage.inquiries import choosable
from domain.shortage.known import found_out
from domain.shortage.wording import own_safety_stock, safety_stock, title


def combinations(file: CaseFile, found: ShortageFound) -> tuple[Combination, ...]:
    """The ways out worth choosing from, and the one that was chosen if it is still there."""
    return worth_choosing(found.balance, choosable(file), also="" if file.chosen is None else file.chosen.name)


def combination_of(file: CaseFile, option: Option) -> Combination:
    """What *option* stands for."""
    return next(one for one in combinations(file, found_out(file)) if one.name == option.name)


def option_of(file: CaseFile, combination: Combination) -> Option:
    """What it brings when, what it costs, whom it makes late, and what stays missing."""
    evidence = file.found("shortage")
    assert evidence is not None
    return Option(
        name=combination.name,
        title=title(combination),
        deliveries=tuple(
            Delivery(at=part.way.at, quantity=part.quantity, item=file.subject, site=file.site)
            for part in combination.parts
        ),
        cost=combination.cost,
        disturbed=combination.disturbed,
        because=(
            *(reason.text for reason in evidence.reasons),
            *(part.way.told for part in combination.parts if part.way.told),
            *(safety_stock(part) for part in combination.parts if part.safety_stock),
            *((own_safety_stock(file.subject, combination),) if combination.safety_stock else ()),
        ),
        confidence="planned" if combination.parts else "confirmed",
        expires_at=min((evidence.valid_until, *_good_until(combination))),
        supply=tuple(step for part in combination.parts for step in _steps(file, part)),
        residual=combination.residual,
    )


def _good_until(combination: Combination) -> Iterator[datetime]:
    return (part.way.good_until for part in combination.parts if part.way.good_until is not None)


def _steps(file: CaseFile, part: Part) -> Iterator[NewSupply]:
    way = part.way
    if way.steps:
        yield from way.steps
        return
    yield NewSupply(
        kind=way.kind, site=file.site, item=file.subject, quantity=part.quantity, starts_at=file.at,
        at=way.at, source=way.source, cost=way.cost,
    )  # fmt: skip
