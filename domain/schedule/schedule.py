"""A plan with what it is worth and who made it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.schedule.measures import Measures
from domain.schedule.problem import Plan


class Schedule(BaseModel):
    """A plan that can be carried out."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    plan: Plan
    measures: Measures
    made_by: Literal["rules", "solver"]
    proven_optimal: bool = False
    """Whether it is proven that no plan scores better."""
    gap: Decimal | None = None
    """By what share of its score it can be above the best there is, at most; nothing where nobody knows."""

    @property
    def how_good(self) -> str:
        """Who made it, and how far it is at most from the best possible."""
        if self.proven_optimal:
            return f"plan by {self.made_by}, proven best"
        if self.gap is None:
            return f"plan by {self.made_by}; how far it is from the best possible is not known"
        return f"plan by {self.made_by}, at most {self.gap:.1%} from the best possible"
