"""Where people are told, and the notices on their way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("mail", sa.String(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("digest_at", sa.Time(), nullable=True),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "notice",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("notice_to_do", "notice", ["channel", "due_at"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_table(
        "notice_line",
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("message", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("question_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("notice", "message"),
    )
    op.create_index("ix_notice_line_question_id", "notice_line", ["question_id"])


def downgrade() -> None:
    op.drop_index("ix_notice_line_question_id", "notice_line")
    op.drop_table("notice_line")
    op.drop_index("notice_to_do", "notice")
    op.drop_table("notice")
    op.drop_table("contact")
