"""What becomes of a lot that is held, part by part, by what was answered so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from domain.case import PastAnswer
from domain.held_lot.parts import BY_CONCESSION, GOING_ON, Part, parts_of

CUSTOMER_CONSENT, REGULATOR_CONSENT = "customer_consent", "regulator_consent"


@dataclass(frozen=True)
class Disposition:
    """How far those who decide have come with the latest proposal."""

    parts: tuple[Part, ...] = ()
    """What is to become of it, where something was proposed."""
    said: Mapping[str, str] = field(default_factory=dict)
    """All that the proposal says."""
    proposed_by: str = ""
    false_alarm: bool = False
    """Whether it is proposed to let all of it go, because nothing is wrong with it."""
    step: int = 0
    """At which those who decide were asked last."""
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
    safety: bool = False
    """Whether people may come to harm."""
    consents: frozenset[str] = frozenset()
    """Those from outside that are there."""

    @property
    def proposed(self) -> bool:
        """Whether anything is."""
        return bool(self.parts) or self.false_alarm

    @property
    def total(self) -> Decimal:
        """Of all parts."""
        return sum((part.quantity for part in self.parts), Decimal(0))

    @property
    def going_on(self) -> tuple[Part, ...]:
        """The parts that are not at their end when everybody has agreed; first what may be used again one day."""
        known = (part for code in GOING_ON for part in self.parts if part.code == code)
        return tuple(part for part in known if part.code != "use_as_is" or self.consents_to(part))

    def consents_to(self, part: Part) -> tuple[str, ...]:
        """Those from outside that it takes, by topic: of the customer who specified it, of an authority for safety."""
        by_concession = part.code in BY_CONCESSION
        customer = by_concession and part.said.get("customer_specified") == "yes"
        regulator = by_concession and self.safety
        return (*((CUSTOMER_CONSENT,) if customer else ()), *((REGULATOR_CONSENT,) if regulator else ()))

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The consents that the part the case goes on with takes and that are not there yet."""
        wanted = () if self.stays is None else self.consents_to(self.stays)
        return tuple(topic for topic in wanted if topic not in self.consents)

    @property
    def stays(self) -> Part | None:
        """The part that the case goes on with; nothing where it then is over."""
        return next(iter(self.going_on), None)

    @property
    def apart(self) -> tuple[Part, ...]:
        """The parts that go on beside it, each as a lot of its own with a case of its own."""
        return self.going_on[1:]

    @property
    def on_conditions(self) -> bool:
        """Whether those who must have agreed to a release on conditions."""
        return self.agreed and self.stays is not None and self.stays.code == "conditional"

    @property
    def instructions(self) -> str:
        """What was proposed to be done, or how it came out."""
        return self.said.get("instructions", "")

    @property
    def good(self) -> Decimal:
        """What came well out of being worked on."""
        return Decimal(0) if self.reworked is None else Decimal(self.reworked.values["good"])

    @classmethod
    def of(cls, answers: Sequence[PastAnswer], placed_at: datetime | None, *, safety: bool = False) -> Disposition:
        """
        What the answers so far come to: each counts for the proposal before it only.

        *placed_at* is when the hold was placed last; nothing where it is not in force.
        """
        reworks = sum(1 for past in answers if past.topic == "rework")
        latest = next((past for past in reversed(answers) if _proposes(past)), None)
        if latest is None:
            return cls()
        proposed = cls(
            parts_of(latest.values), latest.values, ", ".join(latest.people), latest.choice == "false_alarm",
            reworks=reworks, safety=safety,
        )  # fmt: skip
        if proposed.false_alarm and _placed_since(latest, placed_at):
            return cls(why_open="Something else was found since it was called a false alarm.", reworks=reworks)
        vote = _last(answers, "disposition", latest.step)
        if vote is None:
            return proposed
        if vote.choice == "reject":
            return replace(proposed, refused=True, why_open=f"Not agreed: {vote.reason}")
        agreed = replace(proposed, agreed=True, step=vote.step)
        if agreed.on_conditions:
            return _waited_for(agreed, answers, vote, came_back=_placed_since(vote, placed_at))
        return _worked_on(agreed, answers, vote)


def _proposes(past: PastAnswer) -> bool:
    """Whether somebody said what is to become of it; that nothing is wrong can be said while it is being contained."""
    return past.choice == "false_alarm" if past.topic in ("untold", "segregation") else _divides(past)


def _divides(past: PastAnswer) -> bool:
    """Whether somebody said what becomes of the lot itself, and not of what was made of it."""
    return past.topic == "proposal" and past.choice != "narrow"


def came_back(answers: Sequence[PastAnswer], placed_at: datetime | None) -> int:
    """The step at which a lot was last released on conditions that is held again since; 0 if none was."""
    return max((vote.step for vote in _let_go(answers) if _placed_since(vote, placed_at)), default=0)


def _let_go(answers: Sequence[PastAnswer]) -> Iterator[PastAnswer]:
    proposal: PastAnswer | None = None
    for past in answers:
        if _divides(past):
            proposal = past
        elif past.topic == past.choice == "disposition" and proposal and _conditional(proposal):
            yield past


def _conditional(proposal: PastAnswer) -> bool:
    stays = Disposition(parts_of(proposal.values)).stays
    return stays is not None and stays.code == "conditional"


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
        why = failed or "It was released on conditions and came back."
        return Disposition(why_open=why, reworks=agreed.reworks)
    return replace(agreed, tested=tested, failed=failed)


def _worked_on(agreed: Disposition, answers: Sequence[PastAnswer], vote: PastAnswer) -> Disposition:
    """How far the work on it has come; once it is sorted all of it is divided anew."""
    carried_out = _last(answers, "execution", vote.step)
    if carried_out is not None and carried_out.choice in _NO:
        return Disposition(why_open=f"Not done: {carried_out.reason}", reworks=agreed.reworks)
    said = {topic: _last(answers, topic, vote.step) for topic in (CUSTOMER_CONSENT, REGULATOR_CONSENT)}
    refused = next((past for past in said.values() if past is not None and past.choice in _NO), None)
    if refused is not None:
        return Disposition(why_open=f"No consent: {refused.reason}", reworks=agreed.reworks)
    agreed = replace(agreed, consents=frozenset(topic for topic, past in said.items() if past is not None))
    parted = _last(answers, "sort", vote.step)
    if parted is not None:
        good, bad = parted.values["good"], parted.values.get("bad", "0")
        why = f"Sorted: {good} good, {bad} bad."
        return Disposition(why_open=why, reworks=agreed.reworks)
    reworked = _last(answers, "rework", vote.step)
    if reworked is not None and not Decimal(reworked.values["good"]):
        return Disposition(why_open="Nothing came well out of the rework.", reworks=agreed.reworks)
    inspected = None if reworked is None else _last(answers, "reinspection", reworked.step)
    released = None if inspected is None else _last(answers, "release", inspected.step)
    failed = next((past for past in (inspected, released) if past is not None and past.choice in _NO), None)
    if failed is not None:
        return Disposition(why_open=f"After the rework: {failed.reason}", reworks=agreed.reworks)
    return replace(agreed, reworked=reworked, inspected=inspected)


_NO = ("fail", "lapsed", "reject")


def _last(answers: Sequence[PastAnswer], topic: str, since: int) -> PastAnswer | None:
    return next((past for past in reversed(answers) if past.topic == topic and past.step > since), None)
