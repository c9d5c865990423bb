"""Who follows what. Whoever tells people of changes reads it; only its person writes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.columns import time_column


class FollowingRow(SQLModel, table=True):
    """Somebody wants to hear what happens to a case, or to the cases about an order."""

    __tablename__ = "following"
    __table_args__ = (Index("following_by_key", "site", "what", "key"),)

    person: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    what: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    """The number of the case, or the name of the order."""
    since: datetime = time_column()
