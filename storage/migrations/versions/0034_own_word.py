"""Where we know more of a thing than the system that speaks of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fact", sa.Column("known_better", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("fact", "known_better")
