"""What other systems said: facts, and events as they arrived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
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
        Index(
            "fact_due", "due_at",
            sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL"),
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
    known_better: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    """What the source said, by field, where somebody has told us ourselves what is so."""
    due_at: datetime | None = time_column(nullable=True)
    """When its next moment comes; nothing if it has none that nobody looked at."""


class GovernedChangeRow(SQLModel, table=True):
    """That something changed which somebody should have decided. Written together with the fact."""

    __tablename__ = "governed_change"
    __table_args__ = (
        Index("governed_change_at_site", "site", "at"),
        Index("governed_change_of_thing", "kind", "site", "key"),
    )

    number: int | None = number_column()
    kind: str
    site: str
    key: str
    at: datetime = time_column()
    source: str
    version: str
    fields: list[str] = json_column()
    """What is different."""
    decided: bool
    """Whether we wrote it, so that a decision stands behind it."""
    became: str = ""
    """The cases about it."""


class TraceRow(SQLModel, table=True):
    """A name under which a fact is looked up. Written together with the fact."""

    __tablename__ = "fact_trace"
    __table_args__ = (Index("fact_trace_of", "kind", "site", "key"),)

    kind: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    trace: str = Field(primary_key=True)
    key: str = Field(primary_key=True)


class FurtherDemandRow(SQLModel, table=True):
    """That more of an item is wanted than before, until somebody has looked whether it is there."""

    __tablename__ = "further_demand"
    __table_args__ = (Index("further_demand_at_site", "site", "needed_at"),)

    number: int | None = number_column()
    site: str
    item: str
    needed_at: datetime = time_column()


class MomentRow(SQLModel, table=True):
    """A moment of a fact that has come, so that it does not come again. Written by the sweep only."""

    __tablename__ = "moment"

    key: str = Field(primary_key=True)
    at: datetime = time_column()
    """When it was looked at."""
    became: str
    """What came of it."""


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


class AppliedEffectRow(SQLModel, table=True):
    """The embedded plant's own memory of the writes it took, by key."""

    __tablename__ = "applied_effect"

    key: str = Field(primary_key=True)
    reference: str
    undo: list[dict[str, Any]] = json_column()
