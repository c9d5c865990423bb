"""What people do not want to hear of, and notices of cases besides those of questions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("without", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("notice_line", sa.Column("trail_line", sa.Integer(), nullable=True))
    op.create_index("ix_notice_line_case_id", "notice_line", ["case_id"])


def downgrade() -> None:
    op.drop_index("ix_notice_line_case_id", "notice_line")
    op.drop_column("notice_line", "trail_line")
    op.drop_column("contact", "without")
