"""Which lot a case is asked for, and that it is on hold as soon as it is."""

from __future__ import annotations

from typing import cast

from pydantic import BaseModel, ConfigDict, Field

from domain.case import Request
from domain.fact import Fact
from domain.left_out import empty
from domain.release import Hold, HoldRule
from domain.subject import Identifier


class PartOfLot(BaseModel):
    """What was agreed of a part before it became a lot of its own."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    case: Identifier
    """In which it was agreed."""
    agreed: dict[str, str]
    """What is to become of it."""
    placed_by: str = ""
    """Who stopped the lot, and decides nothing of it."""
    also_placed_by: tuple[str, ...] = ()
    """Who stopped it as well; nor do they."""
    reworks: int = 0
    """How often it was reworked before."""
    rests_on: dict[str, str] = Field(default={}, exclude_if=empty)
    """By what the part was judged when it was agreed to."""


class QualityHoldRequest(Request):
    """Which lot must not be used or sent, and what is suspected."""

    item: Identifier
    lot: Identifier
    severity: str = Field(default="functional", pattern="^(safety|functional|cosmetic|document)$")
    defect: str = Field(min_length=3, max_length=300)
    """What is wrong with it, as far as is known."""
    rule: str = Field(default="", max_length=140)
    """The rule that stopped it, such as ``machine:M3``, or ``lot:VALVE:V1`` where it was made of a lot on hold."""
    blocked_by: str = Field(default="", max_length=200, exclude_if=empty)
    """The system that has blocked it, where that is why it is asked for."""
    part: PartOfLot | None = None
    """Where it was parted from a lot on hold. Counts only in a case that the case about that lot has set going."""

    @property
    def subject_key(self) -> str:
        """The lot."""
        return f"{self.item}:{self.lot}"


def in_force(site: str, request: Request, _: Fact, case: str) -> tuple[Fact, ...]:
    """The hold, and that of all that was made of the lot, in force here as soon as it is asked for."""
    asked = cast(QualityHoldRequest, request)
    return (
        Hold(
            site=site, item=asked.item, lot=asked.lot, severity=asked.severity, because=asked.defect, case=case,
            placed_by=asked.blocked_by,
        ),
        HoldRule(
            site=site, by="lot", of=asked.subject_key, severity=asked.severity, because=asked.defect, case=case,
        ),
    )  # fmt: skip
