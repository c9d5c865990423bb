"""Cases, what was found out and decided about each, and its trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, String, text
from sqlmodel import Field, SQLModel

from storage.columns import json_column, number_column, time_column


class CaseNumberRow(SQLModel, table=True):
    """Hands out case numbers."""

    __tablename__ = "case_number"

    number: int | None = number_column()


class CaseRow(SQLModel, table=True):
    """A case. Its state is written by its own workflow only."""

    __tablename__ = "case_file"
    __table_args__ = (
        # Never two open cases about one subject, whoever opens them at the same moment.
        Index(
            "one_open_case",
            "workflow_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL AND NOT queued"),
            postgresql_where=text("closed_at IS NULL AND NOT queued"),
        ),
        Index("case_by_subject", "subject", "site"),
        # In the order of the list, and with all that it is filtered by: however many are open, few rows are read.
        Index(
            "case_open", "number", "site", "process", "state", "owner",
            sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL"),
        ),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    number: int = Field(unique=True)
    process: str
    site: str
    subject: str
    workflow_id: str
    state: str
    since: datetime = time_column()
    version: int = 0
    assessment: int = 0
    owner: str
    due_at: datetime | None = time_column(nullable=True)
    request: dict[str, Any] = json_column()
    before: dict[str, Any] = json_column()
    fingerprint: str
    requester: dict[str, Any] = json_column()
    channel: str
    policy: str
    chosen: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    because: str = ""
    opened_at: datetime = time_column()
    closed_at: datetime | None = time_column(nullable=True)
    queued: bool = False
    supersedes: str | None = Field(default=None, index=True)
    caused_by: str | None = Field(default=None, index=True)
    further: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSON))
    """What else was asked and taken in."""
    also_asked: dict[str, int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Which other people asked for what it does, each with the line of the trail that says so."""
    taken_back: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Who asked for it and does no more, while others do."""
    trail_length: int = 0
    hinted: bool = False
    seen: int = 0
    forced: int = 0
    """How often it was moved by force."""


class ForcedMoveRow(SQLModel, table=True):
    """A move that somebody made by hand, and what became of it."""

    __tablename__ = "forced_move"
    __table_args__ = (Index("forced_move_at_site", "site", "at"),)

    question_id: str = Field(primary_key=True)
    """Whether it stands."""
    case_id: str = Field(index=True)
    site: str
    from_state: str
    to_state: str
    reason: str
    by: dict[str, Any] = json_column()
    at: datetime = time_column()
    due_at: datetime = time_column()
    step: int
    """The one it made."""
    assessment: int
    """The latest one before."""
    stopped: list[str] = json_column()
    """The questions that were no longer asked by it."""
    outcome: str = "open"
    settled_by: str = ""
    settled_at: datetime | None = time_column(nullable=True)
    became: str = ""


class WatchRow(SQLModel, table=True):
    """What a case waits for where it is now."""

    __tablename__ = "watch"

    name: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True, index=True)


class EvidenceRow(SQLModel, table=True):
    """What a check found."""

    __tablename__ = "evidence"

    case_id: str = Field(primary_key=True)
    assessment: int = Field(primary_key=True)
    check: str = Field(primary_key=True)
    body: dict[str, Any] = json_column()


class ProposalRow(SQLModel, table=True):
    """The options and rulings of an assessment."""

    __tablename__ = "proposal"

    case_id: str = Field(primary_key=True)
    assessment: int = Field(primary_key=True)
    body: dict[str, Any] = json_column()


class CommandRow(SQLModel, table=True):
    """What a case was told besides answers."""

    __tablename__ = "command"

    number: int | None = number_column()
    case_id: str = Field(index=True)
    kind: str
    reason: str
    by: str
    at: datetime = time_column()


class EffectRow(SQLModel, table=True):
    """A write into another system, by its key."""

    __tablename__ = "effect"

    key: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    body: dict[str, Any] = json_column()
    state: str
    answer: str = ""
    at: datetime = time_column()
    forced: int = 0
    """How often its case had been moved by force when it was planned."""


class TrailRow(SQLModel, table=True):
    """One line of a case's history. Never changed, never deleted."""

    __tablename__ = "trail"
    __table_args__ = (Index("trail_by_action", "action", "at"),)

    case_id: str = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    at: datetime = time_column()
    action: str
    by: dict[str, Any] = json_column()
    channel: str
    role: str | None = None
    from_state: str | None = None
    to_state: str | None = None
    reason: str = ""
    details: dict[str, Any] = json_column()
    once: str | None = Field(default=None, sa_column=Column(String, unique=True))
    """Makes a line that may be written again the same line."""
