"""Answers with which their signature is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("answer", sa.Column("signature", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("answer", "signature")
