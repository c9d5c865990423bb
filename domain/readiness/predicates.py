"""What there is to be judged of a thing, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.fact import Fact
from domain.facts import Job, OrderLine, Shipment
from domain.readiness.jobs import clear_to_start, materials_projected, materials_ready
from domain.readiness.judgement import Known, Readiness
from domain.readiness.shipments import (
    customer_clear,
    dispatch_approved,
    documents_complete,
    production_complete,
    qa_cleared,
    ready_for_release,
)
from domain.readiness.slots import slot_booked


class Predicate(Protocol):
    """Judges the thing at a site with that key."""

    __name__: str

    def __call__(self, site: str, key: str, known: Known, /) -> Readiness: ...


PREDICATES: Final[Mapping[type[Fact], tuple[Predicate, ...]]] = {
    Job: (materials_ready, materials_projected, clear_to_start),
    OrderLine: (production_complete,),
    Shipment: (qa_cleared, documents_complete, slot_booked, customer_clear, ready_for_release, dispatch_approved),
}
"""In the order in which people ask."""


def kind_of(predicate: str) -> type[Fact]:
    """What *predicate* is asked of. Raises NoPredicate."""
    for kind, asked in PREDICATES.items():
        if predicate in (each.__name__ for each in asked):
            return kind
    names = ", ".join(each.__name__ for asked in PREDICATES.values() for each in asked)
    raise NoPredicate(f"{predicate} is nothing that is judged; judged are {names}.")


class NoPredicate(ValueError):
    """No such thing is judged."""


class Things(StrEnum):
    """What can be ready, as people call it."""

    JOBS = "jobs"
    LINES = "lines"
    SHIPMENTS = "shipments"

    @property
    def kind(self) -> type[Fact]:
        """The kind of fact that each of them is."""
        return _KINDS[self]


_KINDS: Final[Mapping[Things, type[Fact]]] = {
    Things.JOBS: Job, Things.LINES: OrderLine, Things.SHIPMENTS: Shipment
}  # fmt: skip


class Judged(BaseModel):
    """Everything there is to be judged of a thing, at one moment."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    kind: str
    """What it is: ``job``, ``order_line`` or ``shipment``."""
    site: str
    key: str
    at: AwareDatetime
    """When it was judged."""
    judgements: tuple[Readiness, ...]


def judged(kind: type[Fact], site: str, key: str, known: Known) -> Judged:
    """The thing, judged by what is known."""
    judgements = tuple(predicate(site, key, known) for predicate in PREDICATES[kind])
    return Judged(kind=kind.kind, site=site, key=key, at=known.now, judgements=judgements)
