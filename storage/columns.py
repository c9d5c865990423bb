"""The kinds of column our tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field


class UtcTime(TypeDecorator[datetime]):
    """A moment, always UTC; SQLite has no zones, so it is kept there without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def time_column(*, nullable: bool = False, index: bool = False) -> Any:
    """A moment."""
    return Field(default=None, sa_column=Column(UtcTime, nullable=nullable, index=index))


def json_column() -> Any:
    """Anything that JSON can say."""
    return Field(sa_column=Column(JSON, nullable=False))


def number_column() -> Any:
    """A primary key that counts up by itself."""
    return Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
