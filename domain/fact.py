"""What a fact is: one thing that a source says is so, and how sure we are of when."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from domain.subject import Identifier


def plain_number(value: Decimal) -> str:
    """The number without zeros that say nothing."""
    return format(value.normalize(), "f")


# No ERP field is wider; without the bounds a figure such as 1e9999999 keeps a processor busy for minutes.
# One text for 10, 10.0 and 1E+1, so that equal quantities have equal digests.
Quantity = Annotated[
    Decimal,
    Field(ge=0, max_digits=15, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(plain_number, return_type=str),
]


Money = Annotated[
    Decimal,
    Field(max_digits=15, decimal_places=4, allow_inf_nan=False),
    PlainSerializer(plain_number, return_type=str),
]


Text = Annotated[str, Field(max_length=500)]


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is beyond all calendars in UTC") from None


Time = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, kept in UTC with whatever offset it was told: that is how people are shown it."""


class Fact(BaseModel):
    """One thing that is so at a site. Unknown fields are ignored: sources grow."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    kind: ClassVar[str]
    key_fields: ClassVar[tuple[str, ...]]
    """The fields that name the thing within its kind and site."""
    found_by: ClassVar[tuple[str, ...]] = ()
    """What it is looked up by besides, however many there are: where things come from, and where they went."""

    anew_with: ClassVar[tuple[str, ...]] = ()
    """With another word in one of these it is begun anew: what somebody told us of it before is over."""

    site: Identifier

    @property
    def key(self) -> str:
        """What the fact is about, unique within its kind and site."""
        return ":".join(str(getattr(self, field)) for field in self.key_fields)

    @property
    def traces(self) -> frozenset[str]:
        """Under which names it is looked up, such as ``made_on=M3``."""
        said = {field: getattr(self, field) for field in self.found_by}
        return frozenset(
            trace_of(field, name)
            for field, value in said.items()
            for name in (value if isinstance(value, tuple) else (value,))
            if name is not None
        )


def trace_of(field: str, name: str) -> str:
    """The name under which facts are looked up in which *field* says *name*."""
    return f"{field}={name}"


F = TypeVar("F", bound=Fact)


class Reading(BaseModel, Generic[F]):
    """A fact with where it comes from and when it was so."""

    model_config = ConfigDict(frozen=True)

    fact: F
    source: str
    """The system that says so."""
    version: str
    """The source's own version of the fact; grows or at least changes with it."""
    as_of: Time
    """When the source said it, UTC."""
