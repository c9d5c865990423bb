"""A plant's own figures for plans: what counts how much, what is too small to be raised, how long is searched."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.evidence import digest
from domain.schedule.damping import Damping
from domain.schedule.importance import Importance
from domain.schedule.measures import ScoreWeights

MOST_CHANGES: Final = 2


class SchedulePolicy(BaseModel):
    """By what plans are made and compared at a site."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    site: str
    effective_from: AwareDatetime
    weights: ScoreWeights = ScoreWeights()
    importance: Importance = Importance()
    damping: Damping = Damping()
    # A check has to answer within a minute, and reads and writes besides.
    search_for: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(seconds=45))] = timedelta(seconds=40)
    """How long better plans are searched for in all, for every way to react to one disturbance together."""

    # What came later and is as usual stays out of what is kept, so that versions stay the same.
    most_changes: Annotated[int, Field(ge=1, le=100, exclude_if=lambda most: most == MOST_CHANGES)] = MOST_CHANGES
    """So many changes of the plan of one work centre are published in a shift; whoever decides on more is told so."""
    local_autonomy: Annotated[bool, Field(exclude_if=bool)] = True
    """Whether production may put work in another order alone, within the frozen window, when no planner answers."""

    @property
    def version(self) -> str:
        """The content's digest, which every option names."""
        return digest(self)[:12]
