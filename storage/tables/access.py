"""Who is at the door: keys, groups and who is in them, and requests already answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from storage.columns import json_column, time_column


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
    sources: list[str] = json_column()
    kinds: list[str] = json_column()
    expires_at: datetime | None = time_column(nullable=True)
    revoked_at: datetime | None = time_column(nullable=True)


class GroupRoleRow(SQLModel, table=True):
    """A role at a site that whoever is in a group of the identity provider holds."""

    __tablename__ = "group_role"

    group: str = Field(primary_key=True)
    site: str = Field(primary_key=True)
    role: str = Field(primary_key=True)


class MemberRow(SQLModel, table=True):
    """A person as the identity provider described him last."""

    __tablename__ = "member"

    person: str = Field(primary_key=True)
    name: str
    groups: list[str] = json_column()
    told_at: datetime = time_column()
    lapsed_at: datetime | None = time_column(nullable=True)
    """Since when they give him no roles, as the provider has said nothing for too long; its next word ends that."""


class AccountRow(SQLModel, table=True):
    """A person who may come in with a password of ours."""

    __tablename__ = "account"

    person: str = Field(primary_key=True)
    name: str
    password: str
    """Its Argon2 hash, which says itself how it was made."""
    changed_at: datetime = time_column()
    disabled_at: datetime | None = time_column(nullable=True)


class SessionRow(SQLModel, table=True):
    """A browser in which somebody has logged in, by the hash of its cookie."""

    __tablename__ = "session"

    sha256: str = Field(primary_key=True)
    principal: dict[str, Any] = json_column()
    person: str = Field(index=True)
    way: str
    """How it was proven who he is: ``password``, ``provider``, ``link``."""
    begun_at: datetime = time_column()
    seen_at: datetime = time_column()
    ends_at: datetime = time_column(index=True)
    refresh: str | None = None
    """The provider's refresh token, if it gave one, under a key that only the browser has."""
    asked_at: datetime | None = time_column(nullable=True)
    """When the provider was last asked with it."""


class TicketRow(SQLModel, table=True):
    """Something that may be shown once, by its hash."""

    __tablename__ = "ticket"

    sha256: str = Field(primary_key=True)
    kind: str
    body: dict[str, Any] = json_column()
    ends_at: datetime = time_column(index=True)


class FailureRow(SQLModel, table=True):
    """How many passwords were wrong of one name, from one address, or both; by the hash of what it is."""

    __tablename__ = "failure"

    sha256: str = Field(primary_key=True)
    failures: int
    last_at: datetime = time_column()
    known_until: datetime | None = time_column(nullable=True)
    """Until when whoever has the name is known at the address."""
    ends_at: datetime = time_column(index=True)
    """When nothing is left of it."""
