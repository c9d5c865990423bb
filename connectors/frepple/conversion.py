"""A frePPLe plan as the plant's facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from connectors.frepple import fixture, model, sheets
from connectors.frepple.bills import recipes
from connectors.frepple.expectation import Planned, planned
from connectors.frepple.network import Network
from connectors.frepple.orders import Orders
from connectors.frepple.plant import Plant
from connectors.frepple.tables import Tables, UnreadablePlan, moment
from domain.fact import Fact

Document: TypeAlias = list[Mapping[str, Any]] | Mapping[str, Any] | str

_READ = (
    "buffer", "calendar", "calendarbucket", "customer", "demand", "distributionorder", "item",
    "itemdistribution", "itemsupplier", "location", "manufacturingorder", "operation", "operationmaterial",
    "operationresource", "parameter", "purchaseorder", "resource", "resourceskill", "skill", "supplier",
)  # fmt: skip
_EACH_PIECE = "1"
_UNREAD = {
    ("demand", "maximumlateness"): "the greatest lateness of a demand",
    ("itemdistribution", "sizeminimum"): "the lot size of a transfer",
    ("itemsupplier", "resource"): "the capacity of a supplier",
    ("resource", "maxearly"): "how early a resource may work ahead",
}


@dataclass(frozen=True)
class Plan:
    """What a frePPLe plan says."""

    now: datetime
    """The date the plan was made for."""
    facts: tuple[Fact, ...]
    expected: tuple[Planned, ...]
    """What the planner made of it, where that was given along."""
    skipped: Mapping[str, int]
    """What facts cannot say, with how often each occurs."""


def convert_file(path: Path, *, site_zone: str = "UTC") -> Plan:
    """The plan in a file: JSON, or XML by its suffix. Raises what convert does."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".xml":
        return convert(text, site_zone=site_zone)
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise UnreadablePlan(f"{path.name} is no JSON document: {problem}.") from None
    return convert(document, site_zone=site_zone)


def convert(document: Document, *, site_zone: str = "UTC") -> Plan:
    """
    The plan as facts: a list is a fixture, a mapping the sheets of a workbook, text a model in XML.

    An item made to order is one item for each batch, so that no batch can be used for another. Dates are what
    clocks show in *site_zone*. Raises UnreadablePlan, and pydantic.ValidationError for wild figures.
    """
    plan = _read(document)
    _note_unread(plan)
    now = _now(plan, site_zone)
    network = Network(plan, recipes(plan, site_zone, now), site_zone, now)
    orders = Orders(plan, network, site_zone, now)
    stocks = network.reaching(orders.wanted())
    facts = {
        (fact.kind, fact.site, fact.key): fact
        for fact in (*Plant(plan, network, site_zone, now).facts(stocks), *orders.facts())
    }
    return Plan(
        now=now,
        facts=tuple(facts.values()),
        expected=tuple(planned(line, site_zone) for line in plan.expected),
        skipped=dict(sorted(plan.skipped.items())),
    )


def _note_unread(plan: Tables) -> None:
    """Count what the plan says and no fact can."""
    for table, rows in plan.rows.items():
        plan.skip(f"the table {table!r}", 0 if table in _READ else len(rows))
    for (table, column), reason in _UNREAD.items():
        plan.skip(reason, sum(row.text(column) not in (None, _EACH_PIECE) for row in plan[table]))


def _read(document: Document) -> Tables:
    if isinstance(document, str):
        return model.read(document)
    return fixture.read(document) if isinstance(document, list) else sheets.read(document)


def _now(plan: Tables, zone: str) -> datetime:
    value = plan.parameter("currentdate")
    if value is None:
        raise UnreadablePlan("The plan does not say which date it was made for (parameter 'currentdate').")
    return moment(value, zone)
