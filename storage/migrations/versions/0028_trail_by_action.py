"""Lines of the trail are found by what was done, whichever case it was done to."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("trail_by_action", "trail", ["action", "at"])


def downgrade() -> None:
    op.drop_index("trail_by_action", "trail")
