"""How people are told: where each is reached, and the notices on their way."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from storage.columns import json_column, number_column, time_column


class ContactRow(SQLModel, table=True):
    """Where a person is told, and when."""

    __tablename__ = "contact"

    person: str = Field(primary_key=True)
    mail: str | None = None
    chat: str | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_at: time | None = None
    without: list[str] = json_column()
    """What he does not want to hear of."""


class NoticeRow(SQLModel, table=True):
    """A notice to one person, or one room, by one channel, with all that it tells."""

    __tablename__ = "notice"
    __table_args__ = (
        Index(
            "notice_to_do", "channel", "due_at",
            sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'"),
        ),
    )  # fmt: skip

    number: int | None = number_column()
    person: str
    """Empty for a room, which is a channel of its own."""
    channel: str
    held: bool
    """Whether it waits for a better hour; until then more may be added to it."""
    created_at: datetime = time_column()
    due_at: datetime = time_column()
    state: str = "waiting"
    """``waiting``, ``delivered``, ``overtaken`` or ``dead``."""
    attempts: int = 0
    """Tries that were begun."""
    error: str = ""
    sent_at: datetime | None = time_column(nullable=True)


class NoticeLineRow(SQLModel, table=True):
    """One thing that a notice tells."""

    __tablename__ = "notice_line"

    notice: int = Field(primary_key=True)
    message: int = Field(primary_key=True)
    """Of the outbox, that tells it."""
    occasion: str
    question_id: str = Field(index=True)
    """Empty where it tells of the case itself."""
    case_id: str = Field(index=True)
    """Empty where it tells of a day."""
    site: str
    role: str
    """In which the person is told."""
    told: bool = False
    """Whether it was in what arrived: a notice may leave without what is over by then."""
    trail_line: int | None = None
    """Of the case, that says who did what is told; nothing where nobody needs to know."""
    day: date | None = None
    """Of the site, where its report is told, which is of no case."""


class DailyReportRow(SQLModel, table=True):
    """A day of a site of which the report was sent: to whoever wanted it then, and never again."""

    __tablename__ = "daily_report"

    site: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    sent_at: datetime = time_column()
