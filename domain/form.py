"""Forms: what an answer has to say besides which way it goes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from domain.fact import Quantity
from domain.subject import Identifier


class FieldKind(StrEnum):
    """What is written into a field."""

    QUANTITY = "quantity"
    """A number of pieces, or of whatever the item is counted in; not below zero."""
    TIME = "time"
    """A moment with its offset, as in RFC 3339."""
    WORD = "word"
    """One of a few."""
    NAME = "name"
    """What one thing is called, such as an item."""
    NAMES = "names"
    """What things are called, such as customers, with semicolons between them."""
    TEXT = "text"
    ATTACHMENT = "attachment"
    """The digest of an attachment of the case. Only its form is looked at here; whether the case has it, rows say."""


class FormField(BaseModel):
    """One thing that is to be said."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    name: str
    title: str
    kind: FieldKind
    required: bool = True
    words: tuple[str, ...] = ()
    """Those to choose from."""
    least: Quantity | None = None
    """If it is not nothing, a quantity is so much at least."""
    most: Quantity | None = None
    """A quantity is so much at most."""
    needed_with: tuple[str, ...] = ()
    """Fields that want this one as well: it must be filled in where one of them is, or says ``=`` such a word."""
    ahead: bool = False
    """Whether the time must still be to come."""


class Form(BaseModel):
    """All that is to be said with one choice."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    fields: tuple[FormField, ...] = ()
    total: Quantity | None = None
    """What the quantities must come to in all; nothing if each stands for itself."""
    above: Quantity | None = None
    """What they must come to more than."""
    below: Quantity | None = None
    """What they must come to less than."""
    one_at_most: tuple[str, ...] = ()
    """Quantities of which only one may be more than nothing."""


class FormWrong(ValueError):
    """The form is not filled in so that it can be used; the sentence says where."""

    def __init__(self, sentence: str, *fields: str) -> None:
        super().__init__(sentence)
        self.fields = fields
        """Names of the fields it is about; nothing where it is about all of them together."""


LONGEST_TEXT = 500
"""Characters in one field."""


def filled(form: Form, values: Mapping[str, str], at: datetime) -> dict[str, str]:
    """
    What was said at *at*, each value in one writing, without fields left empty.

    Raises FormWrong.
    """
    if unknown := sorted(set(values) - {field.name for field in form.fields}):
        raise FormWrong(f"The form has no {_listed(unknown)}.")
    said = {field.name: values.get(field.name, "").strip() for field in form.fields}
    found = {field.name: _value(field, said[field.name], at) for field in form.fields if said[field.name]}
    if missing := [field for field in form.fields if not said[field.name] and _needed(field, found)]:
        titles = _listed(field.title for field in missing)
        raise FormWrong(f"Please fill in: {titles}.", *(field.name for field in missing))
    several = [field.title for field in form.fields if field.name in form.one_at_most and _says(found, field.name)]
    if len(several) > 1:
        raise FormWrong(f"Only one of these at a time: {_listed(several)}.")
    if form.total is not None and (given := total_of(form, found)) != form.total:
        raise FormWrong(f"The quantities come to {given:f}; they must come to {form.total.normalize():f}.")
    _within_bounds(form, found)
    return found


def _within_bounds(form: Form, found: Mapping[str, str]) -> None:
    given = total_of(form, found)
    if form.above is not None and given <= form.above:
        raise FormWrong(f"The quantities come to {given:f}; they must come to more than {form.above.normalize():f}.")
    if form.below is not None and given >= form.below:
        raise FormWrong(f"The quantities come to {given:f}; they must come to less than {form.below.normalize():f}.")


def total_of(form: Form, values: Mapping[str, str]) -> Decimal:
    """What the quantities in *values* come to."""
    counted = (field.name for field in form.fields if field.kind is FieldKind.QUANTITY)
    return sum((Decimal(values[name]) for name in counted if name in values), Decimal(0)).normalize()


def attached_in(form: Form, values: Mapping[str, str]) -> tuple[str, ...]:
    """The digests of the attachments that *values* name."""
    named = (field.name for field in form.fields if field.kind is FieldKind.ATTACHMENT)
    return tuple(values[name] for name in named if name in values)


def names_in(text: str) -> tuple[str, ...]:
    """The names that a field of names says, each once."""
    return tuple(dict.fromkeys(name for part in text.split(";") if (name := part.strip())))


def _needed(field: FormField, found: Mapping[str, str]) -> bool:
    return field.required or any(_says(found, name) for name in field.needed_with)


def _says(found: Mapping[str, str], name: str) -> bool:
    """Whether the field is filled in, and with more than nothing; or with the word after ``=``, where one is named."""
    name, _, word = name.partition("=")
    said = found.get(name, "0")
    return said == word if word else said != "0"


def _value(field: FormField, text: str, at: datetime) -> str:
    if field.kind is FieldKind.QUANTITY:
        return _quantity(field, text)
    if field.kind is FieldKind.TIME:
        return _time(field, text, at)
    if field.kind is FieldKind.NAME:
        return _names(field, (text,), "a name such as ACME")
    if field.kind is FieldKind.NAMES:
        return _names(field, names_in(text), "names such as ACME; BOLT")
    if field.kind is FieldKind.ATTACHMENT and not _DIGEST.fullmatch(text):
        raise FormWrong(f"{field.title} must be the digest of an attachment of the case: attach it first.", field.name)
    if field.kind is FieldKind.WORD and text not in field.words:
        raise FormWrong(f"{field.title} must be one of {_listed(field.words)}.", field.name)
    if len(text) > LONGEST_TEXT:
        raise FormWrong(f"{field.title} takes {LONGEST_TEXT} characters.", field.name)
    return text


def _quantity(field: FormField, text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    # As wide as a quantity of a fact can be.
    if not number.is_finite() or not 0 <= number < Decimal(10) ** 11 or number != round(number, 4):
        raise FormWrong(f"{field.title} must be a number such as 12 or 12.5, not below zero.", field.name)
    if field.most is not None and number > field.most:
        raise FormWrong(f"{field.title} takes {field.most.normalize():f} at most.", field.name)
    if field.least is not None and 0 < number < field.least:
        raise FormWrong(f"{field.title} takes nothing, or {field.least.normalize():f} at least.", field.name)
    return format(number.normalize(), "f")


def _names(field: FormField, names: tuple[str, ...], such: str) -> str:
    try:
        _NAMES.validate_python([part for name in names for part in name.split(":")])
    except ValidationError:
        raise FormWrong(f"{field.title} must be {such}.", field.name) from None
    return "; ".join(names)


_DIGEST = re.compile("[0-9a-f]{64}")
_NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(Annotated[tuple[Identifier, ...], Field(min_length=1)])


def _time(field: FormField, text: str, at: datetime) -> str:
    try:
        said = datetime.fromisoformat(text)
        # Whoever is told of it reads UTC, whatever offset it was given with.
        moment = None if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise FormWrong(f"{field.title} must be a time with its offset, such as 2026-12-01T06:00:00+01:00.", field.name)
    if field.ahead and moment <= at:
        raise FormWrong(f"{field.title} must still be to come.", field.name)
    return moment.isoformat()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
