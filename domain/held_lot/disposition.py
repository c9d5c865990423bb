"""What becomes of a lot that is held, part by part, by what was answered so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from domain.case import PastAnswer
from domain.form import FieldKind, Form, FormField

CODES: Final = {
    "release": "Release: it conforms",
    "use_as_is": "Use as it is, by concession",
    "rework": "Rework",
    "scrap": "Scrap",
    "return_to_vendor": "Return to the vendor",
}
"""What can become of a part (processes 1.5)."""

MOST_REWORKS = 2
"""How often a lot is reworked at most."""


def disposition_form(held: Decimal, *, may_rework: bool) -> Form:
    """How much becomes what; in all, what is held."""
    codes = {code: title for code, title in CODES.items() if may_rework or code != "rework"}
    return Form(
        fields=(
            *(FormField(name=c, title=title, kind=FieldKind.QUANTITY, required=False) for c, title in codes.items()),
            FormField(name="instructions", title="Instructions and limits", kind=FieldKind.TEXT),
        ),
        total=held,
    )


def parts_in_words(parts: dict[str, Decimal]) -> str:
    """Such as ``20 scrap, 80 release``."""
    return ", ".join(f"{quantity.normalize():f} {code.replace('_', ' ')}" for code, quantity in parts.items())


@dataclass(frozen=True)
class Disposition:
    """How far those who decide have come with the latest proposal."""

    parts: dict[str, Decimal]
    """How much is to become what, where something was proposed."""
    instructions: str = ""
    proposed_by: str = ""
    agreed: bool = False
    refused: bool = False
    reworked: PastAnswer | None = None
    inspected: PastAnswer | None = None
    why_open: str = ""
    """Why there is no proposal that counts."""
    reworks: int = 0

    @property
    def proposed(self) -> bool:
        """Whether anything is."""
        return bool(self.parts)

    @property
    def total(self) -> Decimal:
        """Of all parts."""
        return sum(self.parts.values(), Decimal(0))

    @property
    def to_rework(self) -> Decimal:
        """What stays held until it has been reworked."""
        return self.parts.get("rework", Decimal(0))

    @property
    def good(self) -> Decimal:
        """What came well out of the rework."""
        return Decimal(0) if self.reworked is None else Decimal(self.reworked.values["good"])

    @classmethod
    def of(cls, answers: Sequence[PastAnswer]) -> Disposition:
        """What the answers so far come to: each counts for the proposal before it only."""
        reworks = sum(1 for past in answers if past.topic == "rework")
        latest = _last(answers, "proposal", 0)
        if latest is None:
            return cls({})
        parts = {code: Decimal(latest.values[code]) for code in CODES if Decimal(latest.values.get(code, 0))}
        proposed = cls(parts, latest.values.get("instructions", ""), ", ".join(latest.people), reworks=reworks)
        vote = _last(answers, "disposition", latest.step)
        if vote is None:
            return proposed
        if vote.choice == "reject":
            return replace(proposed, refused=True, why_open=f"Not agreed: {vote.reason}")
        reworked = _last(answers, "rework", vote.step)
        if reworked is not None and not Decimal(reworked.values["good"]):
            return cls({}, why_open="Nothing came well out of the rework.", reworks=reworks)
        inspected = None if reworked is None else _last(answers, "reinspection", reworked.step)
        released = None if inspected is None else _last(answers, "release", inspected.step)
        failed = next((past for past in (inspected, released) if past is not None and past.choice in _NO), None)
        if failed is not None:
            return cls({}, why_open=f"After the rework: {failed.reason}", reworks=reworks)
        return replace(proposed, agreed=True, reworked=reworked, inspected=inspected)


_NO = ("fail", "reject")


def _last(answers: Sequence[PastAnswer], topic: str, since: int) -> PastAnswer | None:
    return next((past for past in reversed(answers) if past.topic == topic and past.step > since), None)
