"""How far an order line has come."""

from __future__ import annotations

from enum import StrEnum


class LineStage(StrEnum):
    """How far an order line has come, in the order in which the stages are tried."""

    CANCELLED = "cancelled"
    """The order book says so."""
    CLOSED = "closed"
    """The order book says so."""
    DELIVERED = "delivered"
    """The order book says so, or shipments that were delivered hold all that was ordered."""
    SHIPPED = "shipped"
    """All that was ordered has left the site, by the order book or by the shipments."""
    LOADING = "loading"
    """Goods of the line are being loaded, if only a part: from now on only dispatch may interrupt."""
    RELEASED_FOR_DISPATCH = "released_for_dispatch"
    """Approved shipments take all that is left, and nothing known speaks against the lots they name."""
    ON_QUALITY_HOLD = "on_quality_hold"
    """Every lot that could be delivered is held: on hold, or with a required inspection failed. Those are the
    lots that shipments name; where none does, the item's lots, unless other supply is there in time."""
    CHANGE_PENDING = "change_pending"
    """A change of the line has been asked for and its case has not ended."""
    DISPATCH_BLOCKED = "dispatch_blocked"
    """The goods are in hand, or picked, and a reason is known why they may not leave."""
    READY_TO_SHIP = "ready_to_ship"
    """All that is left lies there, cleared by quality, without taking from anybody else; and the line's jobs
    are done, unless it is reserved."""
    AWAITING_QA = "awaiting_qa"
    """It would be ready if quality passed what it still looks at."""
    IN_PRODUCTION = "in_production"
    """A job of the line has begun and is not settled."""
    MATERIAL_SHORT = "material_short"
    """A job of the line that has not begun will lack material when it starts; or, if the item is only bought
    and has no job, what is on hand and on order is not enough in time."""
    SCHEDULED = "scheduled"
    """The line has an open job; or a promise or reservation that supply with a date covers."""
    PROMISED = "promised"
    """It has a promised date and nothing else."""
    UNPROMISED = "unpromised"
    """Not even that."""
