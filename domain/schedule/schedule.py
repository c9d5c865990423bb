"""A plan with what it is worth and who made it."""

from __future__ import annotations

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
