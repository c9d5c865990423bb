"""Which items a frePPLe plan has at which sites, and how they get there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from connectors.frepple.bills import NOT_MADE, Made, Recipe
from connectors.frepple.names import identifier, of_batch
from connectors.frepple.tables import SMALLEST, Row, Tables
from domain.master_data import Supplier, Transfer


class Stock(NamedTuple):
    """An item at a site; of an item made to order that of one batch only."""

    site: str
    item: str
    batch: str | None = None

    @property
    def name(self) -> str:
        """What the item is called. Batches are not to be mixed, so each is an item of its own."""
        return identifier(self.item) if self.batch is None else of_batch(self.item, self.batch)


@dataclass(frozen=True)
class Network:
    """Sites and items with what connects them."""

    plan: Tables
    recipes: Mapping[Made, Recipe]
    zone: str
    now: datetime

    def stock(self, site: str, item: str, batch: str | None = None) -> Stock:
        """The item at the site, of *batch* where it is made to order."""
        return Stock(site, item, batch if batch and item in self._to_order else None)

    def recipe(self, stock: Stock) -> Recipe:
        """How it is made there; out of nothing and in no step where it is not."""
        return self.recipes.get(Made(stock.site, stock.item), NOT_MADE)

    def ingredients(self, stock: Stock) -> Iterator[Stock]:
        """All that may go into it."""
        for ingredient in self.recipe(stock).ingredients:
            for item in ingredient.items:
                yield self.stock(stock.site, item, stock.batch)

    def suppliers(self, stock: Stock) -> tuple[Supplier, ...]:
        """Who sells it to the site, the preferred first."""
        return tuple(
            Supplier(
                supplier=identifier(row.named("supplier")),
                lead_time_days=_days(row.duration("leadtime")),
                minimum=row.number("sizeminimum", "1"),
                multiple=row.number("sizemultiple"),
            )
            for row in self._offers("itemsupplier", stock)
        )

    def transfers(self, stock: Stock) -> tuple[Transfer, ...]:
        """The sites it is brought from, the preferred first."""
        return tuple(
            Transfer(origin=identifier(row.named("origin")), days=_days(row.duration("leadtime")))
            for row in self._offers("itemdistribution", stock)
        )

    def origins(self, stock: Stock) -> Iterator[Stock]:
        """The item where it is brought from."""
        for row in self._offers("itemdistribution", stock):
            yield Stock(row.named("origin"), stock.item, stock.batch)

    def reaching(self, wanted: Iterator[Stock]) -> tuple[Stock, ...]:
        """What is wanted with all that it is made of and brought from, in a fixed order."""
        reached: dict[Stock, None] = {}
        waiting = list(wanted)
        while waiting:
            stock = waiting.pop()
            if stock not in reached:
                reached[stock] = None
                waiting += (*self.ingredients(stock), *self.origins(stock))
        return tuple(sorted(reached, key=lambda stock: (stock.site, stock.name)))

    def _offers(self, table: str, stock: Stock) -> list[Row]:
        items = {stock.item, *self._above("item", stock.item)}
        sites = {None, stock.site, *self._above("location", stock.site)}
        offers = [
            row for row in self.plan[table]
            if row.text("item") in items and row.text("location") in sites and row.number("priority", "1") > 0
            and not _over(row, self.zone, self.now)
        ]  # fmt: skip
        return sorted(offers, key=lambda row: row.number("priority", "1"))

    def _above(self, table: str, name: str) -> Iterator[str]:
        """The groups a thing belongs to, the nearest first."""
        seen = {name}
        while (owner := self._owners[table].get(name)) is not None and owner not in seen:
            yield owner
            seen.add(owner)
            name = owner

    @cached_property
    def _owners(self) -> Mapping[str, Mapping[str, str | None]]:
        return {
            table: {row.named("name"): row.text("owner") for row in self.plan[table]} for table in ("item", "location")
        }

    @cached_property
    def _to_order(self) -> frozenset[str]:
        return frozenset(row.named("name") for row in self.plan["item"] if row.text("type") == "make to order")


def _over(row: Row, zone: str, now: datetime) -> bool:
    end = row.moment("effectiveend", zone)
    return end is not None and end <= now


def _days(length: timedelta) -> Decimal:
    return (Decimal(length // timedelta(milliseconds=1)) / 86_400_000).quantize(SMALLEST)
