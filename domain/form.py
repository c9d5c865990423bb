"""Forms: what an answer has to say besides which way it goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.fact import Quantity


class FieldKind(StrEnum):
    """What is written into a field."""

    QUANTITY = "quantity"
    """A number of pieces, or of whatever the item is counted in; not below zero."""
    TIME = "time"
    """A moment with its offset, as in RFC 3339."""
    WORD = "word"
    """One of a few."""
    TEXT = "text"


class FormField(BaseModel):
    """One thing that is to be said."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    name: str
    title: str
    kind: FieldKind
    required: bool = True
    words: tuple[str, ...] = ()
    """Those to choose from."""


class Form(BaseModel):
    """All that is to be said with one choice."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    fields: tuple[FormField, ...] = ()
    total: Quantity | None = None
    """What the quantities must come to in all; nothing if each stands for itself."""


class FormWrong(ValueError):
    """The form is not filled in so that it can be used; the sentence says where."""


LONGEST_TEXT = 500
"""Characters in one field."""


def filled(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """
    What was said, each value in one writing, without fields left empty.

    Raises FormWrong.
    """
    if unknown := sorted(set(values) - {field.name for field in form.fields}):
        raise FormWrong(f"The form has no {_listed(unknown)}.")
    said = {field.name: values.get(field.name, "").strip() for field in form.fields}
    if missing := [field.title for field in form.fields if field.required and not said[field.name]]:
        raise FormWrong(f"Please fill in: {_listed(missing)}.")
    found = {field.name: _value(field, said[field.name]) for field in form.fields if said[field.name]}
    if form.total is not None and (given := total_of(form, found)) != form.total:
        raise FormWrong(f"The quantities come to {given:f}; they must come to {form.total.normalize():f}.")
    return found


def total_of(form: Form, values: Mapping[str, str]) -> Decimal:
    """What the quantities in *values* come to."""
    counted = (field.name for field in form.fields if field.kind is FieldKind.QUANTITY)
    return sum((Decimal(values[name]) for name in counted if name in values), Decimal(0)).normalize()


def _value(field: FormField, text: str) -> str:
    if field.kind is FieldKind.QUANTITY:
        return _quantity(field, text)
    if field.kind is FieldKind.TIME:
        return _time(field, text)
    if field.kind is FieldKind.WORD and text not in field.words:
        raise FormWrong(f"{field.title} must be one of {_listed(field.words)}.")
    if len(text) > LONGEST_TEXT:
        raise FormWrong(f"{field.title} takes {LONGEST_TEXT} characters.")
    return text


def _quantity(field: FormField, text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    # As wide as a quantity of a fact can be.
    if not number.is_finite() or not 0 <= number < Decimal(10) ** 11 or number != round(number, 4):
        raise FormWrong(f"{field.title} must be a number such as 12 or 12.5, not below zero.")
    return format(number.normalize(), "f")


def _time(field: FormField, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise FormWrong(f"{field.title} must be a time with its offset, such as 2026-12-01T06:00:00+01:00.")
    return moment.isoformat()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
