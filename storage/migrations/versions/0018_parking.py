"""Questions that are parked, and questions that somebody has put off for himself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("question", sa.Column("parked", sa.JSON(), nullable=True))
    op.create_table(
        "snooze",
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question_id", "person"),
    )


def downgrade() -> None:
    op.drop_table("snooze")
    op.drop_column("question", "parked")
