"""Who took back what he asked for, while others still ask for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_file", sa.Column("taken_back", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("case_file", "taken_back")
