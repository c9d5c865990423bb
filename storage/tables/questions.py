"""The human step: questions, answers and who answers for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, text
from sqlmodel import Field, SQLModel

from storage.columns import json_column, number_column, time_column

BESIDE = 0
"""The step of a question that no step of its case asks: it stands beside the case, whatever becomes of that."""


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
    also_asked: dict[str, int] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Who asked for the same while it was open, each with the line of the trail that says so."""
    asked_at: datetime = time_column()
    due_at: datetime = time_column()
    rungs: list[dict[str, Any]] = json_column()
    escalation: int = 0
    """The highest rung reached, in percent of the time given."""
    choice: str | None = None
    reason: str = ""
    closed_at: datetime | None = time_column(nullable=True)
    closed_by: str | None = None
    claim: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Who sees to it, until when."""
    parked: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What it waits for, until when, and its deadlines as they were before."""
    assessment: int | None = None
    """Of which the options are that people answer for; nothing in questions asked before that was kept."""
    lapsed_at: datetime | None = time_column(nullable=True)
    """Since when its answers count no more, because what they were given for has become something else."""
    turn: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Who is waited for since others have agreed, and how long they are given; nothing as long as it is the first."""


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
    values: dict[str, str] | None = Field(default=None, sa_column=Column(JSON))
    """What was filled in."""
    attachments: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Digests of those it names."""
    signature: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """With which it was signed, and the digest of what was signed; nothing where it was not."""


class DelegationRow(SQLModel, table=True):
    """Who answers one question for whom. What was given is never changed, only ended."""

    __tablename__ = "delegation"

    number: int | None = number_column()
    question_id: str = Field(index=True)
    delegator: str
    delegate: str
    roles: list[str] = json_column()
    reason: str
    at: datetime = time_column()
    until: datetime | None = time_column(nullable=True)
    ended_by: str | None = None
    ended_at: datetime | None = time_column(nullable=True)


class SnoozeRow(SQLModel, table=True):
    """A question that somebody does not want in his list for now."""

    __tablename__ = "snooze"

    question_id: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    until: datetime = time_column()


class UsedSignatureRow(SQLModel, table=True):
    """What proved an answer that counted, such as a signed answer or a re-authentication; it proves no other."""

    __tablename__ = "used_signature"

    id: str = Field(primary_key=True)
    question_id: str
    person: str
    at: datetime = time_column()


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
