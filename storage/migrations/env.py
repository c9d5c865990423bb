"""Where Alembic runs the migrations: on the connection it is given, in the transaction that is open there."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from storage.columns import UtcTime


def _plain_type(kind: str, thing: Any, _context: AutogenContext) -> str | Literal[False]:
    # A migration must not change with the tables, so it names plain types instead of ours.
    if kind == "type" and isinstance(thing, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, AutoString):
        return "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_plain_type,
)
context.run_migrations()
