"""frePPLe plans as the sheets of a workbook: ``{"sales order": [{"Name": …}], …}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.frepple.tables import Tables, UnreadablePlan, spelled, tables

EXPECTED = "_expect"


def read(document: Mapping[str, Any]) -> Tables:
    """The tables of a workbook. Raises UnreadablePlan."""
    found = []
    for sheet, rows in document.items():
        if not isinstance(rows, list):
            raise UnreadablePlan(f"Sheet {sheet!r} is not a list of rows.")
        if sheet != EXPECTED:
            found += [(spelled(sheet), row) for row in rows]
    return tables(found, document.get(EXPECTED, ()))
