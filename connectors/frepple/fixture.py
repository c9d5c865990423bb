"""frePPLe plans as database fixtures: a list of ``{"model": …, "fields": {…}}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.frepple.tables import Tables, UnreadablePlan, spelled, tables

_ORDERS = {"PO": "purchaseorder", "DO": "distributionorder", "MO": "manufacturingorder"}


def read(document: list[Mapping[str, Any]]) -> Tables:
    """The tables of a fixture. Raises UnreadablePlan."""
    found = []
    for record in document:
        if not isinstance(record.get("model"), str) or not isinstance(record.get("fields"), dict):
            raise UnreadablePlan("A fixture is a list of records with 'model' and 'fields'.")
        # What goes by its name alone may have it as primary key.
        model, fields = record["model"], {"name": record.get("pk", ""), **record["fields"]}
        if model == "common.parameter":
            found.append(("parameter", fields))
        elif model == "input.operationplan":
            found.append((_ORDERS.get(fields.get("type", ""), "operationplan"), _order(fields)))
        elif model.startswith("input."):
            found.append((spelled(model), fields))
    return tables(found)


def _order(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in ("name", "type")}
