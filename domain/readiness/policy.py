"""What a plant demands before it calls something ready."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from domain.evidence import digest
from domain.facts import KINDS, Shipment
from domain.left_out import empty
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

    def goes_in(self, shipment: Shipment) -> bool | None:
        """Whether it goes where the shipment does, and as it does; nothing where nobody said where, or how."""
        said = ((self.countries, shipment.country), (self.modes, shipment.mode))
        asked = [(named, word) for named, word in said if named]
        if any(word is not None and word not in named for named, word in asked):
            return False
        return None if any(word is None for _, word in asked) else True


class ReadinessPolicy(_Part):
    """A plant's figures for readiness."""

    site: str
    effective_from: AwareDatetime
    time_to_live: dict[str, timedelta]
    """How old a fact may be, by kind. A fact of a kind that is not listed stays good until it changes."""
    documents: tuple[Paper, ...]
    """The papers that shipments need; a shipment may ask for more."""
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
