"""What a plant demands before it calls something ready."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from domain.evidence import digest
from domain.facts import KINDS
from domain.left_out import empty, unset
from domain.policy import Meaning
from domain.readiness.waiver import WAIVED_BY
from domain.subject import Country, Identifier, Mode
from domain.timing import Timing, usual

_Share = Annotated[Decimal, Field(ge=0, lt=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Paper(_Part):
    """A paper that must go with goods."""

    document: Identifier
    """Its type, such as ``packing_list``."""
    customers: tuple[Identifier, ...] = ()
    """Whose goods it goes with; none named means everybody's."""
    items: tuple[Identifier, ...] = ()
    """Which goods it goes with; none named means all."""
    countries: tuple[Country, ...] = Field(default=(), exclude_if=empty)
    """To where it goes with them; none named means everywhere."""
    modes: tuple[Mode, ...] = Field(default=(), exclude_if=empty)
    """By which modes of transport; none named means all."""

    @property
    def selective(self) -> bool:
        """Whether it depends on the goods whether it is needed."""
        return bool(self.customers or self.items)

    def goes_with(self, customer: str, item: str) -> bool:
        """Whether *item* does not leave for *customer* without it."""
        return customer in (self.customers or (customer,)) and item in (self.items or (item,))

    def goes_in(self, countries: Collection[Country | None], mode: Mode | None) -> bool | None:
        """Whether it goes to one of *countries*, and by *mode*; nothing where that hangs on what nobody said."""
        said = ((self.countries, countries), (self.modes, (mode,)))
        asked = [(named, words) for named, words in said if named]
        fits = [True if set(words) & set(named) else None if None in words else False for named, words in asked]
        if False in fits:
            return False
        return None if None in fits else True


class ReadinessPolicy(_Part):
    """A plant's figures for readiness."""

    site: str
    effective_from: AwareDatetime
    time_to_live: dict[str, timedelta]
    """How old a fact may be, by kind. A fact of a kind that is not listed stays good until it changes."""
    documents: tuple[Paper, ...]
    """The papers that shipments need; a shipment may ask for more."""
    country: Country | None = Field(default=None, exclude_if=unset)
    """Where a customer is of whom nobody said so, such as ``DE``; nothing means that somebody has to say."""
    under_delivery: _Share = Decimal(0)
    """Share of an order line that may be missing."""
    over_delivery: _Share = Decimal(0)
    """Share of an order line that may leave on top."""
    receiving_time: timedelta = timedelta(0)
    """From the arrival of supply until it may be used."""
    remaining_life: timedelta = timedelta(0)
    """How long goods must still be good after they left."""
    signed_waivers: dict[str, Meaning] = Field(default={}, exclude_if=empty)
    """What whoever agrees to a waiver says with his signature, by what is waived; of anything else it is not signed."""
    timing: Timing = Field(default=Timing(), exclude_if=usual)
    """By when things are due."""

    @field_validator("time_to_live")
    @classmethod
    def _kinds_exist(cls, given: dict[str, timedelta]) -> dict[str, timedelta]:
        if unknown := sorted(set(given) - set(KINDS)):
            raise ValueError(f"{unknown[0]} is no kind of fact; kinds are {', '.join(sorted(KINDS))}.")
        return given

    @field_validator("signed_waivers")
    @classmethod
    def _can_be_waived(cls, given: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(given) - set(WAIVED_BY)):
            raise ValueError(f"Nobody can waive {unknown[0]}; waived are {', '.join(sorted(WAIVED_BY))}.")
        return given

    @property
    def version(self) -> str:
        """The content's digest, which every judgement names."""
        return digest(self)[:12]
