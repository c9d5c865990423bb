"""How a judgement on readiness is put together from facts, so that it says what it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.evidence import Reason, digest
from domain.fact import F, Fact, Reading
from domain.left_out import empty
from domain.readiness.policy import ReadinessPolicy
from domain.readiness.truth import Truth, all_of
from domain.readiness.waiver import Waiver
from domain.roles import Role
from domain.words import in_words

NOTHING = Decimal(0)


class Readiness(BaseModel):
    """Whether something is ready, and what is in the way."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    predicate: str
    site: str
    subject: str
    value: Truth
    """Only ``true`` is ready."""
    reasons: tuple[Reason, ...]
    """What makes it anything but true, about which thing, and who can mend it."""
    as_of: AwareDatetime | None
    """What any source said longest ago of all that counted; nothing if no fact did."""
    inputs: str
    """Digest of all that counted: with the same, the same is judged at the same moment."""
    about: str = Field(default="", exclude_if=empty)
    """Digest of what a waiver of it is for, and dies with, besides what is in the way."""
    policy_version: str
    waiver: Waiver | None = None
    """Stands beside a value that is false; it changes nothing about it."""
    asked_for: Waiver | None = None
    """Would stand there if all who must had agreed already."""

    @property
    def accepted(self) -> bool:
        """Whether one may go on: it is true, or false and waived. Unknown is neither."""
        return self.value is Truth.TRUE or (self.value is Truth.FALSE and self.waiver is not None)


@dataclass(frozen=True)
class Known:
    """All facts that may matter, at one moment. What does not matter does no harm."""

    now: datetime
    readings: tuple[Reading[Any], ...]
    policy: ReadinessPolicy
    waivers: tuple[Waiver, ...] = ()
    changing: Mapping[str, str] = field(default_factory=dict)
    """By order line: the case that is just making something else of it."""

    def every(self, kind: type[F], site: str, fits: Callable[[F], bool] = lambda _: True) -> list[Reading[F]]:
        """The readings of *kind* at *site* that fit, by key."""
        return [reading for reading in self._told.get((kind, site), {}).values() if fits(reading.fact)]

    def one(self, kind: type[F], site: str, key: str) -> Reading[F] | None:
        """The reading about *key*, if there is one."""
        return self._told.get((kind, site), {}).get(key)

    @cached_property
    def _told(self) -> dict[tuple[type[Fact], str], dict[str, Reading[Any]]]:
        """The readings by kind, site and key; the keys in order."""
        told: dict[tuple[type[Fact], str], dict[str, Reading[Any]]] = {}
        for reading in sorted(self.readings, key=lambda each: each.fact.key):
            told.setdefault((type(reading.fact), reading.fact.site), {})[reading.fact.key] = reading
        return told

    def stale(self, reading: Reading[Any]) -> bool:
        """Whether the source said it too long ago; said exactly its time ago, it still counts."""
        longest = self.policy.time_to_live.get(reading.fact.kind)
        return longest is not None and self.now - reading.as_of > longest


class Judgement:
    """A judgement in the making: begins as true and loses it with every reason."""

    def __init__(self, predicate: str, site: str, subject: str, known: Known) -> None:
        self.known = known
        self.site = site
        self.subject = subject
        self._predicate = predicate
        self._about = ""
        self._values: list[Truth] = []
        self._reasons: list[Reason] = []
        self._counted: dict[tuple[str, str], Reading[Any]] = {}
        self._changing: dict[str, str] = {}
        self._parts: list[Readiness] = []

    def every(self, kind: type[F], owner: Role, fits: Callable[[F], bool] = lambda _: True) -> list[F]:
        """The facts of *kind* that fit; *owner* has to see to those that are stale."""
        return [self._counts(reading, owner) for reading in self.known.every(kind, self.site, fits)]

    def one(self, kind: type[F], key: str, owner: Role) -> F | None:
        """The fact about *key*; without it the judgement is unknown."""
        found = self.known.one(kind, self.site, key)
        if found is None:
            self.unknown("missing", key, owner, f"Nobody said anything of {in_words(kind.kind)} {key}.")
            return None
        return self._counts(found, owner)

    def noted(self, kind: type[F], fits: Callable[[F], bool]) -> list[F]:
        """The facts of *kind* that fit and count; how old they may be, another judgement says."""
        found = self.known.every(kind, self.site, fits)
        self._counted |= {(kind.kind, reading.fact.key): reading for reading in found}
        return [reading.fact for reading in found]

    def changing(self, line: str) -> str | None:
        """The case that is just making something else of the order line."""
        case = self.known.changing.get(line)
        if case is not None:
            self._changing[line] = case
        return case

    def false(self, code: str, thing: str, owner: Role, text: str) -> None:
        """It is not so, because."""
        self.refused(Reason(code=code, thing=thing, owner=owner, text=text))

    def refused(self, *reasons: Reason) -> None:
        """It is not so, for each of *reasons*."""
        for reason in reasons:
            self._lose(Truth.FALSE, reason)

    def unknown(self, code: str, thing: str, owner: Role, text: str) -> None:
        """Nobody can tell, because."""
        self._lose(Truth.UNKNOWN, Reason(code=code, thing=thing, owner=owner, text=text))

    def is_about(self, what: Any) -> None:
        """It is for *what*, and so is whatever waives it."""
        self._about = digest(what)

    def rests_on(self, part: Readiness) -> None:
        """It is no more ready than *part*, unless that is waived."""
        self._parts.append(part)
        if not part.accepted:
            self._values.append(part.value)
            self._reasons += part.reasons

    def given(self) -> Readiness:
        """The judgement, with all that it rests on."""
        counted = sorted(self._counted.items())
        times = [r.as_of for _, r in counted] + [part.as_of for part in self._parts if part.as_of is not None]
        value = all_of(self._values)
        reasons = tuple(dict.fromkeys(self._reasons))
        it = (self._predicate, self.site, self.subject, self.known.now, reasons, self._about)
        waivers = [one for one in self.known.waivers if value is Truth.FALSE and one.fits(*it)]
        in_force = next((one for one in waivers if one.agreed), None)
        return Readiness(
            predicate=self._predicate,
            site=self.site,
            subject=self.subject,
            value=value,
            reasons=reasons,
            as_of=min(times, default=None),
            about=self._about,
            inputs=digest([[[*name, r.fact.model_dump(mode="json")] for name, r in counted], self._others()]),
            policy_version=self.known.policy.version,
            waiver=in_force,
            asked_for=next(iter(waivers), None) if in_force is None else None,
        )

    def _others(self) -> list[str]:
        """What counted besides facts."""
        return [*(part.inputs for part in self._parts), *(f"{line} {case}" for line, case in self._changing.items())]

    def _counts(self, reading: Reading[F], owner: Role) -> F:
        fact = reading.fact
        self._counted[fact.kind, fact.key] = reading
        if self.known.stale(reading):
            text = f"{in_words(fact.kind)} {fact.key} is as of {reading.as_of:%Y-%m-%d %H:%M}."
            self.unknown("stale", f"{fact.kind}:{fact.key}", owner, text)
        return fact

    def _lose(self, value: Truth, reason: Reason) -> None:
        self._values.append(value)
        self._reasons.append(reason)
