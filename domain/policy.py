"""Approval policy: a decision table that says who must agree, as data that planners can read."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from domain.calendar import Duration, length
from domain.evidence import digest
from domain.ladder import Ladder
from domain.left_out import empty, unset
from domain.roles import Role, lead_of

Zone = Literal["frozen", "slushy", "liquid"]
Severity = Literal["S1", "S2", "S3", "S4"]
"""How soon work stands still for it: S1 now or within a shift, S4 beyond any lead time (processes 1.5)."""
Meaning = Annotated[str, Field(pattern=r"^\S[^\r\n]{1,198}\S$")]
"""What a signature means, in words on one line, such as ``released for dispatch``."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class PolicyInputs(BaseModel):
    """What a policy may look at, for one option of one case."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    option: str = ""
    """Its name."""
    zone: Zone = "liquid"
    """Where nothing is scheduled, how urgent it is: frozen the most, liquid the least."""
    promises_broken: bool = False
    cost: Decimal = Decimal(0)
    """Of the change, in the site's currency."""
    value_change: Decimal = Decimal(0)
    """Of the order, absolute."""
    value_change_ratio: Decimal = Decimal(0)
    """Of the order, as a share of its value before."""
    all_pass: bool = True
    """Whether every check passed."""
    offer: bool = False
    """Whether the customer gets something else than asked."""
    specification_with_work_in_process: bool = False
    over_credit_limit: bool = False
    cancel_after_start: bool = False
    work_in_process_value: Decimal = Decimal(0)
    specification: bool = False
    """Whether another item or revision is wanted."""
    quantity_change: Decimal = Decimal(0)
    """In the item's own unit, whichever way."""
    severity: Severity | None = None
    """Nothing where the process knows no severities."""
    value: Decimal | None = None
    """Of what leaves, in the site's currency; nothing where nothing leaves, or nobody said what it costs."""
    export: bool = False
    """Whether what leaves goes abroad."""
    special_handling: bool = False
    """Whether what leaves needs a vehicle of its own kind, such as a refrigerated one."""
    overtime_hours: Decimal = Decimal(0)
    """That machines work longer, of all of them together."""
    safety_stock: bool = False
    """Whether some of it is taken from what is kept for safety."""


class Condition(_Part):
    """When a row applies: every field given must hold; a field not given does not matter."""

    option: tuple[str, ...] | None = Field(default=None, exclude_if=unset)
    zone: tuple[Zone, ...] | None = None
    promises_broken: bool | None = None
    all_pass: bool | None = None
    offer: bool | None = None
    specification_with_work_in_process: bool | None = None
    over_credit_limit: bool | None = None
    cancel_after_start: bool | None = None
    cost_up_to: Decimal | None = None
    cost_over: Decimal | None = None
    value_change_up_to: Decimal | None = None
    value_change_ratio_up_to: Decimal | None = None
    work_in_process_value_over: Decimal | None = None
    specification: bool | None = Field(default=None, exclude_if=unset)
    quantity_change_up_to: Decimal | None = Field(default=None, exclude_if=unset)
    quantity_change_over: Decimal | None = Field(default=None, exclude_if=unset)
    severity: tuple[Severity, ...] | None = Field(default=None, exclude_if=unset)
    value_up_to: Decimal | None = Field(default=None, exclude_if=unset)
    export: bool | None = Field(default=None, exclude_if=unset)
    special_handling: bool | None = Field(default=None, exclude_if=unset)
    overtime_hours_over: Decimal | None = Field(default=None, exclude_if=unset)
    safety_stock: bool | None = Field(default=None, exclude_if=unset)

    def holds(self, inputs: PolicyInputs) -> bool:
        """Whether the row applies to *inputs*."""
        return all(_as_wanted(field, wanted, inputs) for field, wanted in self if wanted is not None)


def _as_wanted(field: str, wanted: Any, inputs: PolicyInputs) -> bool:
    """Whether *inputs* are as *field* of a condition wants them; what nobody knows is on neither side of a limit."""
    known = getattr(inputs, field.removesuffix("_up_to").removesuffix("_over"))
    if isinstance(wanted, tuple):
        return known in wanted
    if isinstance(wanted, bool):
        return bool(known == wanted)
    return known is not None and bool(known <= wanted if field.endswith("_up_to") else known > wanted)


class Limit(_Part):
    """How far a role's own word goes. What is not given has no limit."""

    cost: Decimal | None = None
    value_change: Decimal | None = None
    quantity_change: Decimal | None = None
    value: Decimal | None = Field(default=None, exclude_if=unset)
    """Of what leaves; where nobody said what that costs, it is beyond."""

    def covers(self, inputs: PolicyInputs) -> bool:
        """Whether a change with *inputs* is within it."""
        limits = ((getattr(inputs, measure), limit) for measure, limit in self if limit is not None)
        return all(known is not None and known <= limit for known, limit in limits)


class Requirement(_Part):
    """So many people of a role must agree."""

    role: Role
    count: int = Field(default=1, ge=0, le=5)
    """Without a number they need not agree, but are asked and may refuse."""
    veto: bool = True
    """Whether one no of the role ends the matter."""
    others: tuple[Role, ...] | None = Field(default=None, exclude_if=unset)
    """Roles whose people count as well: so many of all of them together must agree."""
    stage: int | None = Field(default=None, ge=1, le=5, exclude_if=unset)
    """When its turn is: whoever comes later is asked once all who come sooner have agreed. Nothing means first."""
    within: Duration | None = Field(default=None, exclude_if=unset)
    """How long its stage is given once its turn has come; nothing means that the time of the question goes on."""
    ladder: Ladder | None = Field(default=None, exclude_if=unset)
    """Who hears of it when in that time; nothing means what the row or the table says."""
    up_to: Limit | None = Field(default=None, exclude_if=unset)
    """How far its word goes; beyond, somebody else must agree in its place."""
    beyond: Role | None = Field(default=None, exclude_if=unset)
    """Who that is; nothing means the lead of the role."""

    @model_validator(mode="after")
    def _can_be_met(self) -> Requirement:
        if len(set(self.roles)) != len(self.roles):
            raise ValueError(f"{self.role} is named twice in one requirement.")
        if not self.count and not self.veto:
            raise ValueError(f"{self.role} need not agree and may not refuse: leave it out.")
        if self.within is not None and (self.turn == 1 or not self.count):
            raise ValueError(f"Only whoever must agree in a later stage is given time of its own, not {self.role}.")
        if self.within is not None and not length(self.within):
            raise ValueError(f"Give {self.role} some time, or leave it out.")
        if self.ladder is not None and self.within is None:
            raise ValueError(f"Say within which time {self.role} is to agree, or leave the ladder to the rule.")
        if self.beyond is not None and self.up_to is None:
            raise ValueError(f"Say up to what {self.role} may agree, or leave out who comes beyond.")
        if self.up_to is not None and (self.beyond or lead_of(self.role)) in self.roles:
            raise ValueError(f"Say who must agree beyond what {self.role} may.")
        return self

    @property
    def roles(self) -> tuple[Role, ...]:
        """Whose people count."""
        return (self.role, *(self.others or ()))

    @property
    def turn(self) -> int:
        """The stage it is asked in."""
        return self.stage or 1

    def applied(self, inputs: PolicyInputs) -> Requirement:
        """Who must agree to a change with *inputs*: one of who comes beyond, where it goes beyond its limit."""
        if self.up_to is None:
            return self
        if self.up_to.covers(inputs):
            return self.model_copy(update={"up_to": None, "beyond": None})
        alone = {"role": self.beyond or lead_of(self.role), "count": 1, "others": None, "up_to": None, "beyond": None}
        return self.model_copy(update=alone)


def soonest(needs: Iterable[Requirement]) -> Requirement | None:
    """Which of *needs* says how long their stage is given: that which gives it the least; nothing if none does."""
    timed = (need for need in needs if need.within is not None)
    return min(timed, key=lambda need: length(cast("Duration", need.within)), default=None)


class Row(_Part):
    """A line of the table: when it applies, and what then."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    when: Condition = Condition()
    automatic: bool = False
    require: tuple[Requirement, ...] = ()
    within: Duration | None = Field(default=None, exclude_if=unset)
    """How long the decision may take; nothing means what the zone is given."""
    ladder: Ladder | None = Field(default=None, exclude_if=unset)
    """Who hears of it when; nothing means what the table says."""
    signed: Meaning | None = Field(default=None, exclude_if=unset)
    """What each who agrees says with his signature; nothing means that nobody need sign."""

    @model_validator(mode="after")
    def _says_who(self) -> Row:
        if self.automatic == bool(self.require):
            raise ValueError(f"Rule {self.rule} must either be automatic or require somebody.")
        if self.require and not any(need.count for need in self.require):
            raise ValueError(f"Rule {self.rule} must require somebody to agree, not only let somebody refuse.")
        if self.automatic and self.signed is not None:
            raise ValueError(f"Rule {self.rule} is automatic: nobody is there to sign.")
        return self


class Ruling(_Part):
    """What the policy says of one option."""

    rules: tuple[str, ...]
    """The rows that applied, first the one that decided."""
    automatic: bool
    require: tuple[Requirement, ...]
    within: Duration
    ladder: Ladder | None = Field(default=None, exclude_if=unset)
    """Who hears of the question when, where the row that decided says so."""
    over_limit: tuple[Role, ...] = ()
    """Roles whose word does not go so far, not even where they stand in for others."""
    signed: tuple[Meaning, ...] = Field(default=(), exclude_if=empty)
    """What each who agrees says with his signature, by the rows that applied; nobody need sign if none says it."""


class PolicyTable(_Part):
    """The approval policy of one process at one site."""

    process: str
    site: str
    effective_from: AwareDatetime
    effective_until: AwareDatetime | None = Field(default=None, exclude_if=unset)
    """When the table before it holds again; nothing means until another takes its place."""
    rows: tuple[Row, ...]
    """The first that applies decides."""
    further: tuple[Row, ...] = ()
    """Each that applies adds its requirements."""
    within: dict[Zone, Duration]
    """How long a decision may take, by zone."""
    ladder: Ladder | None = Field(default=None, exclude_if=unset)
    """Who hears of any question of the process when; nothing means the usual."""

    @model_validator(mode="after")
    def _decides_everything(self) -> PolicyTable:
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise ValueError("The table would end before it begins: effective_until must be after effective_from.")
        if not self.rows or self.rows[-1].when != Condition():
            raise ValueError("The last row must apply to everything, or some changes would be nobody's.")
        if any(row.automatic or row.within or row.ladder for row in self.further):
            raise ValueError("A further row can only add requirements.")
        for row in self.rows:
            first = min((need.turn for need in row.require), default=1)
            if any(need.within is not None and need.turn == first for need in row.require):
                raise ValueError(f"Rule {row.rule}: who is asked first has the time of the rule; say `within` there.")
        names = [row.rule for row in (*self.rows, *self.further)]
        if len(set(names)) != len(names):
            raise ValueError("Every rule needs a name of its own.")
        if missing := {"frozen", "slushy", "liquid"} - set(self.within):
            raise ValueError(f"A deadline is missing for {', '.join(sorted(missing))}.")
        return self

    @property
    def version(self) -> str:
        """The content's digest, by which a case pins the table."""
        return digest(self)[:12]

    def names(self, option: str) -> bool:
        """Whether a row is about *option*, and not only about whatever is left."""
        return any(option in (row.when.option or ()) for row in self.rows)

    def rule(self, inputs: PolicyInputs) -> Ruling:
        """Who must agree to an option with these *inputs*."""
        row = next(row for row in self.rows if row.when.holds(inputs))
        added = [other for other in self.further if other.when.holds(inputs)]
        named = (*row.require, *(need for other in added for need in other.require))
        applied = [need.applied(inputs) for need in named]
        require = _merged(applied)
        asked = {role for need in require for role in need.roles}
        replaced = (need for need, now in zip(named, applied, strict=True) if now.role != need.role)
        beyond = [role for need in replaced for role in need.roles]
        return Ruling(
            rules=(row.rule, *(other.rule for other in added)),
            automatic=row.automatic and not require,
            require=require,
            within=row.within or self.within[inputs.zone],
            ladder=row.ladder,
            over_limit=tuple(dict.fromkeys(role for role in beyond if role not in asked)),
            signed=_once(other.signed for other in (row, *added) if other.signed is not None),
        )


def together(rulings: Iterable[Ruling]) -> Ruling:
    """What the policy says of several things that are decided as one: all whom any of them needs, in the least time."""
    each = tuple(rulings)
    require = _merged(need for ruling in each for need in ruling.require)
    asked = {role for need in require for role in need.roles}
    soonest = min(each, key=lambda ruling: length(ruling.within))
    return Ruling(
        rules=tuple(dict.fromkeys(rule for ruling in each for rule in ruling.rules)),
        automatic=all(ruling.automatic for ruling in each),
        require=require,
        within=soonest.within,
        ladder=soonest.ladder,
        over_limit=tuple(dict.fromkeys(r for ruling in each for r in ruling.over_limit if r not in asked)),
        signed=_once(meaning for ruling in each for meaning in ruling.signed),
    )


def _once(meanings: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(meanings))


def _merged(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """Each group of roles once, in the stricter way: as many people and as early as any row wants."""
    by_roles: dict[frozenset[Role], Requirement] = {}
    for need in requirements:
        known = by_roles.setdefault(frozenset(need.roles), need)
        if known is not need:
            stage = min(known.turn, need.turn)
            timed = None if stage == 1 else soonest((known, need))
            stricter = {
                "count": max(known.count, need.count),
                "veto": known.veto or need.veto,
                "stage": None if stage == 1 else stage,
                **({"within": timed.within, "ladder": timed.ladder} if timed else {"within": None, "ladder": None}),
            }
            by_roles[frozenset(need.roles)] = known.model_copy(update=stricter)
    return tuple(by_roles.values())


def policy_of(document: Any) -> PolicyTable:
    """The table that a policy document describes. Raises pydantic.ValidationError naming each wrong entry."""
    return PolicyTable.model_validate(document)
