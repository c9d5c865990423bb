"""What the site has decided beforehand: approval policies, and its figures for plans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from storage.columns import json_column, time_column


class PolicyRow(SQLModel, table=True):
    """A published approval policy. Never changed: a new version is a new row."""

    __tablename__ = "policy"
    __table_args__ = (Index("policy_in_force", "process", "site", "effective_from"),)

    version: str = Field(primary_key=True)
    process: str
    site: str
    effective_from: datetime = time_column()
    effective_until: datetime | None = time_column(nullable=True)
    published_at: datetime = time_column()
    proposed_by: str | None = None
    confirmed_by: str | None = None
    """Nobody where it came with the program."""
    body: dict[str, Any] = json_column()


class PolicyProposalRow(SQLModel, table=True):
    """A table, of rules or of figures, that somebody wants to hold. Never changed, only confirmed."""

    __tablename__ = "policy_proposal"

    version: str = Field(primary_key=True)
    kind: str = "approval"
    process: str | None = None
    site: str
    effective_from: datetime = time_column()
    body: dict[str, Any] = json_column()
    reason: str
    findings: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Nothing where it is figures."""
    proposed_by: str
    proposed_at: datetime = time_column()
    confirmed_by: str | None = None
    confirmed_at: datetime | None = time_column(nullable=True)


class SchedulePolicyRow(SQLModel, table=True):
    """A published schedule policy. Never changed: a new version is a new row."""

    __tablename__ = "schedule_policy"
    __table_args__ = (Index("schedule_policy_in_force", "site", "effective_from"),)

    version: str = Field(primary_key=True)
    site: str
    effective_from: datetime = time_column()
    published_at: datetime = time_column()
    proposed_by: str | None = None
    confirmed_by: str | None = None
    """Nobody where it came with the program."""
    body: dict[str, Any] = json_column()
