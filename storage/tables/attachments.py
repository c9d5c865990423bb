"""Documents and pictures that belong to cases, and what is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import json_column, number_column, time_column


class AttachmentRow(SQLModel, table=True):
    """A document or picture of a case, once for each content. Never changed, never deleted."""

    __tablename__ = "attachment"
    __table_args__ = (UniqueConstraint("case_id", "digest", name="attachment_once"),)

    number: int | None = number_column()
    case_id: str
    digest: str
    name: str
    kind: str
    size: int
    by: dict[str, Any] = json_column()
    at: datetime = time_column()


class ContentPartRow(SQLModel, table=True):
    """A part of what has this digest, kept once however many cases it belongs to. Never changed, never deleted."""

    __tablename__ = "content_part"

    digest: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    """From 0; every part but the last is equally long."""
    content: bytes = Field(sa_type=LargeBinary)
