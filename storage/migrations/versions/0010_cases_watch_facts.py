"""Cases watch facts and cause one another; answers fill in forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", "case_id"),
    )
    with op.batch_alter_table("watch") as batch_op:
        batch_op.create_index("ix_watch_case_id", ["case_id"], unique=False)
    with op.batch_alter_table("answer") as batch_op:
        batch_op.add_column(sa.Column("values", sa.JSON(), nullable=True))
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.add_column(sa.Column("caused_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("further", sa.JSON(), nullable=True))
        batch_op.create_index("ix_case_file_caused_by", ["caused_by"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.drop_index("ix_case_file_caused_by")
        batch_op.drop_column("further")
        batch_op.drop_column("caused_by")
    with op.batch_alter_table("answer") as batch_op:
        batch_op.drop_column("values")
    with op.batch_alter_table("watch") as batch_op:
        batch_op.drop_index("ix_watch_case_id")

    op.drop_table("watch")
