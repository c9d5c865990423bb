"""The trail only grows: the database itself refuses to change or delete a line.

Whoever may drop triggers can still get round it. A later migration that rebuilds the table on SQLite loses the
triggers there and has to make them anew.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WHY = "The trail only grows: no line is changed or deleted."

_ON_POSTGRESQL = (
    f"""
    CREATE FUNCTION trail_only_grows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{_WHY}'; END $$
    """,
    """
    CREATE TRIGGER trail_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON trail
    FOR EACH STATEMENT EXECUTE FUNCTION trail_only_grows()
    """,
)

_ON_SQLITE = (
    f"CREATE TRIGGER trail_not_changed BEFORE UPDATE ON trail BEGIN SELECT RAISE(ABORT, '{_WHY}'); END",
    f"CREATE TRIGGER trail_not_deleted BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, '{_WHY}'); END",
    # INSERT OR REPLACE deletes without asking the trigger above.
    f"""
    CREATE TRIGGER trail_not_replaced BEFORE INSERT ON trail
    WHEN EXISTS (
        SELECT 1 FROM trail
        WHERE (case_id = NEW.case_id AND sequence = NEW.sequence) OR once = NEW.once
    )
    BEGIN SELECT RAISE(ABORT, '{_WHY}'); END
    """,  # noqa: S608
)


def upgrade() -> None:
    for statement in _ON_SQLITE if op.get_bind().dialect.name == "sqlite" else _ON_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for trigger in ("trail_not_changed", "trail_not_deleted", "trail_not_replaced"):
            op.execute(f"DROP TRIGGER {trigger}")
    else:
        op.execute("DROP TRIGGER trail_only_grows ON trail")
        op.execute("DROP FUNCTION trail_only_grows")
