"""Everybody who asked for what a case does, and for what a question is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("also_asked", sa.JSON(), nullable=True))
    op.add_column("question", sa.Column("also_asked", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("question", "also_asked")
    op.drop_column("case_file", "also_asked")
