"""Keys end, and are for some sources and types of event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Keys that were given out before are for all of them, and end when they are revoked.
    op.add_column("credential", sa.Column("sources", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("credential", sa.Column("kinds", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("credential", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("credential", "expires_at")
    op.drop_column("credential", "kinds")
    op.drop_column("credential", "sources")
