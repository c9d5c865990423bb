"""What a day of delay counts: whose order it is, how urgent and how much it is worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.facts import OrderLine
from domain.subject import Identifier
from domain.supply import MATTERS_TO_NOBODY_YET

_CENT = Decimal("0.01")
_Times = Annotated[Decimal, Field(gt=0, le=1000, decimal_places=4, allow_inf_nan=False)]


class ValueClass(BaseModel):
    """Order lines that are worth so much or more."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    least: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
    """From which value on, of what is still to be shipped."""
    times: _Times
    """How many times a day of delay counts."""


class Importance(BaseModel):
    """What a day of delay of an order line counts: priority, class of value and customer, multiplied."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    first: Annotated[Decimal, Field(gt=0, le=100_000, decimal_places=4, allow_inf_nan=False)] = Decimal(100)
    """At priority 1; at priority 10 it is a tenth of that."""
    classes: tuple[ValueClass, ...] = (
        ValueClass(least=Decimal(50_000), times=Decimal(3)),
        ValueClass(least=Decimal(10_000), times=Decimal(2)),
    )
    """Of those that apply the one with the highest value counts."""
    customers: dict[Identifier, _Times] = {}
    """How many times the delay of a customer's orders counts; of one who is not named, once."""

    def weight(self, line: OrderLine | None) -> Decimal:
        """The weight of *line*, or of work that is for no line."""
        if line is None:
            return (self.first / MATTERS_TO_NOBODY_YET).quantize(_CENT)
        value = line.open_quantity * line.price
        reached = [known for known in self.classes if value >= known.least]
        factor = max(reached, key=lambda known: known.least).times if reached else Decimal(1)
        customer = self.customers.get(line.customer, Decimal(1))
        return (self.first / max(line.priority, 1) * factor * customer).quantize(_CENT)
