"""What all effects have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from domain.subject import Identifier


class EffectShape(BaseModel):
    """What is written, at one site."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    site: Identifier
