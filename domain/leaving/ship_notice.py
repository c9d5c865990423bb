"""How soon the customer is sent the ship notice after his shipment has left."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.calendar import Duration
from domain.diagram import length
from domain.facts import GONE, Shipment
from domain.release import Document
from domain.timing import Timing

SHIP_NOTICE = "ship_notice"
"""The type of the document that stands for the notice sent in advance."""
TIMED, UNTOLD = "ship_notice_timed", "ship_notice_late"
"""What the trail calls it: how long it took, and that it was not sent when it should have been."""


class NoticeTimed(BaseModel):
    """What lay between the gate and the notice."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    left_at: AwareDatetime
    due_at: AwareDatetime
    sent_at: AwareDatetime | None
    """Nothing as long as it was not."""
    took: timedelta | None
    in_time: bool
    """Whether it was sent by then; sent exactly then, it was."""
    because: str


def notice_due(shipment: Shipment, timing: Timing) -> datetime | None:
    """By when its notice is sent; nothing where it has not left, or nobody said when."""
    return shipment.left_at + timing.ship_notice if shipment.status in GONE and shipment.left_at is not None else None


def notice_sent(paper: Document, _: Timing) -> datetime | None:
    """When it was sent; nothing where *paper* is no notice, or nobody said when."""
    return paper.sent_at if paper.document == SHIP_NOTICE and paper.status == "final" else None


def timed(shipment: Shipment, sent_at: datetime | None, timing: Timing) -> NoticeTimed | None:
    """How long the notice of *shipment* took, *sent_at* that time; nothing where nobody said when it left."""
    due, left = notice_due(shipment, timing), shipment.left_at
    if due is None or left is None:
        return None
    within = length(Duration(clock=timing.ship_notice))
    gate = f"{shipment.shipment} left at {left:%Y-%m-%d %H:%M} UTC"
    if sent_at is None:
        because = f"{gate}, and its ship notice has not been sent within {within}."
        return NoticeTimed(left_at=left, due_at=due, sent_at=None, took=None, in_time=False, because=because)
    took = max(sent_at - left, timedelta(0))
    late = "" if sent_at <= due else f", later than {within}"
    because = f"{gate}, and its ship notice was sent at {sent_at:%Y-%m-%d %H:%M} UTC{late}."
    return NoticeTimed(left_at=left, due_at=due, sent_at=sent_at, took=took, in_time=not late, because=because)
