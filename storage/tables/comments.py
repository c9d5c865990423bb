"""What people write about cases, and whom they call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from storage.columns import json_column, number_column, time_column


class CommentRow(SQLModel, table=True):
    """A comment. Never changed."""

    __tablename__ = "comment"

    number: int | None = number_column()
    case_id: str = Field(index=True)
    site: str
    by: dict[str, Any] = json_column()
    at: datetime = time_column()
    text: str
    attachments: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """Digests of those that go with it."""


class MentionRow(SQLModel, table=True):
    """Somebody whom a comment calls."""

    __tablename__ = "mention"

    comment: int = Field(primary_key=True)
    """Its number."""
    person: str = Field(primary_key=True, index=True)
    place: int
    """In the order the comment names them."""
