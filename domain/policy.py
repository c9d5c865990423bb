"""Approval policy: a decision table that says who must agree, as data that planners can read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from domain.calendar import Duration
from domain.evidence import digest
from domain.ladder import Ladder
from domain.roles import Role

Zone = Literal["frozen", "slushy", "liquid"]


def _unset(value: object) -> bool:
    """Whether a field that came later says nothing: then it stays out of what is kept, and versions stay the same."""
    return value is None


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


class Condition(_Part):
    """When a row applies: every field given must hold; a field not given does not matter."""

    option: tuple[str, ...] | None = Field(default=None, exclude_if=_unset)
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

    def holds(self, inputs: PolicyInputs) -> bool:
        """Whether the row applies to *inputs*."""
        for field in ("promises_broken", "all_pass", "offer", "specification_with_work_in_process",
                      "over_credit_limit", "cancel_after_start"):  # fmt: skip
            wanted = getattr(self, field)
            if wanted is not None and getattr(inputs, field) != wanted:
                return False
        return (
            (self.option is None or inputs.option in self.option)
            and (self.zone is None or inputs.zone in self.zone)
            and (self.cost_up_to is None or inputs.cost <= self.cost_up_to)
            and (self.cost_over is None or inputs.cost > self.cost_over)
            and (self.value_change_up_to is None or inputs.value_change <= self.value_change_up_to)
            and (self.value_change_ratio_up_to is None or inputs.value_change_ratio <= self.value_change_ratio_up_to)
            and (
                self.work_in_process_value_over is None
                or inputs.work_in_process_value > self.work_in_process_value_over
            )
        )


class Requirement(_Part):
    """So many people of a role must agree."""

    role: Role
    count: int = Field(default=1, ge=1, le=5)
    veto: bool = True
    """Whether one no of the role ends the matter."""


class Row(_Part):
    """A line of the table: when it applies, and what then."""

    rule: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    when: Condition = Condition()
    automatic: bool = False
    require: tuple[Requirement, ...] = ()
    within: Duration | None = Field(default=None, exclude_if=_unset)
    """How long the decision may take; nothing means what the zone is given."""
    ladder: Ladder | None = Field(default=None, exclude_if=_unset)
    """Who hears of it when; nothing means what the table says."""

    @model_validator(mode="after")
    def _says_who(self) -> Row:
        if self.automatic == bool(self.require):
            raise ValueError(f"Rule {self.rule} must either be automatic or require somebody.")
        return self


class Ruling(_Part):
    """What the policy says of one option."""

    rules: tuple[str, ...]
    """The rows that applied, first the one that decided."""
    automatic: bool
    require: tuple[Requirement, ...]
    within: Duration
    ladder: Ladder | None = Field(default=None, exclude_if=_unset)
    """Who hears of the question when, where the row that decided says so."""


class PolicyTable(_Part):
    """The approval policy of one process at one site."""

    process: str
    site: str
    effective_from: AwareDatetime
    effective_until: AwareDatetime | None = Field(default=None, exclude_if=_unset)
    """When the table before it holds again; nothing means until another takes its place."""
    rows: tuple[Row, ...]
    """The first that applies decides."""
    further: tuple[Row, ...] = ()
    """Each that applies adds its requirements."""
    within: dict[Zone, Duration]
    """How long a decision may take, by zone."""
    ladder: Ladder | None = Field(default=None, exclude_if=_unset)
    """Who hears of any question of the process when; nothing means the usual."""

    @model_validator(mode="after")
    def _decides_everything(self) -> PolicyTable:
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise ValueError("The table would end before it begins: effective_until must be after effective_from.")
        if not self.rows or self.rows[-1].when != Condition():
            raise ValueError("The last row must apply to everything, or some changes would be nobody's.")
        if any(row.automatic or row.within or row.ladder for row in self.further):
            raise ValueError("A further row can only add requirements.")
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

    def rule(self, inputs: PolicyInputs) -> Ruling:
        """Who must agree to an option with these *inputs*."""
        row = next(row for row in self.rows if row.when.holds(inputs))
        added = [other for other in self.further if other.when.holds(inputs)]
        require = _merged((*row.require, *(need for other in added for need in other.require)))
        return Ruling(
            rules=(row.rule, *(other.rule for other in added)),
            automatic=row.automatic and not require,
            require=require,
            within=row.within or self.within[inputs.zone],
            ladder=row.ladder,
        )


def _merged(requirements: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    by_role: dict[Role, Requirement] = {}
    for need in requirements:
        known = by_role.get(need.role)
        by_role[need.role] = (
            need
            if known is None
            else Requirement(role=need.role, count=max(known.count, need.count), veto=known.veto or need.veto)
        )
    return tuple(by_role.values())


def policy_of(document: Any) -> PolicyTable:
    """The table that a policy document describes. Raises pydantic.ValidationError naming each wrong entry."""
    return PolicyTable.model_validate(document)
