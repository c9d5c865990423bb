"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from console.output import refuse


def written_time(text: str) -> str:
    """The time in RFC 3339. A date alone is its beginning in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"{text} is no date; write it as in 2026-12-01 or 2026-12-01T12:00:00+01:00.")
    if found.tzinfo is None:
        if len(text) != len(date.min.isoformat()):
            refuse(f"{text} names no time zone; write the offset, as in 2026-12-01T12:00:00+01:00.")
        found = found.replace(tzinfo=UTC)
    return found.isoformat()
