"""What the identity provider is asked with again, and groups it has not spoken of for too long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("refresh", sa.String(), nullable=True))
    op.add_column("session", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("member", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("member", "lapsed_at")
    op.drop_column("session", "asked_at")
    op.drop_column("session", "refresh")
