"""How a check turns what it found into evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.evidence import NO_SOURCE, Evidence, Reason, Verdict, digest
from domain.fact import Reading

FRESH: dict[str, timedelta] = {
    "order": timedelta(minutes=15),
    "availability": timedelta(minutes=15),
    "capacity": timedelta(minutes=60),
    "quality": timedelta(0),
    "work_in_process": timedelta(minutes=15),
    "dispatch": timedelta(minutes=15),
    "pegging": timedelta(minutes=15),
    "disturbance": timedelta(0),
    "schedule": timedelta(minutes=60),
    "shipment": timedelta(0),
    "lot": timedelta(0),
    "scope": timedelta(0),
    "where_used": timedelta(minutes=15),
    "readiness": timedelta(0),
    "shortage": timedelta(minutes=15),
    "sources": timedelta(minutes=15),
}
"""How long evidence may be relied on, by check. What quality and readiness rest on is read again at every
commit (processes 1.0.5)."""


class Found(BaseModel):
    """What a check found, as the options read it."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


def evidence(
    check: str,
    found: Found,
    verdict: Verdict,
    reasons: Iterable[Reason],
    readings: Iterable[Reading[Any]],
    at: datetime,
    asked: Any,
) -> Evidence:
    """What *check* says at *at*, resting on *readings*; *asked* is all that its finding depends on besides them."""
    told = tuple(readings)
    return Evidence(
        check=check,
        verdict=verdict,
        reasons=tuple(reasons),
        values=found.model_dump(mode="json"),
        source=", ".join(sorted({reading.source for reading in told})) or NO_SOURCE,
        source_version=digest(sorted(f"{r.fact.kind}/{r.fact.site}/{r.fact.key}@{r.version}" for r in told))[:16],
        as_of=min((reading.as_of for reading in told), default=at),
        valid_until=at + FRESH[check],
        inputs=digest(asked),
    )


def unknown(check: str, why: str, thing: str, at: datetime, code: str = "source_unknown") -> Evidence:
    """What is said when the source could not say, or did not answer: unknown, which is never a pass."""
    return Evidence(
        check=check,
        verdict=Verdict.UNKNOWN,
        reasons=(Reason(code=code, thing=thing, text=why),),
        source=NO_SOURCE,
        source_version="",
        as_of=at,
        valid_until=at,
    )
