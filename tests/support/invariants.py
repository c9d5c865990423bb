"""What must hold of every record, whatever happened."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.database import Database
from storage.invariants import broken_invariants


async def check_invariants(database: Database) -> None:
    """Fails naming what does not hold."""
    found = [found async for found in broken_invariants(database, datetime.now(UTC))]
    assert not found, "\n".join(f"{one.invariant} {one.row}: {one.what}" for one in found)
