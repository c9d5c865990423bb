"""One way in which some of what is missing can be had."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.availability import NOTHING
from domain.fact import Money, Quantity
from domain.left_out import unset
from domain.option import Disturbed, NewSupply
from domain.policy import Ruling
from domain.shortage.balance import Change
from domain.subject import Identifier


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Share(_Part):
    """What a job takes of another item instead."""

    job: Identifier
    at: AwareDatetime
    quantity: Quantity


class OnLot(_Part):
    """What of a lot is free."""

    lot: Identifier
    quantity: Quantity


class Way(_Part):
    """One way to have some more of the item, or to need less of it."""

    name: str
    """Tells it apart from every other, the same every time, such as ``transfer-south``."""
    kind: str
    """What the policy calls it, such as ``transfer``."""
    title: str
    source: str
    """The supplier, site, lot, order, job or item that it is about."""
    at: AwareDatetime
    """When it is there."""
    back_at: AwareDatetime | None = None
    """When it is missing again, where it is only lent or brought forward."""
    limit: Quantity | None = None
    """The most that can be had so; nothing means as much as is wanted."""
    minimum: Quantity = NOTHING
    multiple: Quantity = NOTHING
    whole: bool = False
    """Whether it is all of it or nothing."""
    cost: Money = NOTHING
    draws_on: tuple[str, ...]
    """What it uses up: of two ways that draw on one thing, only one can be taken."""
    sure: bool = True
    """Whether nobody has yet to find that it may be used."""
    spare: Quantity | None = None
    """What of it can be had before a safety stock is touched; nothing where none ever is."""
    good_until: AwareDatetime | None = None
    """Until when those who were asked stand by it; nothing where nobody was."""
    told: str = ""
    """Who said what of it."""
    disturbed: tuple[Disturbed, ...] = ()
    supplier: Identifier | None = None
    shares: tuple[Share, ...] = ()
    """Of which jobs it meets the need, where it is no supply for all."""
    lots: tuple[OnLot, ...] = ()
    """Of what they take instead, those that expire first first."""
    whole_of: Quantity = NOTHING
    """What it is a part of: all that is reserved, or all that the job makes."""
    steps: tuple[NewSupply, ...] = ()
    """What is made, and bought for it."""
    consent: Ruling | None = Field(default=None, exclude_if=unset)
    """Who must agree where it is taken from, by the policy there; nothing where nobody has to."""

    @property
    def granted(self) -> bool:
        """Whether it may be chosen: whoever must agree where it is taken from has said how much."""
        return self.consent is None or bool(self.told)

    def amount(self, wanted: Decimal) -> Decimal:
        """How much comes if *wanted* is, in lots as they can be had."""
        if wanted <= 0:
            return NOTHING
        if self.whole:
            return self.limit or NOTHING
        pieces = max(wanted, self.minimum)
        if self.multiple:
            pieces = (pieces / self.multiple).to_integral_value(ROUND_CEILING) * self.multiple
        return pieces if self.limit is None else min(pieces, self.limit)

    def safety_stock(self, quantity: Decimal) -> Decimal:
        """How much of *quantity* is taken from what is kept for safety."""
        return NOTHING if self.spare is None else max(quantity - self.spare, NOTHING)

    def changes(self, quantity: Decimal) -> Iterator[Change]:
        """What *quantity* by this way makes of the balance."""
        left = quantity
        for share in self.shares:
            part = min(left, share.quantity)
            left -= part
            yield Change(share.at, part)
        if not self.shares:
            yield Change(self.at, quantity)
        if self.back_at is not None:
            yield Change(self.back_at, -quantity)
