"""How a policy comes into force: somebody proposes a table, somebody else confirms it, and it holds from its day on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import NotAllowed, Principal, PrincipalKind
from domain.diagram import asked_of, length, ruled_case, signed_as
from domain.policy import PolicyTable, Ruling
from domain.policy_review import cases_told_apart, differences, review
from domain.readiness.policy import ReadinessPolicy
from domain.roles import Role
from domain.schedule.policy import SchedulePolicy
from domain.words import in_words

EVERYWHERE = "*"
"""The site of a table that holds where a site has none of its own."""
MOST_CASES = 50_000
"""A table that tells more kinds of cases apart is nobody's to understand, and takes minutes to be tried on all."""


Figures: TypeAlias = ReadinessPolicy | SchedulePolicy
"""What a site goes by, in numbers."""
AnyPolicy: TypeAlias = PolicyTable | Figures
"""What two people publish: a table of rules, or one of figures."""


class PolicyKind(StrEnum):
    """What a table is for."""

    APPROVAL = "approval"
    READINESS = "readiness"
    SCHEDULE = "schedule"


class PolicyUnfit(Exception):
    """The table cannot be published as it is. Nothing was changed."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
        """Of the table, that has to be different."""


class ProposalLapsed(Exception):
    """Nobody confirmed the table before it was to hold. Nothing was changed."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class RuledDifferently(_Part):
    """One way in which a table rules differently from the one in force."""

    cases: int
    """Of how many kinds."""
    before: str
    after: str
    example: str


class Findings(_Part):
    """What trying a table on every kind of case has shown, in sentences."""

    cases: int
    """How many kinds its limits make."""
    overlaps: tuple[str, ...]
    """Where two rules apply and say different things; the first decides."""
    relaxations: tuple[str, ...]
    """Where a change that is worse in some way needs fewer people."""
    against: str | None = None
    """The version in force it was held against."""
    differences: tuple[RuledDifferently, ...] = ()


class ProposedPolicy(_Part):
    """A table that somebody wants to hold."""

    version: str
    kind: PolicyKind = PolicyKind.APPROVAL
    table: AnyPolicy
    reason: str
    findings: Findings | None = None
    """Of a table of rules alone: no case is ruled by figures."""
    proposed_by: str
    proposed_at: AwareDatetime
    confirmed_by: str | None = None
    confirmed_at: AwareDatetime | None = None
    """Nothing while it waits for somebody to confirm it."""


class PolicyStep(StrEnum):
    """What somebody does about a table, or tries to; as the trail calls it."""

    PROPOSED = "policy_proposed"
    PROPOSAL_REFUSED = "policy_proposal_refused"
    CONFIRMED = "policy_confirmed"
    CONFIRMATION_REFUSED = "policy_confirmation_refused"


class PolicyEvent(_Part):
    """Something that was done about a table, or tried."""

    step: PolicyStep
    version: str
    kind: PolicyKind = PolicyKind.APPROVAL
    process: str | None = None
    """Whose cases it rules; nothing where it is figures."""
    site: str
    """Of the table."""
    by: Principal
    at: AwareDatetime
    reason: str
    """Why it was proposed; of what was refused, why it was."""

    @property
    def about(self) -> str:
        """What it was a table for: a process, or a kind of figures."""
        return self.process or self.kind


class Publication(_Part):
    """A table that was published: never changed, and outlived only by others."""

    version: str
    process: str
    site: str
    effective_from: AwareDatetime
    effective_until: AwareDatetime | None = None
    published_at: AwareDatetime
    proposed_by: str | None = None
    confirmed_by: str | None = None
    """Who stood up for it; nothing where it came with the program."""

    def holds(self, site: str, at: datetime) -> bool:
        """Whether it may be what rules at *site* at a moment."""
        ended = self.effective_until is not None and self.effective_until <= at
        return self.site in (site, EVERYWHERE) and self.effective_from <= at and not ended


class InForce(Publication):
    """A table that rules at a site."""

    since: AwareDatetime
    until: AwareDatetime | None
    """Nothing as long as no other was published for a later day."""


def kind_of(table: AnyPolicy) -> PolicyKind:
    """What *table* is for."""
    match table:
        case ReadinessPolicy():
            return PolicyKind.READINESS
        case SchedulePolicy():
            return PolicyKind.SCHEDULE
        case PolicyTable():
            return PolicyKind.APPROVAL


def findings_of(table: PolicyTable, in_force: PolicyTable | None = None) -> Findings:
    """What there is to know of *table* before it is published. Raises PolicyUnfit where it cannot be."""
    told_apart = cases_told_apart(table) if in_force is None else cases_told_apart(table, in_force)
    if told_apart > MOST_CASES:
        raise PolicyUnfit(f"Its limits make {told_apart} kinds of cases; use fewer, at most {MOST_CASES}.", "rows")
    found = review(table)
    if found.dead:
        dead = ", ".join(found.dead)
        raise PolicyUnfit(
            f"{dead} would never apply: the rules before leave nothing. Move or remove what is dead.", "rows"
        )
    return Findings(
        cases=found.cases,
        overlaps=tuple(
            f"{first} is taken before {other}, which says something else, in {cases} of them."
            for first, other, cases in found.shadowed
        ),
        relaxations=tuple(
            f"Worse needs fewer: {in_words(one.worse)} from {ruled_case(one.before)} spares "
            f"{' and '.join(map(in_words, one.spared))}."
            for one in found.relaxations
        ),
        against=None if in_force is None else in_force.version,
        differences=() if in_force is None else ruled_differently(in_force, table),
    )


def ruled_differently(before: PolicyTable, after: PolicyTable) -> tuple[RuledDifferently, ...]:
    """In which cases two tables ask different people, or within another time; the commonest first."""
    return tuple(
        RuledDifferently(
            cases=one.cases, before=as_said(one.before), after=as_said(one.after), example=ruled_case(one.example)
        )
        for one in differences(before, after)
    )


def as_said(ruling: Ruling) -> str:
    """A ruling in words."""
    asked = asked_of(automatic=ruling.automatic, require=ruling.require)
    return f"{asked}, within {length(ruling.within)}{signed_as(ruling.signed)}"


def admit_proposal(table: AnyPolicy, site: str, by: Principal, at: datetime) -> None:
    """Nothing, if *by*, who works at *site*, may propose *table*. Raises NotAllowed, PolicyUnfit."""
    if by.kind is not PrincipalKind.PERSON:
        raise NotAllowed("Only a person can propose a policy.")
    if table.site not in (site, EVERYWHERE):
        raise PolicyUnfit(f"The table is for {table.site}; it is proposed there.", "site")
    if table.effective_from <= at:
        raise PolicyUnfit("It would hold from a time that is over; what was decided then stays as it was.",
                          "effective_from")  # fmt: skip


def admit_confirmation(proposed: ProposedPolicy, by: Principal, roles: frozenset[Role], at: datetime) -> None:
    """
    Nothing, if *by* may let what is proposed hold.

    *roles* are those he holds now at every site it is for. Raises NotAllowed, ProposalLapsed.
    """
    if by.kind is not PrincipalKind.PERSON:
        raise NotAllowed("Only a person can confirm a policy.")
    if by.id == proposed.proposed_by:
        raise NotAllowed("Whoever proposes a policy does not confirm it; another person is needed.")
    if Role.PLANT_MANAGER not in roles:
        where = "every site" if proposed.table.site == EVERYWHERE else proposed.table.site
        raise NotAllowed(f"A policy for {where} is confirmed by who is plant manager there.")
    if proposed.table.effective_from <= at:
        raise ProposalLapsed("Nobody confirmed it before it was to hold. Propose it anew, for a later day.")


def holding(published: Iterable[Publication], site: str, at: datetime) -> Publication | None:
    """What rules at *site* at a moment: its own table before the one for every site, the newest of those that hold."""
    holding = [one for one in published if one.holds(site, at)]
    return max(holding, key=lambda one: (one.site == site, one.effective_from, one.published_at), default=None)


def in_force_at(published: Iterable[Publication], site: str, at: datetime) -> InForce | None:
    """What rules at *site* at a moment, with since when and until when it does."""
    known = tuple(published)
    ruling = holding(known, site, at)
    if ruling is None:
        return None
    ends = {one.effective_until for one in known if one.effective_until is not None}
    changes = sorted({one.effective_from for one in known} | ends)
    before = [change for change in changes if change <= at]
    since = before.pop()
    while before and holding(known, site, before[-1]) == ruling:
        since = before.pop()
    until = next((change for change in changes if change > at and holding(known, site, change) != ruling), None)
    return InForce(**ruling.model_dump(), since=since, until=until)
