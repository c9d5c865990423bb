"""Evidence: what a check found, from which source, and how long it may be relied on."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.roles import Role
from domain.words import in_words


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


NO_SOURCE: Final = "none"
"""What stands for a source where no single one told."""


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
    def told_by(self) -> str:
        """The systems it rests on, in words; empty where it rests on what is known of all of them."""
        return "" if self.source == NO_SOURCE else self.source

    @property
    def digest(self) -> str:
        """What a decision is bound to: the finding, without the times it was read at."""
        return digest([self.check, self.verdict, [r.model_dump(mode="json") for r in self.reasons], self.values])


def pack_digest(pack: tuple[Evidence, ...]) -> str:
    """The digest of all the evidence for one decision."""
    return digest([[evidence.check, evidence.digest] for evidence in sorted(pack, key=lambda e: e.check)])


class Finding(BaseModel):
    """What a check found, as far as it is compared."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    verdict: Verdict
    reasons: tuple[Reason, ...]
    values: dict[str, Any]
    """Only those that are different."""


class Difference(BaseModel):
    """A check that finds something else than it did before."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    check: str
    before: Finding | None
    """Nothing if it had not said anything."""
    now: Finding | None

    def __str__(self) -> str:
        """The verdicts in words, such as ``capacity said pass and says fail now``."""
        check = in_words(self.check)
        before, now = ("nothing" if found is None else found.verdict.value for found in (self.before, self.now))
        return (
            f"{check} says {now} as before, but on other grounds"
            if before == now
            else (f"{check} said {before} and says {now} now")
        )


def differences(before: tuple[Evidence, ...], now: tuple[Evidence, ...]) -> tuple[Difference, ...]:
    """What is found otherwise *now*, check by check; when it was read makes no difference."""
    was, found = ({evidence.check: evidence for evidence in pack} for pack in (before, now))
    return tuple(
        Difference(check=check, before=_besides(old, new), now=_besides(new, old))
        for check in sorted({*was, *found})
        for old, new in [(was.get(check), found.get(check))]
        if old is None or new is None or old.digest != new.digest
    )


def _besides(found: Evidence | None, other: Evidence | None) -> Finding | None:
    """The finding, without the values that *other* has as well."""
    if found is None:
        return None
    same = {} if other is None else other.values
    values = {name: value for name, value in found.values.items() if name not in same or same[name] != value}
    return Finding(verdict=found.verdict, reasons=found.reasons, values=values)


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The verdict of checks taken together: any fail fails, else any unknown is unknown, else any warning warns."""
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.WARN):
        if verdict in verdicts:
            return verdict
    return Verdict.PASS
