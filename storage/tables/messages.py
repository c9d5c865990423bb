"""What leaves: messages, and their way to each receiver."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from storage.columns import json_column, number_column, time_column


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
