"""What travels between a case and its record, and is kept in histories."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """Only grows, and ignores what it does not know: an older worker reads what a newer one wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)
