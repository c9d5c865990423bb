"""The tables of our own database. Rows stay in this room; what travels is domain's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, String, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.columns import json_column, number_column, time_column


class FactRow(SQLModel, table=True):
    """What a source said last about one thing. Written by the intake, imports and the embedded plant."""

    __tablename__ = "fact"
    __table_args__ = (
        Index("fact_by_item", "kind", "item"),
        Index("fact_by_order", "kind", "order"),
        Index(
            "fact_not_followed", "kind",
            sqlite_where=text("unfollowed IS NOT NULL"), postgresql_where=text("unfollowed IS NOT NULL"),
        ),
    )  # fmt: skip

    kind: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    item: str | None = None
    order: str | None = None
    body: dict[str, Any] = json_column()
    source: str
    version: str
    as_of: datetime = time_column()
    unfollowed: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What it said when cases last took notice; nothing if what it says now is no news to them."""


class EventRow(SQLModel, table=True):
    """An event as it arrived. Written by the intake only."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("source", "event_id"), Index("event_to_do", "state", "due_at"))

    number: int | None = number_column()
    source: str
    event_id: str
    type: str
    subject: str | None = None
    time: datetime | None = time_column(nullable=True)
    data: Any = Field(default=None, sa_column=Column(JSON))
    digest: str
    received_at: datetime = time_column()
    received_from: str
    sites: list[str] | None = Field(default=None, sa_column=Column(JSON))
    state: str = "waiting"
    attempts: int = 0
    due_at: datetime = time_column()
    outcome: str = ""
    trace: dict[str, str] = json_column()
    """Of the request it came with, as W3C headers."""


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
    trail_length: int = 0
    hinted: bool = False
    seen: int = 0


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


class QuestionRow(SQLModel, table=True):
    """A question to people."""

    __tablename__ = "question"
    __table_args__ = (
        Index(
            "question_open", "due_at", "id", "site", "process",
            sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL"),
        ),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    process: str
    site: str
    subject: str
    step: int
    state: str
    draft: dict[str, Any] = json_column()
    further_roles: list[str] = json_column()
    evidence: str
    requester: str
    asked_at: datetime = time_column()
    due_at: datetime = time_column()
    rungs: list[dict[str, Any]] = json_column()
    escalation: int = 0
    """The highest rung reached, in percent of the time given."""
    choice: str | None = None
    reason: str = ""
    closed_at: datetime | None = time_column(nullable=True)
    closed_by: str | None = None


class QuestionRoleRow(SQLModel, table=True):
    """Which roles a question is open to, for finding one's own."""

    __tablename__ = "question_role"

    question_id: str = Field(primary_key=True)
    role: str = Field(primary_key=True, index=True)


class AnswerRow(SQLModel, table=True):
    """An answer that stands. One for each person and question."""

    __tablename__ = "answer"

    question_id: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    role: str
    choice: str
    reason: str
    channel: str
    at: datetime = time_column()
    on_behalf_of: str | None = None


class UsedSignatureRow(SQLModel, table=True):
    """A signed answer that counted; it does not count again."""

    __tablename__ = "used_signature"

    id: str = Field(primary_key=True)
    question_id: str
    person: str
    at: datetime = time_column()


class CommandRow(SQLModel, table=True):
    """What a case was told besides answers."""

    __tablename__ = "command"

    number: int | None = number_column()
    case_id: str = Field(index=True)
    kind: str
    reason: str
    by: str
    at: datetime = time_column()


class TrailRow(SQLModel, table=True):
    """One line of a case's history. Never changed, never deleted."""

    __tablename__ = "trail"

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


class EffectRow(SQLModel, table=True):
    """A write into another system, by its key."""

    __tablename__ = "effect"

    key: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    body: dict[str, Any] = json_column()
    state: str
    answer: str = ""
    at: datetime = time_column()


class AppliedEffectRow(SQLModel, table=True):
    """The embedded plant's own memory of the writes it took, by key."""

    __tablename__ = "applied_effect"

    key: str = Field(primary_key=True)
    reference: str
    undo: list[dict[str, Any]] = json_column()


class OutboxRow(SQLModel, table=True):
    """Something to tell the engine or the outside; stays until the receiver acknowledged it."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_to_do", "state", "due_at"),)

    number: int | None = number_column()
    kind: str
    case_id: str = Field(index=True)
    target: str
    body: dict[str, Any] = json_column()
    created_at: datetime = time_column()
    due_at: datetime = time_column()
    attempts: int = 0
    state: str = "waiting"
    error: str = ""
    sent_at: datetime | None = time_column(nullable=True)
    trace: dict[str, str] = json_column()
    """Of what it tells of, as W3C headers."""


class DeliveryRow(SQLModel, table=True):
    """A message of the outbox on its way to one receiver outside."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "delivery_to_do", "receiver", "case_id", "number",
            sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'"),
        ),
    )  # fmt: skip

    number: int = Field(primary_key=True)
    """Of the message."""
    receiver: str = Field(primary_key=True)
    case_id: str
    state: str = "waiting"
    attempts: int = 0
    due_at: datetime = time_column()
    error: str = ""
    sent_at: datetime | None = time_column(nullable=True)


class PolicyRow(SQLModel, table=True):
    """A published approval policy. Never changed: a new version is a new row."""

    __tablename__ = "policy"
    __table_args__ = (Index("policy_in_force", "process", "site", "effective_from"),)

    version: str = Field(primary_key=True)
    process: str
    site: str
    effective_from: datetime = time_column()
    published_at: datetime = time_column()
    body: dict[str, Any] = json_column()


class RequestRow(SQLModel, table=True):
    """A request that changed something, with the answer it got, so that a repeated one gets the same."""

    __tablename__ = "request"

    caller: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    answer: dict[str, Any] = json_column()
    at: datetime = time_column(index=True)


class CredentialRow(SQLModel, table=True):
    """A key or token, by its hash."""

    __tablename__ = "credential"

    id: str = Field(primary_key=True)
    sha256: str
    principal: dict[str, Any] = json_column()
    sites: list[str] = json_column()
    scopes: list[str] = json_column()
    revoked_at: datetime | None = time_column(nullable=True)
