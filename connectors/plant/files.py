"""
Files of facts, as ``lockstep load`` takes them.

NDJSON, in UTF-8, has one object a line with its kind and its fields::

    {"kind": "customer", "site": "north", "customer": "C-100", "name": "Waterworks", "credit_limit": "50000"}

Every line may add ``source``, ``version`` and ``as_of``. CSV has the field names in its first line; its name
is the kind, as in ``order_line.csv``, or it has a column ``kind``. A cell for more than one value holds JSON;
an empty cell says nothing. Times carry an offset, such as ``2026-03-02T08:00:00+01:00``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from connectors.plant.lines import LONGEST_LINE, BadLine, Lines, Record, Unreadable, sentence
from connectors.plant.table import rows
from domain.evidence import digest
from domain.fact import Fact, Reading
from domain.told_fact import UnknownKind, fact_of

__all__ = ["BadLine", "count_lines", "read_file", "write_file"]

_MOST_NAMED = 5


class _Envelope(BaseModel):
    model_config = ConfigDict(extra="ignore")

    kind: str
    source: str | None = None
    version: str | None = None
    as_of: AwareDatetime | None = None


def read_file(path: Path, *, source: str, read_at: datetime) -> Iterator[Reading[Fact] | BadLine]:
    """
    Every fact in the file in its order, and every line that holds none.

    A fact without a source is from *source*; without a version, its content is the version; without a time,
    it was so at *read_at*. Raises OSError if the file cannot be read.
    """
    with path.open("rb") as stream:
        lines = Lines(stream)
        for record in rows(lines, path.stem) if path.suffix.lower() == ".csv" else _objects(lines):
            yield record if isinstance(record, BadLine) else _reading(record, source, read_at)


def count_lines(path: Path) -> int:
    """How many lines the file has. Raises OSError."""
    count, last = 0, b"\n"
    with path.open("rb") as stream:
        while piece := stream.read(LONGEST_LINE):
            count += piece.count(b"\n")
            last = piece[-1:]
    return count if last == b"\n" else count + 1


def write_file(path: Path, facts: Iterable[Fact]) -> int:
    """How many facts the file now holds, as NDJSON. Raises OSError."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for fact in facts:
            body = {"kind": fact.kind, **fact.model_dump(mode="json", exclude_none=True)}
            stream.write(json.dumps(body, ensure_ascii=False) + "\n")
            count += 1
    return count


def _objects(lines: Lines) -> Iterator[Record | BadLine]:
    while True:
        try:
            text = next(lines)
            if text.strip():
                yield Record(lines.number, lines.text, _object(text))
        except StopIteration:
            return
        except Unreadable as why:
            yield lines.bad(str(why))


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the line is not JSON ({error}); write one object a line") from None
    if not isinstance(found, dict):
        raise Unreadable("the line is no object; write the fields of one fact in braces")
    return found


def _no_number(constant: str) -> NoReturn:
    raise Unreadable(f"{constant} is no number; leave the field out if it is not known")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field, value in pairs:
        if field in found:
            raise Unreadable(f"{field} is given twice; keep one")
        found[field] = value
    return found


def _reading(record: Record, source: str, read_at: datetime) -> Reading[Fact] | BadLine:
    try:
        envelope = _Envelope.model_validate(record.body)
        fact = fact_of(envelope.kind, record.body)
        _times_are_written_out(fact, record.body)
    except ValidationError as error:
        return BadLine(record.number, _explained(error), record.text)
    except (UnknownKind, Unreadable) as why:
        return BadLine(record.number, sentence(str(why)), record.text)
    return Reading[Fact](
        fact=fact,
        source=envelope.source or source,
        version=envelope.version or digest(fact),
        as_of=envelope.as_of or read_at,
    )


def _times_are_written_out(fact: Fact, body: dict[str, Any]) -> None:
    # A bare 20260302 would be taken for seconds since 1970.
    for field in type(fact).model_fields:
        if isinstance(getattr(fact, field), datetime) and ":" not in str(body.get(field, ":")):
            raise Unreadable(f"{field} has no time of day; write it as in 2026-03-02T08:00:00+01:00")


def _explained(error: ValidationError) -> str:
    errors = error.errors(include_url=False, include_context=False)
    named = [f"{'.'.join(map(str, e['loc'])) or 'the fact'} {_advice(e['type'], e['msg'])}" for e in errors]
    more = len(named) - _MOST_NAMED
    return sentence("; ".join(named[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else ""))


def _advice(code: str, message: str) -> str:
    if code == "missing":
        return "is missing: add it"
    if code == "timezone_aware":
        return "names no time zone: write the offset, as in 2026-03-02T08:00:00+01:00"
    return f"is wrong: {message[:1].lower()}{message[1:]}"
