"""Items of which more is wanted than before, until somebody has looked whether it is there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "further_demand",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("needed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("further_demand_at_site", "further_demand", ["site", "needed_at"])


def downgrade() -> None:
    op.drop_table("further_demand")
