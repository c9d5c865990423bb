"""When the next moment of a fact comes, and the moments that have come."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_DUE = sa.text("due_at IS NOT NULL")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    op.create_table(
        "moment",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("became", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.add_column("fact", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("fact_due", "fact", ["due_at"], sqlite_where=_DUE, postgresql_where=_DUE)
    # What is known already is looked at once, a few at a time: only the program can tell when its moments come.
    fact = sa.table("fact", sa.column("kind", sa.String()), sa.column("due_at", sa.DateTime(timezone=True)))
    kinds = ("shipment", "slot", "receipt", "job", "lot", "inspection", "hold")
    long_ago = _LONG_AGO.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else _LONG_AGO
    op.execute(fact.update().where(fact.c.kind.in_(kinds)).values(due_at=long_ago))


def downgrade() -> None:
    op.drop_index("fact_due", "fact")
    op.drop_column("fact", "due_at")
    op.drop_table("moment")
