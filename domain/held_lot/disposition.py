"""What becomes of a lot that is held, part by part, by what was answered so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from domain.case import PastAnswer
from domain.form import FieldKind, Form, FormField

CODES: Final = {
    "release": "Release: it conforms",
    "use_as_is": "Use as it is, by concession",
    "conditional": "Release on conditions: tests are outstanding",
    "rework": "Rework",
    "scrap": "Scrap",
    "return_to_vendor": "Return to the vendor",
    "repair": "Repair: it can be used, but is not as specified",
    "sort": "Sort: each piece is looked at",
    "downgrade": "Downgrade to another item",
}
"""What can become of a part (processes 1.5)."""

WORK: Final = {"rework": "reworked", "repair": "repaired", "sort": "sorted"}
"""What production does with a part before anything else becomes of it, and what it is then."""

STAYING: Final = ("conditional", *WORK)
"""What the case goes on with: one of them at a time, and only when that is over what is left is divided anew."""

GIVING_BACK: Final = ("release", "use_as_is", "conditional")
"""What may be used and sent again; what stays with the case last, so that it keeps the lot's name."""

MOST_REWORKS = 2
"""How often a lot is reworked at most."""


def disposition_form(held: Decimal, codes: Collection[str]) -> Form:
    """How much becomes which of *codes*; in all, what is held."""
    known = {code: title for code, title in CODES.items() if code in codes}
    return Form(
        fields=(
            *(FormField(name=c, title=title, kind=FieldKind.QUANTITY, required=False) for c, title in known.items()),
            FormField(name="instructions", title="Instructions and limits", kind=FieldKind.TEXT),
            *(field for field in _LIMITS if "conditional" in codes and _matters(field, codes)),
        ),
        total=held,
        one_at_most=STAYING if "conditional" in codes else (),
    )


def _matters(field: FormField, codes: Collection[str]) -> bool:
    return not field.needed_with or not set(codes).isdisjoint(field.needed_with)


_LIMITS: Final = (
    FormField(
        name="tests", title="Tests outstanding", kind=FieldKind.TEXT, required=False, needed_with=("conditional",)
    ),
    FormField(
        name="tested_by", title="Tested by", kind=FieldKind.TIME, required=False, needed_with=("conditional",),
        ahead=True,
    ),
    FormField(
        name="customers", title="Customers it may go to meanwhile; none: own sites only", kind=FieldKind.NAMES,
        required=False,
    ),
    FormField(
        name="other_item", title="Which other item it becomes", kind=FieldKind.NAME, required=False,
        needed_with=("downgrade",),
    ),
    FormField(
        name="concession_for", title="Customers the concession is for; none: all", kind=FieldKind.NAMES,
        required=False,
    ),
    FormField(
        name="concession_until", title="The concession ends", kind=FieldKind.TIME, required=False, ahead=True
    ),
)  # fmt: skip
"""On what conditions, and as what, parts are given back."""


def parts_in_words(parts: dict[str, Decimal]) -> str:
    """Such as ``20 scrap, 80 release``."""
    return ", ".join(f"{quantity.normalize():f} {code.replace('_', ' ')}" for code, quantity in parts.items())


@dataclass(frozen=True)
class Disposition:
    """How far those who decide have come with the latest proposal."""

    parts: dict[str, Decimal]
    """How much is to become what, where something was proposed."""
    said: Mapping[str, str]
    """All that the proposal says."""
    proposed_by: str = ""
    false_alarm: bool = False
    """Whether it is proposed to let all of it go, because nothing is wrong with it."""
    agreed: bool = False
    refused: bool = False
    reworked: PastAnswer | None = None
    inspected: PastAnswer | None = None
    tested: PastAnswer | None = None
    """Where it was released on conditions: that the tests outstanding came well."""
    failed: str = ""
    """Where it was released on conditions: why it must be held again."""
    why_open: str = ""
    """Why there is no proposal that counts."""
    reworks: int = 0

    @property
    def proposed(self) -> bool:
        """Whether anything is."""
        return bool(self.parts) or self.false_alarm

    @property
    def total(self) -> Decimal:
        """Of all parts."""
        return sum(self.parts.values(), Decimal(0))

    @property
    def stays(self) -> str:
        """What the case goes on with once the rest is gone or given back; nothing where it then is over."""
        return next((code for code in STAYING if code in self.parts), "")

    @property
    def staying(self) -> Decimal:
        """How much of it."""
        return self.parts.get(self.stays, Decimal(0))

    @property
    def on_conditions(self) -> bool:
        """Whether those who must have agreed to a release on conditions."""
        return self.agreed and self.stays == "conditional"

    @property
    def instructions(self) -> str:
        """What is to be done, and within which limits."""
        return self.said.get("instructions", "")

    @property
    def good(self) -> Decimal:
        """What came well out of being worked on."""
        return Decimal(0) if self.reworked is None else Decimal(self.reworked.values["good"])

    @classmethod
    def of(cls, answers: Sequence[PastAnswer], placed_at: datetime | None) -> Disposition:
        """
        What the answers so far come to: each counts for the proposal before it only.

        *placed_at* is when the hold was placed last; nothing where it is not in force.
        """
        reworks = sum(1 for past in answers if past.topic == "rework")
        latest = next((past for past in reversed(answers) if _proposes(past)), None)
        if latest is None:
            return cls({}, {})
        proposed = cls(
            parts_of(latest), latest.values, ", ".join(latest.people), latest.choice == "false_alarm", reworks=reworks
        )
        if proposed.false_alarm and _placed_since(latest, placed_at):
            return cls({}, {}, why_open="Something else was found since it was called a false alarm.", reworks=reworks)
        vote = _last(answers, "disposition", latest.step)
        if vote is None:
            return proposed
        if vote.choice == "reject":
            return replace(proposed, refused=True, why_open=f"Not agreed: {vote.reason}")
        agreed = replace(proposed, agreed=True)
        if agreed.on_conditions:
            return _waited_for(agreed, answers, vote, came_back=_placed_since(vote, placed_at))
        return _worked_on(agreed, answers, vote)


def _proposes(past: PastAnswer) -> bool:
    """Whether somebody said what is to become of it; that nothing is wrong can be said while it is being contained."""
    return past.topic == "proposal" or (past.topic == "segregation" and past.choice == "false_alarm")


def parts_of(proposal: PastAnswer) -> dict[str, Decimal]:
    """How much is to become what."""
    said = proposal.values
    return {code: Decimal(said[code]) for code in CODES if Decimal(said.get(code, 0))}


def came_back(answers: Sequence[PastAnswer], placed_at: datetime | None) -> int:
    """The step at which a lot was last released on conditions that is held again since; 0 if none was."""
    return max((vote.step for vote in _let_go(answers) if _placed_since(vote, placed_at)), default=0)


def _let_go(answers: Sequence[PastAnswer]) -> Iterator[PastAnswer]:
    proposal: PastAnswer | None = None
    for past in answers:
        if past.topic == "proposal":
            proposal = past
        elif past.topic == past.choice == "disposition" and proposal and "conditional" in parts_of(proposal):
            yield past


def _placed_since(said: PastAnswer, placed_at: datetime | None) -> bool:
    return placed_at is not None and said.at < placed_at


def _waited_for(
    agreed: Disposition, answers: Sequence[PastAnswer], vote: PastAnswer, *, came_back: bool
) -> Disposition:
    """How far the tests of what was released on conditions have come."""
    tested = _last(answers, "tests", vote.step)
    released = None if tested is None else _last(answers, "release", tested.step)
    bad = next((past for past in (tested, released) if past is not None and past.choice in _NO), None)
    failed = "" if bad is None else f"The tests outstanding: {bad.reason}"
    if came_back:
        return Disposition({}, {}, why_open=failed or "It was released on conditions and came back.",
                           reworks=agreed.reworks)  # fmt: skip
    return replace(agreed, tested=tested, failed=failed)


def _worked_on(agreed: Disposition, answers: Sequence[PastAnswer], vote: PastAnswer) -> Disposition:
    """How far the work on it has come; once it is sorted all of it is divided anew."""
    parted = _last(answers, "sort", vote.step)
    if parted is not None:
        said = parted.values
        why = f"Sorted: {said['good']} good, {said.get('bad', '0')} bad."
        return Disposition({}, {}, why_open=why, reworks=agreed.reworks)
    reworked = _last(answers, "rework", vote.step)
    if reworked is not None and not Decimal(reworked.values["good"]):
        return Disposition({}, {}, why_open="Nothing came well out of the rework.", reworks=agreed.reworks)
    inspected = None if reworked is None else _last(answers, "reinspection", reworked.step)
    released = None if inspected is None else _last(answers, "release", inspected.step)
    failed = next((past for past in (inspected, released) if past is not None and past.choice in _NO), None)
    if failed is not None:
        return Disposition({}, {}, why_open=f"After the rework: {failed.reason}", reworks=agreed.reworks)
    return replace(agreed, reworked=reworked, inspected=inspected)


_NO = ("fail", "lapsed", "reject")


def _last(answers: Sequence[PastAnswer], topic: str, since: int) -> PastAnswer | None:
    return next((past for past in reversed(answers) if past.topic == topic and past.step > since), None)
