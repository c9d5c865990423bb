"""Days of which the report was sent, and notices that bring one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_report",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "day"),
    )
    op.add_column("notice_line", sa.Column("day", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("notice_line", "day")
    op.drop_table("daily_report")
