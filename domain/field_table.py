"""The fields of a message, written out: what each is called, how it is written, what it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from domain.fact import Money, Quantity, Text, Time
from domain.subject import Identifier

_NAMED = ((Identifier, "name"), (Quantity, "quantity"), (Money, "money"), (Text, "text"), (Time, "time with offset"))
_PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    Decimal: "number",
    bool: "`true` or `false`",
    AwareDatetime: "time with offset",
    datetime: "time with offset",
    date: "date",
    time: "time of day",
    timedelta: "ISO 8601 duration",
}


def fields_table(model: type[BaseModel]) -> str:
    """The fields of *model* as a Markdown table."""
    hints = get_type_hints(model, include_extras=True)
    rows = [
        (f"`{name}`", in_writing(hints[name]), _default(field), " ".join((field.description or "").split()))
        for name, field in model.model_fields.items()
    ]
    return markdown_table(("Field", "Written as", "If left out", "Meaning"), rows)


def parts_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every message that a field of *model* is made of, and theirs, each once."""
    seen: list[type[BaseModel]] = []
    for hint in get_type_hints(model, include_extras=True).values():
        for part in _messages_in(hint):
            for found in (part, *parts_of(part)):
                if found not in seen and found is not model:
                    seen.append(found)
    yield from seen


def in_writing(hint: Any) -> str:
    """How a value of the type *hint* is written, in words."""
    origin, inside = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _named(inside) or _pattern_choices(inside[1:]) or in_writing(inside[0])
    if origin is not None:
        return _composed(origin, inside)
    if issubclass(hint, Enum):
        return _choices(str(member.value) for member in hint)
    if issubclass(hint, BaseModel):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return _PLAIN.get(hint, "text")


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [_line(head), _line(["---"] * len(head)), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _named(parts: tuple[Any, ...]) -> str:
    """The name of a type that has one; a type narrowed further begins as the wider one does."""
    return next((name for known, name in _NAMED if parts[: len(get_args(known))] == get_args(known)), "")


def _composed(origin: Any, inside: tuple[Any, ...]) -> str:
    if origin in (Union, UnionType):
        return " or ".join(in_writing(part) for part in inside if part is not NoneType)
    if origin is Literal:
        return _choices(str(value) for value in inside)
    if origin is dict:
        return f"{in_writing(inside[1])} by {in_writing(inside[0])}"
    parts = inside[:1] if inside[-1] is Ellipsis else inside
    return f"list of {' and '.join(in_writing(part) for part in parts)}"


def _messages_in(hint: Any) -> Iterator[type[BaseModel]]:
    if isinstance(hint, type) and get_origin(hint) is None and issubclass(hint, BaseModel):
        yield hint
    for inside in get_args(hint):
        yield from _messages_in(inside)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    default = field.get_default(call_default_factory=False)
    match default:
        case None | () | "":
            return ""
        case dict() if not default:
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case Enum():
            return f"`{default.value}`"
        case BaseModel():
            said = default.model_dump(mode="json", exclude_none=True)
            return "`" + ", ".join(f"{name} {value}" for name, value in said.items()) + "`"
        case _:
            return f"`{default}`"


def _pattern_choices(metadata: Iterable[Any]) -> str:
    """The words that a pattern such as ``^(open|pass|fail)$`` allows; nothing if it allows others."""
    for constraint in metadata:
        pattern = getattr(constraint, "pattern", None) or next(
            (inner.pattern for inner in getattr(constraint, "metadata", ()) if hasattr(inner, "pattern")),
            None,
        )
        if isinstance(pattern, str) and pattern.startswith("^(") and pattern.endswith(")$"):
            return _choices(pattern[2:-2].split("|"))
    return ""


def _choices(words: Iterable[str]) -> str:
    *before, last = [f"`{word}`" for word in words]
    return f"{', '.join(before)} or {last}" if before else last
