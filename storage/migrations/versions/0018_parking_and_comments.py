"""What is parked, what somebody has put off for himself, and comments with whom they call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("question", sa.Column("parked", sa.JSON(), nullable=True))
    op.create_table(
        "snooze",
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question_id", "person"),
    )
    op.create_table(
        "comment",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("by", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_comment_case_id", "comment", ["case_id"])
    op.create_table(
        "mention",
        sa.Column("comment", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("comment", "person"),
    )
    op.create_index("ix_mention_person", "mention", ["person"])


def downgrade() -> None:
    op.drop_index("ix_mention_person", "mention")
    op.drop_table("mention")
    op.drop_index("ix_comment_case_id", "comment")
    op.drop_table("comment")
    op.drop_table("snooze")
    op.drop_column("question", "parked")
