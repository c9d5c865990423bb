"""
A small plant to try things on: two sites that make, keep and ship pumps.

Invented from end to end. Everything is dated from the moment it is made, so the plant is always at work.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from connectors.plant.sample_items import ITEMS
from connectors.plant.sample_orders import orders
from connectors.plant.sample_release import release
from connectors.plant.sample_sites import NORTH, SOUTH, calendar_of, sites
from connectors.plant.sample_stock import stock
from connectors.plant.sample_time import Timeline
from connectors.plant.sample_work import jobs
from domain.fact import Fact

SOURCE: Final = "sample"
"""What facts of this plant name as where they come from."""

SITUATIONS: Final[dict[str, tuple[str, str, str]]] = {
    # One or two pumps more, a month ahead, lie free in the store: nothing is disturbed, nobody need be asked.
    "stock_covers": (NORTH, "SO-1001", "10"),
    # Twenty pumps more than fifty: castings run out, the test bench is full, the rest in store is another's.
    "short_in_slushy": (NORTH, "SO-1002", "10"),
    # The pumps are on the test bench now.
    "frozen": (NORTH, "SO-1005", "10"),
    # The lorry is being loaded; no change can be taken any more.
    "loading": (NORTH, "SO-1006", "10"),
    # Parts are milled, and the seals that nobody else needs yet are ordered.
    "cancel_with_work_in_process": (NORTH, "SO-1007", "10"),
    # Ordered and being built in revision B, while revision C is the released one.
    "revision_with_work_in_process": (NORTH, "SO-1008", "10"),
    # No motors are made for this pump any more; the customer takes the newer one.
    "substitute_possible": (NORTH, "SO-1009", "10"),
    # The store here is empty, the other site's is not.
    "transfer_possible": (SOUTH, "SO-5003", "10"),
}
"""What a change can meet, and the order line to see it with: its site, order and line."""

SHORT: Final[tuple[str, str]] = (NORTH, "REPAIR-KIT")
"""The site and item of which more is promised than will be there in time; of all else there is enough."""


def sample_plant(now: datetime) -> tuple[Fact, ...]:
    """Everything that is so in the sample plant at *now*."""
    north = Timeline.of(calendar_of(NORTH, "shop", now), now)
    south = Timeline.of(calendar_of(SOUTH, "shop", now), now)
    ordered = orders(north, south)
    return (*sites(now), *ITEMS, *stock(north, south), *jobs(north, south), *ordered, *release(north, ordered))
