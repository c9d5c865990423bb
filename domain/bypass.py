"""Governed facts: what is to be different only after somebody has decided it, and how often that was not so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.fact import Fact
from domain.facts import Job, Lot, OrderLine, Shipment

GOVERNED: Final[Mapping[type[Fact], tuple[str, ...]]] = {
    OrderLine: ("quantity", "requested_at", "item", "revision", "status"),
    Job: ("starts_at", "ends_at"),
    Lot: ("status",),
    Shipment: ("lines", "status"),
}
"""
What of which fact. Of the state of an order line only that it is cancelled, or no longer is; of that of a shipment only
that it has left.
"""
COUNTED: Final = timedelta(days=28)
"""How far back the rate goes."""


def governed(before: Fact, after: Fact) -> tuple[str, ...]:
    """Which of the governed fields say something else now."""
    fields = [field for field in GOVERNED.get(type(after), ()) if getattr(before, field) != getattr(after, field)]
    if isinstance(after, OrderLine) and isinstance(before, OrderLine):
        fields = [field for field in fields if field != "status" or "cancelled" in (before.status, after.status)]
    if isinstance(after, Shipment) and isinstance(before, Shipment):
        fields = [field for field in fields if field != "status" or after.left_since(before)]
    return tuple(fields)


class Bypass(BaseModel):
    """A governed fact that became different in another system, with no decision behind it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    kind: str
    key: str
    at: AwareDatetime
    """When we heard of it."""
    source: str
    version: str
    """Who says so, and in which version of the thing."""
    fields: tuple[str, ...]
    """What is different."""
    became: str
    """The cases about it, such as ``opened OC-7``; empty where no case looks after such a change."""


class Bypasses(BaseModel):
    """How often governed facts were changed past everybody."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    since: AwareDatetime
    changes: int
    """Changes of governed facts since then, decided or not."""
    undecided: int
    """Those of them that no decision stands behind."""
    rate: float | None
    """The share of changes with no decision behind them; nothing where nothing changed."""
    newest: tuple[Bypass, ...]
    """The newest of those, a hundred at most."""
