"""What the site calls ready."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.columns import json_column, time_column


class ReadinessPolicyRow(SQLModel, table=True):
    """A published readiness policy. Never changed: a new version is a new row."""

    __tablename__ = "readiness_policy"
    __table_args__ = (Index("readiness_policy_in_force", "site", "effective_from"),)

    version: str = Field(primary_key=True)
    site: str
    effective_from: datetime = time_column()
    published_at: datetime = time_column()
    body: dict[str, Any] = json_column()
