"""The tables of a frePPLe plan with one spelling of their names, and what the cells say."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

Cell: TypeAlias = Any
SMALLEST = Decimal("0.0001")

_SAME_TABLE = {"salesorder": "demand"}
_SAME_COLUMN = {"durationperunit": "durationper", "minimumshipment": "minshipment"}
_OF_ONE_NAME = ("calendar", "demand", "item", "location", "operation", "parameter", "resource")
_CLOCK = re.compile(r"^(\d+):(\d\d)(?::(\d\d))?$")
_ISO = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$")


class UnreadablePlan(ValueError):
    """A plan holds something that cannot be what it should be."""


def spelled(name: str) -> str:
    """A name of a table or column in one spelling, so that ``Item Supplier`` is ``input.itemsupplier``."""
    bare = re.sub(r"[^a-z0-9]", "", name.lower().removeprefix("input.").removesuffix("_id"))
    return _SAME_TABLE.get(bare, bare)


@dataclass(frozen=True)
class Row:
    """One row, read by the spelling its columns have in common."""

    cells: Mapping[str, Cell]

    def text(self, column: str) -> str | None:
        """The cell as text; None where it is empty."""
        value = self.cells.get(column)
        return None if value is None or value == "" else str(value).strip()

    def named(self, column: str) -> str:
        """The cell as text. Raises UnreadablePlan where it is empty."""
        value = self.text(column)
        if value is None:
            raise UnreadablePlan(f"A row {dict(self.cells)} has no {column!r}.")
        return value

    def number(self, column: str, default: str = "0") -> Decimal:
        """The cell as a number, to four decimals. Raises UnreadablePlan."""
        value = self.text(column) or default
        try:
            return Decimal(value).quantize(SMALLEST).normalize() + 0
        except InvalidOperation:
            raise UnreadablePlan(f"{column!r} is {value!r}, which is no number.") from None

    def duration(self, column: str) -> timedelta:
        """Seconds, ``h:mm:ss`` or ISO 8601 as a length of time; zero where empty. Raises UnreadablePlan."""
        value = self.text(column) or "0"
        if clock := _CLOCK.match(value):
            hours, minutes, seconds = (int(part or 0) for part in clock.groups())
            return timedelta(hours=hours, minutes=minutes, seconds=seconds)
        if iso := _ISO.match(value):
            days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
            return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        try:
            return timedelta(seconds=float(value))
        except ValueError:
            raise UnreadablePlan(f"{column!r} is {value!r}, which is no length of time.") from None

    def moment(self, column: str, zone: str) -> datetime | None:
        """The cell as a moment, UTC, its clock being that of *zone*; None where it is empty."""
        value = self.text(column)
        return None if value is None else moment(value, zone)


@dataclass(frozen=True)
class Tables:
    """A frePPLe plan as tables, whichever shape it came in."""

    rows: Mapping[str, tuple[Row, ...]]
    expected: tuple[str, ...] = ()
    """What the planner itself made of it, one line each, as far as it was given along."""
    skipped: Counter[str] = field(default_factory=Counter)
    """What could not be said in facts, by reason."""

    def __getitem__(self, table: str) -> tuple[Row, ...]:
        return self.rows.get(table, ())

    def parameter(self, name: str) -> str | None:
        """The value of a parameter of the plan."""
        return next((row.text("value") for row in self["parameter"] if row.text("name") == name), None)

    def skip(self, reason: str, times: int = 1) -> None:
        """Note that something could not be said in facts."""
        if times:
            self.skipped[reason] += times


def tables(named_rows: Iterable[tuple[str, Mapping[str, Cell]]], expected: Iterable[str] = ()) -> Tables:
    """The rows by table; of several things of one name the last counts, as it does for frePPLe."""
    collected: dict[str, list[Row]] = defaultdict(list)
    for table, cells in named_rows:
        collected[table].append(Row({_column(name): value for name, value in cells.items()}))
    kept = {table: _last_of_each_name(rows) if table in _OF_ONE_NAME else rows for table, rows in collected.items()}
    return Tables({table: tuple(rows) for table, rows in kept.items()}, tuple(expected))


def moment(text: str, zone: str) -> datetime:
    """The moment, UTC, at which clocks of *zone* show *text*. Raises UnreadablePlan."""
    bare = re.sub(r"\s+", " ", re.sub(r"\s*[AP]M$", "", text.strip()))
    try:
        return datetime.fromisoformat(bare).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except ValueError:
        raise UnreadablePlan(f"{text!r} is no date.") from None


def _column(name: str) -> str:
    bare = spelled(name)
    return _SAME_COLUMN.get(bare, bare)


def _last_of_each_name(rows: list[Row]) -> list[Row]:
    return list({row.named("name"): row for row in rows}.values())
