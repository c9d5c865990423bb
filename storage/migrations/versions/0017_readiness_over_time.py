"""What was ready when, and what must be judged again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_OPEN = sa.text("until IS NULL")
_NOT_READY = sa.text("until IS NULL AND value != 'true'")


def upgrade() -> None:
    op.create_table(
        "fact_news",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "thing",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "site", "key"),
    )
    op.create_index("ix_thing_due_at", "thing", ["due_at"])
    op.create_table(
        "thing_watch",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "kind", "site", "key"),
    )
    op.create_index("watch_of_thing", "thing_watch", ["kind", "site", "key"])
    op.create_table(
        "readiness_spell",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("predicate", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inputs", sa.String(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("spell_of_thing", "readiness_spell", ["site", "kind", "key", "since"])
    op.create_index(
        "one_open_spell", "readiness_spell", ["site", "kind", "key", "predicate"], unique=True,
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip
    op.create_index(
        "spell_not_ready", "readiness_spell", ["since", "number", "site", "kind", "predicate"],
        sqlite_where=_NOT_READY, postgresql_where=_NOT_READY,
    )  # fmt: skip


def downgrade() -> None:
    for table in ("readiness_spell", "thing_watch", "thing", "fact_news"):
        op.drop_table(table)
