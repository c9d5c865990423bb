"""How a frePPLe plan makes things: operations, routings and flows as the bill and routing of an item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from connectors.frepple.names import identifier
from connectors.frepple.tables import SMALLEST, Row, Tables

UNLIMITED = "unlimited"
"""The work centre of operations that need no machine."""
_NOT_A_MACHINE = ("infinite", "buckets", "buckets_day", "buckets_week", "buckets_month")


class Made(NamedTuple):
    """An item where it is made."""

    site: str
    item: str


@dataclass(frozen=True)
class Step:
    """One operation of a recipe."""

    number: int
    work_center: str
    batch_minutes: Decimal
    piece_minutes: Decimal


@dataclass(frozen=True)
class Ingredient:
    """A material of a recipe, with what may go in instead, best first."""

    items: tuple[str, ...]
    per_piece: Decimal
    number: int


@dataclass(frozen=True)
class Recipe:
    """How an item is made."""

    operations: tuple[str, ...]
    """Every name the plan has for making it: of the routing and of its parts."""
    steps: tuple[Step, ...]
    ingredients: tuple[Ingredient, ...]
    minimum: Decimal
    maximum: Decimal | None


NOT_MADE = Recipe((), (), (), Decimal(0), None)


def recipes(plan: Tables, zone: str, now: datetime) -> Mapping[Made, Recipe]:
    """The way each item is made now; of several the one with the best priority."""
    flows: dict[str, list[Row]] = defaultdict(list)
    for flow in plan["operationmaterial"]:
        flows[flow.named("operation")].append(flow)
        if flow.text("type") == "transfer_batch":
            plan.skip("material that is handed on while the operation goes on")
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(plan["operation"], key=_priority):
        if owner := row.text("owner"):
            parts[owner].append(row)
    used = machines_used(plan)
    plan.skip("a resource beside the one that stands for its operation", len(plan["operationresource"]) - len(used))
    found: dict[Made, Recipe] = {}
    for row in sorted(plan["operation"], key=_priority):
        if row.text("owner") or _priority(row) == 0:
            continue
        steps = _steps(plan, row, parts[row.named("name")])
        produced = _produced(row, [flow for step in steps for flow in flows[step.named("name")]])
        if produced is None:
            continue
        item, pieces = produced
        made = Made(row.named("location"), item)
        if not _in_force(row, zone, now):
            plan.skip("a way of making that is not in force now")
        elif made in found:
            plan.skip("another way of making the same item")
        else:
            found[made] = _recipe(plan, row, steps, flows, used, pieces)
    return found


def machines_used(plan: Tables) -> Mapping[str, Row]:
    """The use of the machine that stands for each operation, by the operation's name."""
    uses_of: dict[str, list[Row]] = defaultdict(list)
    machines = {row.text("name") for row in plan["resource"] if row.text("type") not in _NOT_A_MACHINE}
    for use in plan["operationresource"]:
        if use.named("resource") in machines:
            uses_of[use.named("operation")].append(use)
    return {name: min(uses, key=lambda use: use.text("skill") is not None) for name, uses in uses_of.items()}


def center_name(use: Row) -> str:
    """The work centre that a use of a resource asks for: those of its members who have the skill."""
    skill = use.text("skill")
    return use.named("resource") if skill is None else f"{use.named('resource')} ({skill})"


def _priority(row: Row) -> int:
    return int(row.number("priority", "1"))


def _steps(plan: Tables, row: Row, parts: list[Row]) -> list[Row]:
    kind = row.text("type") or "fixed_time"
    if kind == "routing":
        return parts
    if kind in ("alternate", "split") and parts:
        plan.skip("another way of making the same item", len(parts) - 1)
        return parts[:1]
    return [row]


def _produced(row: Row, flows: list[Row]) -> tuple[str, Decimal] | None:
    """The item that comes out and how many pieces of it at once; None for a delivery."""
    out = [flow for flow in flows if flow.number("quantity", "1") > 0]
    item = row.text("item") or next((flow.text("item") for flow in out), None)
    if item is None:
        return None
    pieces = sum((flow.number("quantity", "1") for flow in out if flow.text("item") == item), Decimal(0))
    return item, pieces or Decimal(1)


def _in_force(row: Row, zone: str, now: datetime) -> bool:
    start, end = row.moment("effectivestart", zone), row.moment("effectiveend", zone)
    return (start is None or start <= now) and (end is None or now < end)


def _recipe(
    plan: Tables,
    row: Row,
    steps: list[Row],
    flows: Mapping[str, list[Row]],
    used: Mapping[str, Row],
    pieces: Decimal,
) -> Recipe:
    numbered = list(enumerate(steps, start=1))
    most = row.number("sizemaximum")
    return Recipe(
        operations=(row.named("name"), *(step.named("name") for step in steps)),
        steps=tuple(_step(plan, step, number * 10, used, pieces) for number, step in numbered),
        ingredients=tuple(
            ingredient
            for number, step in numbered
            for ingredient in _ingredients(flows[step.named("name")], number * 10, pieces)
        ),
        minimum=_exact(row.number("sizeminimum", "1") * pieces),
        maximum=_exact(most * pieces) if most else None,
    )


def _step(plan: Tables, row: Row, number: int, used: Mapping[str, Row], pieces: Decimal) -> Step:
    use = used.get(row.named("name"))
    if row.duration("posttime"):
        plan.skip("time that passes after an operation")
    each = _minutes(row.duration("durationper")) if row.text("type") == "time_per" else Decimal(0)
    return Step(
        number=number,
        work_center=identifier(UNLIMITED if use is None else center_name(use)),
        batch_minutes=_exact(_minutes(row.duration("duration"))),
        piece_minutes=_exact(each / pieces),
    )


def _ingredients(flows: list[Row], number: int, pieces: Decimal) -> list[Ingredient]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for turn, flow in enumerate(flows):
        if flow.number("quantity", "1") < 0:
            groups[flow.text("name") or f"\n{turn}"].append(flow)
    return [
        Ingredient(
            items=tuple(flow.named("item") for flow in sorted(group, key=_priority)),
            per_piece=_exact(-min(group, key=_priority).number("quantity") / pieces),
            number=number,
        )
        for group in groups.values()
    ]


def _minutes(length: timedelta) -> Decimal:
    return Decimal(length // timedelta(milliseconds=1)) / 60_000


def _exact(number: Decimal) -> Decimal:
    return number.quantize(SMALLEST)
