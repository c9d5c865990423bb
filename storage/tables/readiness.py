"""What the site calls ready, and what is waived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.columns import json_column, number_column, time_column


class ReadinessPolicyRow(SQLModel, table=True):
    """A published readiness policy. Never changed: a new version is a new row."""

    __tablename__ = "readiness_policy"
    __table_args__ = (Index("readiness_policy_in_force", "site", "effective_from"),)

    version: str = Field(primary_key=True)
    site: str
    effective_from: datetime = time_column()
    published_at: datetime = time_column()
    body: dict[str, Any] = json_column()


class WaiverRow(SQLModel, table=True):
    """That something may go on although it is not ready. What was asked is never changed, only agreed to and ended."""

    __tablename__ = "waiver"
    __table_args__ = (Index("waiver_of_subject", "site", "subject"),)

    number: int | None = number_column()
    predicate: str
    site: str
    subject: str
    reason: str
    expires_at: datetime = time_column()
    scope: list[dict[str, Any]] = json_column()
    asked_by: str
    asked_at: datetime = time_column()
    waived_by: list[dict[str, Any]] = json_column()
    ended_by: str | None = None
    ended_at: datetime | None = time_column(nullable=True)
