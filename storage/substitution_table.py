"""The table of substitutions, beside the others."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import SQLModel

from storage.columns import json_column, number_column, time_column


class SubstitutionRow(SQLModel, table=True):
    """Who answers for whom. What was given is never changed, only ended."""

    __tablename__ = "substitution"
    __table_args__ = (Index("substitution_between", "site", "absent", "substitute"),)

    number: int | None = number_column()
    site: str
    process: str | None = None
    absent: str
    substitute: str
    roles: list[str] = json_column()
    first_day: date
    last_day: date
    reason: str
    given_by: str
    given_at: datetime = time_column()
    ended_by: str | None = None
    ended_at: datetime | None = time_column(nullable=True)
