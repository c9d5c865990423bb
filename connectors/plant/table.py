"""Facts of one kind as a table: a CSV file with the field names in its first line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from connectors.plant.lines import SHOWN, BadLine, Lines, Record, Unreadable, sentence
from domain.facts import KINDS

ENVELOPE = frozenset({"kind", "source", "version", "as_of"})
"""What a line may say besides the fields of its fact."""


def rows(lines: Lines, name: str) -> Iterator[Record | BadLine]:
    """Every row of the table in the file called *name*, from the row after the header on."""
    table = csv.reader(lines, strict=True)
    header: list[str] | None = None
    while True:
        number = lines.number + 1
        try:
            cells = next(table)
            if not cells:
                continue
            if header is None:
                header = _header(cells, name)
                continue
            yield Record(number, ",".join(cells)[:SHOWN], _body(header, cells, name))
        except StopIteration:
            return
        except csv.Error as error:
            yield BadLine(number, sentence(f"the row cannot be read: {error}; close every quotation mark"), lines.text)
        except Unreadable as why:
            yield BadLine(number, sentence(str(why)), lines.text)
            if header is None:
                return


def _header(cells: list[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    if "kind" in header:
        known = {field for kind in KINDS.values() for field in kind.model_fields}
    elif name in KINDS:
        known = set(KINDS[name].model_fields)
    else:
        raise Unreadable(
            f"the file name {name!r} is not a kind of fact and there is no column 'kind'; "
            f"name the file after one of {', '.join(sorted(KINDS))}, or add the column"
        )
    if unknown := [column for column in header if column not in known | ENVELOPE]:
        raise Unreadable(
            f"column {unknown[0]!r} is unknown; remove it or use one of {', '.join(sorted(known))}, "
            "with commas between the columns"
        )
    if twice := [column for column in header if header.count(column) > 1]:
        raise Unreadable(f"column {twice[0]!r} is there twice; keep one")
    return header


def _body(header: list[str], cells: list[str], name: str) -> dict[str, Any]:
    if len(cells) != len(header):
        raise Unreadable(f"the row has {len(cells)} cells and the header {len(header)}; give every column a cell")
    given = {column: cell for column, cell in zip(header, cells, strict=True) if cell}
    kind = given.setdefault("kind", name)
    if kind not in KINDS:
        # Whoever makes the fact knows how to refuse it.
        return {"kind": kind}
    fields = KINDS[kind].model_fields
    body: dict[str, Any] = {}
    for column, cell in given.items():
        if column not in fields and column not in ENVELOPE:
            raise Unreadable(f"{column} is no field of the kind {kind}; leave the cell empty")
        nested = column in fields and _is_nested(fields[column].annotation)
        body[column] = _json(column, cell) if nested else cell
    return body


def _is_nested(annotation: Any) -> bool:
    if get_origin(annotation) is not None:
        return get_origin(annotation) is tuple or any(map(_is_nested, get_args(annotation)))
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _json(column: str, cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        raise Unreadable(f'{column} is not JSON; write it as in ["CUTTING", "MILLING"]') from None
