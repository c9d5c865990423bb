"""frePPLe plans as the planner's own model: an XML document of buffers, flows, loads and demands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeAlias
from xml.etree.ElementTree import Element, ParseError, fromstring

from connectors.frepple.tables import Tables, UnreadablePlan, tables

SITE = "plant"
"""Where everything is that the model gives no location."""

_KIND = "{http://www.w3.org/2001/XMLSchema-instance}type"
_MEASURES = ("duration", "duration_per", "size_minimum", "size_maximum", "priority", "posttime")

Cells: TypeAlias = dict[str, Any]


def read(document: str) -> Tables:
    """The tables of a model. Raises UnreadablePlan."""
    if "<!DOCTYPE" in document:
        raise UnreadablePlan("A model with a document type of its own is not read: it could grow without bounds.")
    try:
        plan = fromstring(document)  # noqa: S314 - what makes it dangerous needs a document type
    except ParseError as problem:
        raise UnreadablePlan(f"This is no model of frePPLe: {problem}.") from None
    return tables(_Model(plan).rows())


class _Model:
    """A model with its operations and buffers by name; they may be described anywhere they are spoken of."""

    def __init__(self, plan: Element) -> None:
        self.plan = plan
        self.operations: dict[str, Cells] = defaultdict(dict)
        for found in plan.iter():
            if found.tag in ("operation", "producing"):
                self.operations[_named(found)].update(_operation(found))
        self.buffers = {_named(buffer): buffer for buffer in plan.findall("buffers/buffer")}

    def rows(self) -> Iterator[tuple[str, Cells]]:
        """Everything the model says, row by row."""
        yield "parameter", {"name": "currentdate", "value": _text(self.plan, "current")}
        for name, cells in self.operations.items():
            yield "operation", {"name": name, "location": SITE, **cells}
        for buffer in self.buffers.values():
            item, site = self._held(buffer)
            held = {
                "onhand": _text(buffer, "onhand"),
                "minimum": buffer.get("minimum") or _text(buffer, "minimum"),
            }
            yield "buffer", {"item": item, "location": site, **held}
        for resource in self.plan.findall("resources/resource"):
            ahead = _text(resource, "maxearly")
            yield (
                "resource",
                {"name": _named(resource), "maximum": _text(resource, "maximum"), "maxearly": ahead},
            )
            for load in resource.findall("loads/load"):
                yield (
                    "operationresource",
                    {"resource": _named(resource), "operation": _reference(load, "operation")},
                )
        for flow in self._flows():
            yield "operationmaterial", flow
        for demand in self.plan.findall("demands/demand"):
            yield "demand", self._demand(demand)
        for number, supply in enumerate(self.plan.findall("operationplans/operationplan")):
            yield from self._supply(supply, number)

    def _flows(self) -> Iterator[Cells]:
        for flow in self.plan.findall("flows/flow"):
            yield self._flow(flow, _reference(flow, "operation"))
        for operation in self.plan.iter("operation"):
            for flow in operation.findall("flows/flow"):
                yield self._flow(flow, _named(operation))

    def _flow(self, flow: Element, operation: str | None) -> Cells:
        buffer = self.buffers.get(_reference(flow, "buffer") or "")
        item = _reference(flow, "item") if buffer is None else self._held(buffer)[0]
        fixed = _text(flow, "quantity_fixed")
        return {
            "operation": operation,
            "item": item,
            "quantity": _text(flow, "quantity"),
            "quantityfixed": fixed,
        }

    def _held(self, buffer: Element) -> tuple[str, str]:
        """The item in the buffer and its site; without a location each buffer is an item of its own."""
        item, site = _reference(buffer, "item"), _reference(buffer, "location")
        return (item or _named(buffer), site) if site else (_named(buffer), SITE)

    def _demand(self, demand: Element) -> Cells:
        operation = _reference(demand, "operation")
        taken = next((flow for flow in self._flows() if flow["operation"] == operation), None) if operation else None
        per_piece = -Decimal(taken["quantity"]) if taken else Decimal(1)
        return {
            "name": _named(demand),
            "item": taken["item"] if taken else _reference(demand, "item"),
            "location": _reference(demand, "location") or SITE,
            "operation": operation,
            "quantity": str(Decimal(_text(demand, "quantity") or "1") * per_piece),
            "due": _text(demand, "due"),
            "priority": _text(demand, "priority"),
            "minshipment": _text(demand, "minshipment"),
        }

    def _supply(self, supply: Element, number: int) -> Iterator[tuple[str, Cells]]:
        """What an operation confirmed will bring."""
        operation = _reference(supply, "operation") or ""
        for flow in self._flows():
            if flow["operation"] == operation and Decimal(flow["quantity"]) > 0:
                brought = Decimal(flow["quantity"]) * Decimal(_text(supply, "quantity") or "1")
                yield (
                    "purchaseorder",
                    {
                        "reference": supply.get("id") or f"supply {number}",
                        "status": _text(supply, "status"),
                        "item": flow["item"],
                        "location": self.operations[operation].get("location", SITE),
                        "supplier": operation,
                        "quantity": str(brought + Decimal(flow["quantityfixed"] or "0")),
                        "enddate": _text(supply, "end"),
                    },
                )


def _operation(found: Element) -> Cells:
    cells: Cells = {measure: found.get(measure) or _text(found, measure) for measure in _MEASURES}
    cells["type"] = (found.get(_KIND) or "").removeprefix("operation_")
    cells["location"] = _reference(found, "location")
    return {name: value for name, value in cells.items() if value}


def _named(element: Element) -> str:
    name = element.get("name")
    if not name:
        raise UnreadablePlan(f"An element <{element.tag}> has no name.")
    return name


def _reference(element: Element, tag: str) -> str | None:
    found = element.find(tag)
    return None if found is None else found.get("name")


def _text(element: Element, tag: str) -> str | None:
    found = element.find(tag)
    return None if found is None or found.text is None else found.text.strip()
