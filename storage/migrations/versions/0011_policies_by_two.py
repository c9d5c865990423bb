"""Policies that one proposes and another confirms, and that may end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_proposal",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("version"),
    )
    op.add_column("policy", sa.Column("effective_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("policy", sa.Column("proposed_by", sa.String(), nullable=True))
    op.add_column("policy", sa.Column("confirmed_by", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("policy", "confirmed_by")
    op.drop_column("policy", "proposed_by")
    op.drop_column("policy", "effective_until")
    op.drop_table("policy_proposal")
