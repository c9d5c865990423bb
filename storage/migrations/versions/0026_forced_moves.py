"""Moves by force, and which run of a case may still write."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("case_file", "effect"):
        op.add_column(table, sa.Column("forced", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "forced_move",
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("assessment", sa.Integer(), nullable=False),
        sa.Column("stopped", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("became", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("question_id"),
    )
    op.create_index("ix_forced_move_case_id", "forced_move", ["case_id"])
    op.create_index("forced_move_at_site", "forced_move", ["site", "at"])


def downgrade() -> None:
    op.drop_index("forced_move_at_site", "forced_move")
    op.drop_index("ix_forced_move_case_id", "forced_move")
    op.drop_table("forced_move")
    for table in ("effect", "case_file"):
        op.drop_column(table, "forced")
