"""Evidence: what a check found, from which source, and how long it may be relied on."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.roles import Role


def digest(value: Any) -> str:
    """SHA-256 over the canonical JSON of *value*, in hexadecimal. Pydantic models go in as they serialise."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Verdict(StrEnum):
    """What a check says. ``unknown`` never counts as a pass."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


class Reason(BaseModel):
    """Why a verdict is not a plain pass: what, about which thing, and who can mend it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str
    thing: str
    owner: Role | None = None
    text: str


class Evidence(BaseModel):
    """What one check found."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    check: str
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    values: dict[str, Any] = {}
    """What the options are computed from, as the check's own model serialises it."""
    source: str
    source_version: str
    as_of: AwareDatetime
    valid_until: AwareDatetime
    inputs: str = ""
    """Digest of what was asked, so that the same question need not be asked twice."""

    @property
    def digest(self) -> str:
        """What a decision is bound to: the finding, without the times it was read at."""
        return digest([self.check, self.verdict, [r.model_dump(mode="json") for r in self.reasons], self.values])


def pack_digest(pack: tuple[Evidence, ...]) -> str:
    """The digest of all the evidence for one decision."""
    return digest([[evidence.check, evidence.digest] for evidence in sorted(pack, key=lambda e: e.check)])


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The verdict of checks taken together: any fail fails, else any unknown is unknown, else any warning warns."""
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN):
        if verdict in verdicts:
            return verdict
    return Verdict.PASS
