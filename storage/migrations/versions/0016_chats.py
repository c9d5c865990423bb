"""What people are called in a chat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("chat", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("contact", "chat")
