"""Waivers: people who take it upon themselves that something goes on although it is not ready."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.decision import DecisionRefused, GivenAnswer, NotAllowed, Principal, PrincipalKind
from domain.electronic_signature import KeptSignature
from domain.evidence import Reason
from domain.left_out import empty, unset
from domain.readiness.truth import Truth
from domain.release import WaiverStanding
from domain.roles import Role, lead_of
from domain.subject import Identifier
from domain.words import in_words

WAIVED_BY: Final[dict[str, frozenset[Role]]] = {
    "materials_ready": frozenset({Role.PLANNER, Role.PRODUCTION}),
    "documents_complete": frozenset({Role.SHIPPING_MANAGER}),
    "slot_booked": frozenset({Role.SHIPPING_MANAGER}),
}
"""Who must agree, role by role. What is not listed nobody can waive: no source says how grave a hold is, so what
quality has not cleared counts as grave; what is not produced takes an order change; four eyes are never waived."""

NEVER: Final = frozenset({"rejected"})
"""Reasons that nobody can waive, whatever they stand in the way of."""

LONGEST: Final = timedelta(days=14)
"""What is to go on for longer is no exception any more."""


ASK_WAIVER: Final = "ask_waiver"
"""The answer by which a waiver is asked for in a case; its form says of what, and until when."""
PREDICATE, UNTIL = "predicate", "until"


def is_waiver(name: str) -> bool:
    """Whether *name* is that of a waiver."""
    return name.startswith("WV-")


class Consent(BaseModel):
    """A person who agreed, in a role."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    person: Identifier
    role: Role
    signature: KeptSignature | None = Field(default=None, exclude_if=unset)
    """With which he did, where the policy asks for one."""


class WaiverDraft(BaseModel):
    """A waiver as somebody asks for it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    predicate: str
    site: Identifier
    subject: str
    """The key of the job or shipment it is for, and no other."""
    reason: str
    expires_at: AwareDatetime
    """The waiver is good until just before this instant."""


class Waiver(WaiverDraft):
    """That something may go on although it is not ready. It stands beside the value and never changes it."""

    id: str
    scope: tuple[Reason, ...]
    """What was in the way when it was asked for. It is for that, and for nothing that comes on top."""
    about: str = Field(default="", exclude_if=empty)
    """Digest of what leaves, or of the vehicle that takes it, as it was then; nothing where the scope says it."""
    asked_by: str
    asked_at: AwareDatetime
    waived_by: tuple[Consent, ...] = ()
    ended_by: str | None = None
    ended_at: AwareDatetime | None = None
    """Nothing unless somebody took it back before it expired."""

    @property
    def missing(self) -> frozenset[Role]:
        """The roles that must still agree."""
        return WAIVED_BY.get(self.predicate, frozenset()) - {consent.role for consent in self.waived_by}

    @property
    def agreed(self) -> bool:
        """Whether each role that must agree has a person of its own."""
        people = {consent.person for consent in self.waived_by}
        return self.predicate in WAIVED_BY and not self.missing and len(people) == len(self.waived_by)

    @property
    def standing(self) -> WaiverStanding:
        """What those who wait for what it waives are told."""
        return WaiverStanding(
            site=self.site, subject=self.subject, waiver=self.id, predicate=self.predicate,
            expires_at=self.expires_at, waived_by=tuple(consent.person for consent in self.waived_by),
            ended=self.ended_at is not None,
        )  # fmt: skip

    def over(self, at: datetime) -> bool:
        """Whether it has expired or was taken back."""
        return self.ended_at is not None or at >= self.expires_at

    def fits(
        self, predicate: str, site: str, subject: str, at: datetime, reasons: Iterable[Reason], about: str = ""
    ) -> bool:
        """Whether it is for this and for all of *reasons*, and not over, whether all who must have agreed or not."""
        it = (self.predicate, self.site, self.subject) == (predicate, site, subject) and self.about in ("", about)
        return it and not self.over(at) and all(self._covers(reason) for reason in reasons)

    def _covers(self, reason: Reason) -> bool:
        return reason.code not in NEVER and any(_no_worse(reason, known) for known in self.scope)


class ExpiryWrong(Exception):
    """The waiver would be good for no time, or for too long. Nothing was changed."""


def wanted_by(given: GivenAnswer, site: str, subject: str) -> WaiverDraft:
    """The waiver that is asked for by what was *given* as an answer in the case about *subject*. Raises NotAllowed."""
    if given.on_behalf_of is not None:
        # Else the one whose word it is could agree to it himself.
        raise NotAllowed("A waiver is asked for in one's own name.")
    return WaiverDraft(
        predicate=given.values[PREDICATE], site=site, subject=subject, reason=given.reason,
        expires_at=datetime.fromisoformat(given.values[UNTIL]),
    )  # fmt: skip


def admit_waiver(
    wanted: WaiverDraft,
    value: Truth,
    reasons: tuple[Reason, ...],
    by: Principal,
    roles: Collection[Role],
    at: datetime,
    *,
    signed: bool = False,
) -> tuple[Consent, ...]:
    """
    Who has agreed by asking: *by*, if he holds one of several roles that must agree, so that another stands beside him.

    Where it is to be *signed*, nobody has yet. *value* and *reasons* are what it is to be waived of.
    Raises DecisionRefused, ExpiryWrong.
    """
    if why := why_not_waived(wanted.predicate, value, reasons):
        raise DecisionRefused(why)
    if not at < wanted.expires_at <= at + LONGEST:
        raise ExpiryWrong(f"A waiver expires after now and within {LONGEST.days} days.")
    if signed or by.kind is not PrincipalKind.PERSON or _by_one(wanted.predicate):
        return ()
    own = sorted(WAIVED_BY[wanted.predicate].intersection(roles))
    return tuple(Consent(person=by.id, role=role) for role in own[:1])


def why_not_waived(predicate: str, value: Truth, reasons: Iterable[Reason]) -> str:
    """Why nobody can waive *predicate* while it has *value* for *reasons*; nothing if somebody can."""
    if predicate not in WAIVED_BY:
        return f"Nobody can waive {in_words(predicate)}: it has to become so."
    if value is not Truth.FALSE:
        why = "it is so" if value is Truth.TRUE else "nobody knows whether it is so, and what is not known is asked for"
        return f"There is nothing to waive of {in_words(predicate)}: {why}."
    never = [reason.text for reason in reasons if reason.code in NEVER]
    return f"{never[0]} Nobody can waive that." if never else ""


def _by_one(predicate: str) -> bool:
    """Whether one alone agrees, who then is not the one who asks."""
    return len(WAIVED_BY[predicate]) == 1


def admit_consent(waiver: Waiver, by: Principal, roles: Collection[Role], at: datetime) -> Consent:
    """The consent of *by*, who holds *roles*, in the first role that must still agree. Raises DecisionRefused."""
    if by.kind is not PrincipalKind.PERSON:
        raise NotAllowed("Only a person can agree to a waiver.")
    needed = WAIVED_BY[waiver.predicate].intersection(roles)
    if not needed:
        raise NotAllowed(f"Who can agree is {_listed(WAIVED_BY[waiver.predicate])}.")
    if waiver.over(at):
        raise DecisionRefused(f"{waiver.id} is over. Ask for a new one.")
    if by.id == waiver.asked_by and _by_one(waiver.predicate):
        raise DecisionRefused("You asked for it; another person must agree.")
    if by.id in {consent.person for consent in waiver.waived_by}:
        raise DecisionRefused("You have agreed already; each role takes another person.")
    if not needed & waiver.missing:
        raise DecisionRefused(f"Another has agreed as {_listed(needed)} already.")
    return Consent(person=by.id, role=min(needed & waiver.missing))


def admit_as_it_is(waiver: Waiver, about: str) -> None:
    """Nothing, if *waiver* is for what there is now, which *about* is the digest of. Raises DecisionRefused."""
    if waiver.about not in ("", about):
        text = f"What {waiver.id} was asked for has become something else since: other goods, or another vehicle."
        raise DecisionRefused(f"{text} Ask for a new one.")


def admit_ending(waiver: Waiver, by: Principal, roles: Collection[Role]) -> None:
    """Nothing, if *by* may take *waiver* back: who asked, and each role that must agree, or its lead."""
    needed = WAIVED_BY[waiver.predicate]
    may = needed | {lead_of(role) for role in needed}
    if by.id != waiver.asked_by and may.isdisjoint(roles):
        raise NotAllowed(f"A waiver is taken back by who asked for it, or by {_listed(may)}.")


def _no_worse(reason: Reason, known: Reason) -> bool:
    """Whether *reason* is *known*, or that less of the same is missing: ``SEAL:3`` is no worse than ``SEAL:4``."""
    if (reason.code, reason.thing) == (known.code, known.thing):
        return True
    if (reason.code, known.code) != ("short", "short"):
        return False
    (item, missing), (known_item, known_missing) = (one.thing.split(":") for one in (reason, known))
    return item == known_item and Decimal(missing) <= Decimal(known_missing)


def _listed(roles: Iterable[Role]) -> str:
    return " or ".join(sorted(in_words(role) for role in roles))
