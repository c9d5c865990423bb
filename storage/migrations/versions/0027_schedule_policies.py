"""By what a site makes its plans, by version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedule_policy",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index("schedule_policy_in_force", "schedule_policy", ["site", "effective_from"])


def downgrade() -> None:
    op.drop_index("schedule_policy_in_force", "schedule_policy")
    op.drop_table("schedule_policy")
