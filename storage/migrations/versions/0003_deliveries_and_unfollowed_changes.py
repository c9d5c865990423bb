"""Deliveries to receivers outside, and changes of facts that no case has taken notice of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")
_UNFOLLOWED = sa.text("unfollowed IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", "receiver"),
    )
    op.create_index(
        "delivery_to_do",
        "delivery",
        ["receiver", "case_id", "number"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.add_column("fact", sa.Column("unfollowed", sa.JSON(none_as_null=True), nullable=True))
    op.create_index("fact_not_followed", "fact", ["kind"], sqlite_where=_UNFOLLOWED, postgresql_where=_UNFOLLOWED)


def downgrade() -> None:
    op.drop_index("fact_not_followed", "fact")
    op.drop_column("fact", "unfollowed")
    op.drop_index("delivery_to_do", "delivery")
    op.drop_table("delivery")
