"""The lots on hold at a site, as the material review board goes through them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.fact import Money, Quantity
from domain.letter import local
from domain.roles import Role, listed
from domain.subject import Identifier
from domain.words import in_words

MOST_NAMED: Final = 20
"""Of so many a mail tells; all of them are in the list itself."""


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

    def sentence(self, zone: str) -> str:
        """The lot and how it stands, in the time of the site."""
        waits = (
            f"asked of {listed(self.asked)} since {local(self.asked_since, zone)}" if self.asked_since else self.state
        )
        text = (
            f"{self.case_id}: {self.item}, lot {self.lot}, {self.quantity:f} worth {self.value:f}, {self.severity}, "
            f"since {local(self.since, zone)}: {self.because} Now {in_words(waits)}."
        )
        return " ".join(text.split())


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

    def sentences(self, zone: str) -> tuple[str, ...]:
        """The list as it is read, in the time of the site, with the oldest named."""
        if self.average_age is None:
            return ("Nothing is on hold any more.",)
        days = self.average_age / timedelta(days=1)
        return (
            f"Worth {self.value:f} in all, on hold for {days:.1f} days on average; "
            f"{self.raised} for so long that it was raised.",
            *(f"- {hold.sentence(zone)}" for hold in self.holds[:MOST_NAMED]),
            *([f"- and {len(self.holds) - MOST_NAMED} more"] if len(self.holds) > MOST_NAMED else []),
        )

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
