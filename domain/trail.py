"""The trail: what a line of the history of a case says."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import Channel, Principal


class TrailEntry(BaseModel):
    """One line of the history of a case, append-only."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    sequence: int
    at: AwareDatetime
    action: str
    by: Principal
    channel: Channel
    role: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    reason: str = ""
    details: dict[str, Any] = {}
