"""Slots that are known already have one moment more, at which their vehicle is to be confirmed again."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    # Looked at once, a few at a time: only the program can tell when their moments come.
    long_ago = _LONG_AGO.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else _LONG_AGO
    for name, kind in (("fact", "slot"), ("thing", "shipment")):
        table = sa.table(name, sa.column("kind", sa.String()), sa.column("due_at", sa.DateTime(timezone=True)))
        waits = sa.and_(table.c.kind == kind, table.c.due_at.is_not(None))
        op.execute(table.update().where(waits).values(due_at=long_ago))


def downgrade() -> None:
    """What was looked at once more needs nothing taken back."""
