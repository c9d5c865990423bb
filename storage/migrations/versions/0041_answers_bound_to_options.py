"""Which options a question was answered for, and since when its answers count no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("question", sa.Column("assessment", sa.Integer(), nullable=True))
    op.add_column("question", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("question", "lapsed_at")
    op.drop_column("question", "assessment")
