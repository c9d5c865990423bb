"""Options: what could be done, what it costs whom, and who would have to agree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.fact import Money, Quantity
from domain.facts import JobOperation
from domain.left_out import empty
from domain.policy import Ruling
from domain.subject import Identifier, OfOrderLine
from domain.words import in_words


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Delivery(_Part):
    """A quantity that ships at a time."""

    at: AwareDatetime
    quantity: Quantity
    item: Identifier
    site: Identifier


class Disturbed(OfOrderLine, _Part):
    """Another order line that an option makes later."""

    order: Identifier
    line: Identifier
    customer: Identifier
    promised_at: AwareDatetime
    new_at: AwareDatetime

    @property
    def breaks_promise(self) -> bool:
        """Whether the line would ship after its promised date."""
        return self.new_at > self.promised_at


class NewSupply(_Part):
    """One thing that must be made, bought or moved."""

    kind: str
    """``make``, ``buy``, ``expedite`` or ``transfer``; where material is short also how else it is got."""
    site: Identifier
    item: Identifier
    quantity: Quantity
    starts_at: AwareDatetime
    at: AwareDatetime
    source: str
    """The work centre, supplier or site it comes from."""
    cost: Money
    operations: tuple[JobOperation, ...] = ()
    """The steps of making it."""
    order: Identifier | None = None
    """The order it is for, if it is for another line than the one that changes."""
    line: Identifier | None = None


class Moved(_Part):
    """A job that an option puts at another time."""

    job: Identifier
    ends_at: AwareDatetime
    taken_over_by: tuple[str, ...] = ()
    """The work centres and suppliers that do steps of it in place of those that were to."""


class Gap(_Part):
    """What of an item is missing."""

    quantity: Quantity
    """The most that is missing at once."""
    since: AwareDatetime
    until: AwareDatetime | None
    """When nothing is missing any more; nothing means that no supply known makes up for it."""


class Option(_Part):
    """One way to answer a request."""

    name: str
    """The kind of option, unique in its proposal, such as ``accept_later``."""
    title: str
    deliveries: tuple[Delivery, ...] = ()
    cost: Money = Decimal(0)
    disturbed: tuple[Disturbed, ...] = ()
    feasible: bool = True
    because: tuple[str, ...] = ()
    """The evidence in sentences: what makes it possible, or impossible."""
    confidence: str = "confirmed"
    """The weakest supply it counts on: confirmed, promised or planned."""
    expires_at: AwareDatetime
    """When the evidence it rests on runs out."""
    offer: bool = False
    """Whether the customer must agree, because it is not what was asked."""
    supply: tuple[NewSupply, ...] = ()
    """What must be made, bought or moved for it."""
    from_stock: Quantity = Decimal(0)
    """What it takes from stock."""
    residual: Gap | None = None
    """What stays missing all the same."""
    moves: tuple[Moved, ...] | None = None
    """Jobs that it moves; nothing where it is not about jobs, or nobody looked."""
    closed: tuple[str, ...] = ()
    """Work centres and suppliers that no work can be moved to."""
    about: str = ""
    """Digest of what it takes as it is, such as the content of a shipment; nothing where all else says it."""
    rests_on: dict[str, str] = Field(default={}, exclude_if=empty)
    """What it is about, as whoever decides is shown it, such as ``quantity``: ``100``; it stands while that is so."""

    @property
    def to_weigh(self) -> bool:
        """Whether it says more of itself than its title, such as what it rests on, delivers, costs or disturbs."""
        return bool(
            self.rests_on or self.deliveries or self.cost or self.disturbed or self.because or not self.feasible
        )

    @property
    def promises_broken(self) -> bool:
        """Whether it makes another order late."""
        return any(line.breaks_promise for line in self.disturbed)


class RuledOption(_Part):
    """An option with what the approval policy says of it."""

    option: Option
    ruling: Ruling


class Proposal(_Part):
    """What an assessment came to."""

    options: tuple[RuledOption, ...] = ()
    settled: str | None = None
    """The final state, when there is nothing to decide."""
    lacking: tuple[str, ...] = ()
    """What must be found out before anything can be proposed."""
    because: str = ""
    automatic: str | None = None
    """The option that policy takes without asking anybody."""
    stage: str = ""
    """The state in which people are asked how to go on; nothing where the process has but one for that."""
    refused: str = ""
    """The final state, if none of the options is taken; nothing where the process has but one for that."""

    @classmethod
    def of_step(
        cls, stage: str, because: str, option: Option, ruling: Ruling, others: Iterable[RuledOption] = ()
    ) -> Proposal:
        """
        That one option is taken next: asked for in the state *stage*, or by itself where policy says so.

        With *others* that may be taken instead.
        """
        return cls(
            stage=stage, because=because, options=(RuledOption(option=option, ruling=ruling), *others),
            automatic=option.name if ruling.automatic else None,
        )  # fmt: skip

    @classmethod
    def to_find_out(cls, stage: str, *lacking: str) -> Proposal:
        """That nothing can be proposed before it is found out what is *lacking*, in the state *stage*."""
        return cls(stage=stage, lacking=lacking, because=" ".join(lacking))

    def has(self, name: str) -> bool:
        """Whether there is an option called *name*."""
        return any(ruled.option.name == name for ruled in self.options)

    def option(self, name: str) -> Option:
        """The option called *name*. Raises KeyError."""
        for ruled in self.options:
            if ruled.option.name == name:
                return ruled.option
        raise KeyError(name)


def still_stands(
    chosen: Option,
    now: Option | None,
    *,
    cost_tolerance: Decimal = Decimal("0.05"),
    date_tolerance: timedelta = timedelta(days=1),
) -> tuple[str, ...]:
    """
    How *chosen* differs, beyond tolerance, from what the same option would be on today's evidence; empty if it stands.

    Immaterial (processes 1.0.5): same quantity, cost not more than 5 % higher, no further order or job disturbed, and
    nothing a day later or more: lead times run from now, so dates move by the hours that people took to decide.
    What it counts on must not have gone either, or other things would have to be written; nor what it rests on changed.
    """
    if now is None:
        return (f"{chosen.title} is no longer possible.",)
    if not now.feasible:
        return now.because or (f"{chosen.title} is no longer possible.",)
    found: list[str] = []
    if sum(d.quantity for d in now.deliveries) != sum(d.quantity for d in chosen.deliveries):
        found.append("The quantity that can be delivered changed.")
    if now.deliveries and chosen.deliveries and _last(now) - _last(chosen) >= date_tolerance:
        found.append(f"The last delivery moved from {_last(chosen):%Y-%m-%d %H:%M} to {_last(now):%Y-%m-%d %H:%M} UTC.")
    found += [
        f"Less can be delivered by {due:%Y-%m-%d}."
        for due in sorted(delivery.at for delivery in chosen.deliveries)[:-1]
        if _delivered_before(now, due + date_tolerance) < _delivered_before(chosen, due + timedelta.resolution)
    ]
    if now.cost > chosen.cost * (1 + cost_tolerance):
        found.append(f"The cost rose from {chosen.cost} to {now.cost}.")
    if dearer := sorted(_new_supply(now) - _new_supply(chosen)):
        found.append("It now also takes " + ", ".join(f"{kind} {item}" for kind, item in dearer) + ".")
    if now.from_stock < chosen.from_stock:
        found.append(
            f"Only {now.from_stock.normalize():f} of {chosen.from_stock.normalize():f} are in stock for it now."
        )
    if further := {d.line_key for d in now.disturbed} - {d.line_key for d in chosen.disturbed}:
        found.append("It now also disturbs " + ", ".join(sorted(further)) + ".")
    ships = {line.line_key: line.new_at for line in chosen.disturbed}
    found += [
        f"{line.line_key} would now ship on {line.new_at:%Y-%m-%d}."
        for line in now.disturbed
        if line.new_at - ships.get(line.line_key, line.new_at) >= date_tolerance
    ]
    if chosen.moves is not None:
        ends = {job.job: job.ends_at for job in chosen.moves}
        moves = now.moves or ()
        found += [
            f"{', '.join(gone)} cannot take over {job.job} any more."
            for job in chosen.moves
            if (gone := sorted(set(job.taken_over_by) & set(now.closed)))
        ]
        if more := sorted(job.job for job in moves if job.job not in ends):
            found.append(f"It now also moves {', '.join(more)}.")
        found += [
            f"{job.job} would now end at {job.ends_at:%Y-%m-%d %H:%M} UTC."
            for job in moves
            if job.ends_at - ends.get(job.job, job.ends_at) >= date_tolerance
        ]
    if chosen.about and now.about != chosen.about:
        found.append(f"{chosen.title}: what it is about has changed.")
    found += [
        f"{in_words(name).capitalize()}: {shown}; now {now.rests_on.get(name, 'nobody knows')}."
        for name, shown in chosen.rests_on.items()
        if now.rests_on.get(name) != shown
    ]
    return tuple(found)


def no_longer_as_agreed(agreed: Iterable[str], then: Proposal, now: Proposal) -> tuple[str, ...]:
    """How the options *agreed* to differ from what they were *then*; empty where all of them stand."""
    return tuple(
        text
        for name in dict.fromkeys(agreed)
        for text in still_stands(then.option(name), now.option(name) if now.has(name) else None)
    )


def _new_supply(option: Option) -> set[tuple[str, str]]:
    return {(step.kind, step.item) for step in option.supply}


def _delivered_before(option: Option, end: AwareDatetime) -> Decimal:
    return sum((delivery.quantity for delivery in option.deliveries if delivery.at < end), Decimal(0))


def _last(option: Option) -> AwareDatetime:
    return max(delivery.at for delivery in option.deliveries)
