"""New supply: what a promise needs of it, and what asks for it."""

from __future__ import annotations

from domain.effect import CreateJob, Effect, RequestSupply
from domain.option import NewSupply
from domain.promise import Promise

IN_HAND = ("stock", "receipt")
"""Steps of a promise that need nobody to do anything new."""


def new_supply(promise: Promise) -> tuple[NewSupply, ...]:
    """All that must be made, bought or moved for it, what comes first first."""
    return tuple(
        NewSupply(
            kind=step.kind, site=step.site, item=step.item, quantity=step.quantity,
            starts_at=step.starts_at, at=step.at, source=step.source, cost=step.cost, operations=step.operations,
        )
        for step in promise.each()
        if step.kind not in IN_HAND
    )  # fmt: skip


def asked_for(
    name: str, step: NewSupply, *, order: str | None, line: str | None, revision: str | None = None
) -> Effect:
    """What asks for *step* under *name*; what is made is for the order *line*, if for any."""
    if step.kind == "make":
        return CreateJob(
            site=step.site, job=name, item=step.item, revision=revision, quantity=step.quantity,
            order=order, line=line, starts_at=step.starts_at, ends_at=step.at, operations=step.operations,
        )  # fmt: skip
    brought = step.kind == "transfer"
    return RequestSupply(
        site=step.site, request=name, item=step.item, quantity=step.quantity, needed_at=step.at,
        supplier=None if brought else step.source, origin=step.source if brought else None,
        expedite=step.kind == "expedite", cost=step.cost,
    )  # fmt: skip
