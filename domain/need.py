"""What a case needs: the common question behind every check."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.fact import Quantity
from domain.subject import Identifier


class Need(BaseModel):
    """So much of an item, at a site, by a time, for an order line."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    site: Identifier
    item: Identifier
    quantity: Quantity
    """What is needed in all."""
    further: Quantity
    """How much of it is more than was promised before."""
    by: AwareDatetime
    order: Identifier
    line: Identifier
    customer: Identifier
    revision: Identifier | None = None
    substitute_allowed: bool = False
