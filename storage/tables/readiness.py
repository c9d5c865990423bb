"""What the site calls ready, what is waived, and what was ready when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
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
    proposed_by: str | None = None
    confirmed_by: str | None = None
    """Nobody where it came with the program."""
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
    about: str = ""
    """Digest of what it is for as that was; nothing in waivers asked for before that was kept."""
    asked_by: str
    asked_at: datetime = time_column()
    waived_by: list[dict[str, Any]] = json_column()
    ended_by: str | None = None
    ended_at: datetime | None = time_column(nullable=True)


class FactNewsRow(SQLModel, table=True):
    """That a fact has changed, until those whom it concerns have been found."""

    __tablename__ = "fact_news"

    number: int | None = number_column()
    kind: str
    site: str
    key: str
    names: list[str] = json_column()
    """Under which it concerns somebody, as it was and as it is."""


class ThingRow(SQLModel, table=True):
    """Something whose readiness is kept over time."""

    __tablename__ = "thing"

    kind: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    due_at: datetime | None = time_column(nullable=True, index=True)
    """When it is to be judged again; nothing if time alone changes nothing."""


class ThingWatchRow(SQLModel, table=True):
    """Under which names a changed fact concerns a thing."""

    __tablename__ = "thing_watch"
    __table_args__ = (Index("watch_of_thing", "kind", "site", "key"),)

    name: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    key: str = Field(primary_key=True)


class SpellRow(SQLModel, table=True):
    """How long a judgement stood. Nothing but its end is ever changed."""

    __tablename__ = "readiness_spell"
    __table_args__ = (
        Index("spell_of_thing", "site", "kind", "key", "since"),
        # Never two at once, whoever judges at the same moment.
        Index(
            "one_open_spell", "site", "kind", "key", "predicate", unique=True,
            sqlite_where=text("until IS NULL"), postgresql_where=text("until IS NULL"),
        ),
        # In the order of the list of all that is not ready.
        Index(
            "spell_not_ready", "since", "number", "site", "kind", "predicate",
            sqlite_where=text("until IS NULL AND value != 'true'"),
            postgresql_where=text("until IS NULL AND value != 'true'"),
        ),
    )  # fmt: skip

    number: int | None = number_column()
    kind: str
    site: str
    key: str
    predicate: str
    value: str
    reasons: list[dict[str, Any]] = json_column()
    since: datetime = time_column()
    until: datetime | None = time_column(nullable=True)
    inputs: str
    policy_version: str
