"""Following: somebody wants to hear what happens to a case, to an order, or at a site."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.trail import TrailEntry


class Followed(StrEnum):
    """What is followed."""

    CASE = "case"
    ORDER = "order"
    """Every case about any of its lines, those to come as well."""
    REPORT = "report"
    """What a site reports, each day."""


DAILY = "daily"
"""The name of the report there is."""


class Following(BaseModel):
    """Something that somebody follows."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    site: str
    what: Followed
    key: str
    """The number of the case, or the name of the order or the report."""
    since: AwareDatetime


class Heard(BaseModel):
    """Something that happened to what somebody follows."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: str
    site: str
    subject: str
    line: TrailEntry
    """Of the trail of the case."""
