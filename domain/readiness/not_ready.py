"""What is not ready: jobs that cannot start and shipments that cannot leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.evidence import Reason
from domain.fact import Fact
from domain.facts import Job, JobStatus, Shipment, ShipmentStatus
from domain.readiness.truth import Truth
from domain.roles import Role


class Waiting(StrEnum):
    """What waits to be ready."""

    JOBS = "jobs"
    SHIPMENTS = "shipments"


@dataclass(frozen=True)
class Gate:
    """What keeps things of a kind back."""

    kind: type[Fact]
    predicate: str
    """Which has to be true before the thing goes on; it rests on all that could be in the way."""
    at: tuple[str, ...]
    """The statuses in which the thing still stands before it."""


GATES: Final[Mapping[Waiting, Gate]] = {
    Waiting.JOBS: Gate(Job, "clear_to_start", (JobStatus.PLANNED, JobStatus.RELEASED, JobStatus.ON_HOLD)),
    Waiting.SHIPMENTS: Gate(
        Shipment,
        "dispatch_approved",
        (
            ShipmentStatus.PLANNED, ShipmentStatus.PICKED, ShipmentStatus.APPROVED, ShipmentStatus.LOADING,
            ShipmentStatus.LOADED,
        ),
    ),
}  # fmt: skip


class NotReady(BaseModel):
    """A job that cannot start, or a shipment that cannot leave, and why."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    kind: str
    site: str
    key: str
    predicate: str
    """What was asked of it."""
    value: Truth
    """``false``, or ``unknown`` where nobody can tell."""
    reasons: tuple[Reason, ...]
    """What is in the way, about which thing, and who can mend it."""
    since: AwareDatetime
    """Since when it is so, for these reasons."""
    due_at: AwareDatetime
    """When the job is to start, or the shipment must leave."""

    @property
    def owners(self) -> tuple[Role, ...]:
        """Who can mend something, in the order of the reasons."""
        return tuple(dict.fromkeys(reason.owner for reason in self.reasons if reason.owner is not None))


def due_at(thing: Fact) -> AwareDatetime:
    """When a job is to start, or a shipment must leave."""
    assert isinstance(thing, Job | Shipment)
    return thing.starts_at if isinstance(thing, Job) else thing.ship_by
