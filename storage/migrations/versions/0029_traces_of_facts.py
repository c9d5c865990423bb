"""By which lot, machine, gauge and delivery a fact is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_AT_ONCE = 1000


def upgrade() -> None:
    trace = op.create_table(
        "fact_trace",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "site", "trace", "key"),
    )
    op.create_index("fact_trace_of", "fact_trace", ["kind", "site", "key"])
    rows: list[dict[str, str]] = []
    for found in _known():
        rows += found
        if len(rows) >= _AT_ONCE:
            op.bulk_insert(trace, rows)
            rows = []
    op.bulk_insert(trace, rows)


def downgrade() -> None:
    op.drop_table("fact_trace")


def _known() -> Iterator[list[dict[str, str]]]:
    """Under what each fact that is known already is found."""
    known = sa.text(
        "SELECT kind, site, key, body FROM fact WHERE kind IN ('lot', 'inspection', 'shipment', 'allocation')"
    )
    for kind, site, key, body in op.get_bind().execute(known).fetchall():
        said = json.loads(body) if isinstance(body, str) else body
        traces = {f"{field}={name}" for field, name in _said(kind, said) if name is not None}
        yield [{"kind": kind, "site": site, "trace": trace, "key": key} for trace in sorted(traces)]


def _said(kind: str, body: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    if kind == "shipment":
        for line in body["lines"]:
            yield from (("lots", lot) for lot in line.get("lots", ()))
        return
    yield from (("made_from", lot) for lot in body.get("made_from", ()))
    fields = {"lot": ("made_on", "delivery"), "inspection": ("lot", "gauge"), "allocation": ("lot",)}[kind]
    yield from ((field, body.get(field)) for field in fields)
