"""Sites, items and stock of a frePPLe plan as facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from connectors.frepple.machines import Machines
from connectors.frepple.names import identifier
from connectors.frepple.network import Network, Stock
from connectors.frepple.tables import Row, Tables
from domain.fact import Fact
from domain.facts import Lot
from domain.master_data import Component, Item, Operation, Site


@dataclass(frozen=True)
class Plant:
    """What a plan says of the plant itself."""

    plan: Tables
    network: Network
    zone: str
    now: datetime

    def facts(self, stocks: tuple[Stock, ...]) -> Iterator[Fact]:
        """Everything about *stocks* and the sites and work centres they need."""
        machines = Machines(self.plan, self.zone, self.now)
        for site in sorted({stock.site for stock in stocks}):
            hours = machines.hours(site)
            yield Site(site=hours.site, name=site[:500], zone=self.zone, calendar=hours.calendar)
            yield hours
        steps = {(stock.site, step.work_center) for stock in stocks for step in self.network.recipe(stock).steps}
        for site, center in sorted(steps):
            yield from machines.work_center(site, center)
        yield from (self._item(stock) for stock in stocks)
        yield from self._lots()

    def _item(self, stock: Stock) -> Item:
        recipe = self.network.recipe(stock)
        row = self._described.get(stock.item)
        return Item(
            site=identifier(stock.site),
            item=stock.name,
            description=((row and row.text("description")) or "")[:500],
            cost=row.number("cost") if row else Decimal(0),
            safety_stock=self._safety_stock(stock),
            minimum=recipe.minimum,
            maximum=recipe.maximum,
            components=tuple(
                Component(
                    item=first,
                    per_piece=ingredient.per_piece,
                    operation=ingredient.number,
                    alternates=tuple(others),
                )
                for ingredient in recipe.ingredients
                for first, *others in [[self._sibling(stock, item) for item in ingredient.items]]
            ),
            operations=tuple(
                Operation(
                    operation=step.number,
                    work_center=step.work_center,
                    minutes_per_batch=step.batch_minutes,
                    minutes_per_piece=step.piece_minutes,
                )
                for step in recipe.steps
            ),
            suppliers=self.network.suppliers(stock),
            transfers=self.network.transfers(stock),
        )

    def _sibling(self, stock: Stock, item: str) -> str:
        return self.network.stock(stock.site, item, stock.batch).name

    def _safety_stock(self, stock: Stock) -> Decimal:
        return max(
            (row.number("minimum") for row in self.plan["buffer"] if self.held(row) == stock),
            default=Decimal(0),
        )

    def held(self, row: Row) -> Stock:
        """Which stock a row of the buffers is about."""
        return self.network.stock(row.named("location"), row.named("item"), row.text("batch"))

    def _lots(self) -> Iterator[Lot]:
        for row in self.plan["buffer"]:
            if quantity := row.number("onhand"):
                stock = self.held(row)
                yield Lot(site=identifier(stock.site), item=stock.name, lot="on hand", quantity=quantity)

    @cached_property
    def _described(self) -> Mapping[str, Row]:
        return {row.named("name"): row for row in self.plan["item"]}
