"""Figures of a site that one proposes and another confirms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("readiness_policy", "schedule_policy"):
        op.add_column(table, sa.Column("proposed_by", sa.String(), nullable=True))
        op.add_column(table, sa.Column("confirmed_by", sa.String(), nullable=True))
    op.add_column("policy_proposal", sa.Column("kind", sa.String(), nullable=False, server_default="approval"))
    with op.batch_alter_table("policy_proposal") as batch_op:
        batch_op.alter_column("process", existing_type=sa.String(), nullable=True)
        batch_op.alter_column("findings", existing_type=sa.JSON(), nullable=True)


def downgrade() -> None:
    # What was proposed of figures has no place in the shape before.
    op.execute("DELETE FROM policy_proposal WHERE kind <> 'approval'")
    with op.batch_alter_table("policy_proposal") as batch_op:
        batch_op.alter_column("findings", existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column("process", existing_type=sa.String(), nullable=False)
        batch_op.drop_column("kind")
    for table in ("schedule_policy", "readiness_policy"):
        op.drop_column(table, "confirmed_by")
        op.drop_column(table, "proposed_by")
