"""What a plant demands before it calls something ready."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.subject import Identifier


class ReadinessPolicy(BaseModel):
    """A plant's figures for readiness, by version."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    version: str
    time_to_live: dict[str, timedelta]
    """How old a fact may be, by kind. A fact of a kind that is not listed stays good until it changes."""
    documents: tuple[Identifier, ...]
    """The papers that every shipment needs; a shipment may ask for more."""
    under_delivery: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)
    """Share of an order line that may be missing."""
    receiving_time: timedelta = timedelta(0)
    """From the arrival of supply until it may be used."""
    remaining_life: timedelta = timedelta(0)
    """How long goods must still be good after they left."""
