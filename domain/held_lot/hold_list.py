"""The lots on hold at a site, as the material review board goes through them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.fact import Money, Quantity
from domain.roles import Role
from domain.subject import Identifier


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class LotOnHold(_View):
    """A lot that is on hold, and who has to do something about it."""

    case_id: str
    item: Identifier
    lot: Identifier
    quantity: Quantity
    value: Money
    """Of all of it, in the site's currency."""
    severity: str
    because: str
    """What is wrong with it, as far as is known."""
    state: str
    """Where its case is."""
    since: AwareDatetime
    """When it was stopped first."""
    age: timedelta
    asked: tuple[Role, ...]
    """Who is waited for now."""
    asked_since: AwareDatetime | None
    """Since when; nothing while nobody is asked."""
    due_at: AwareDatetime | None
    raised_to: tuple[Role, ...]
    """Who has heard that it is on hold for long, in that order."""


class HoldList(_View):
    """All of them, the oldest first."""

    site: Identifier
    at: AwareDatetime
    holds: tuple[LotOnHold, ...]
    value: Money
    """Of all that is on hold."""
    average_age: timedelta | None
    """Nothing where nothing is on hold."""
    raised: int
    """How many are on hold for so long that somebody has heard of it."""

    @classmethod
    def of(cls, site: str, at: AwareDatetime, holds: tuple[LotOnHold, ...]) -> HoldList:
        """The list of *holds*, with its figures."""
        return cls(
            site=site,
            at=at,
            holds=tuple(sorted(holds, key=lambda hold: (hold.since, hold.case_id))),
            value=sum((hold.value for hold in holds), Decimal(0)),
            average_age=sum((hold.age for hold in holds), timedelta(0)) / len(holds) if holds else None,
            raised=sum(1 for hold in holds if hold.raised_to),
        )
