"""What a waiver is for as it was when it was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waiver", sa.Column("about", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("waiver", "about")
