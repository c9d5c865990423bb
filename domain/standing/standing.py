"""The one status of a thing, with what comes of it: who has to act, until when, how late, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.evidence import Reason
from domain.fact import Reading
from domain.order_line.known import OpenCase
from domain.roles import Role


class Cause(StrEnum):
    """What kind of thing is in the way."""

    MATERIAL = "material"
    PRODUCTION = "production"
    PLANNING = "planning"
    QUALITY = "quality"
    ENGINEERING = "engineering"
    WAREHOUSE = "warehouse"
    DISPATCH = "dispatch"
    CUSTOMER = "customer"


_CAUSES: Final[dict[str, Cause]] = {
    Role.BUYER: Cause.MATERIAL,
    Role.PRODUCTION: Cause.PRODUCTION,
    Role.PLANNER: Cause.PLANNING,
    Role.QUALITY_INSPECTOR: Cause.QUALITY,
    Role.QUALITY_ENGINEER: Cause.QUALITY,
    Role.ENGINEERING: Cause.ENGINEERING,
    Role.WAREHOUSE: Cause.WAREHOUSE,
    Role.DISPATCH: Cause.DISPATCH,
    Role.SHIPPING_MANAGER: Cause.DISPATCH,
    Role.SALES: Cause.CUSTOMER,
    Role.SALES_MANAGER: Cause.CUSTOMER,
    Role.FINANCE: Cause.CUSTOMER,
    Role.COMPLIANCE: Cause.CUSTOMER,
}


def cause_of(reasons: Iterable[Reason], lateness: timedelta | None, waiting_on: str | None) -> Cause | None:
    """
    What kind of thing is in the way: that of the first reason whose owner is known.

    Where nothing is, and it is late all the same, it is with whom it waits.
    """
    owners = (*(reason.owner for reason in reasons), waiting_on if lateness else None)
    return next((_CAUSES[owner] for owner in owners if owner in _CAUSES), None)


class Standing(BaseModel):
    """Where a job, a lot or a shipment is, who has to do something, and when it will be done."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    kind: str
    site: str
    key: str
    status: str
    since: AwareDatetime
    """Since when at the latest: when the newest of the facts that make it so was told."""
    waiting_on: str | None
    """The role that has to act next, or ``carrier``; nothing when all is over."""
    next_due: AwareDatetime | None
    """By when."""
    projected_at: AwareDatetime | None
    """When it will be done; nothing when not known, or when it is."""
    promised_at: AwareDatetime | None
    """When it has to be, for the order it is for."""
    lateness: timedelta | None
    """How long after that it will be, zero if in time, as an ISO 8601 duration; nothing where either is not known."""
    cause: Cause | None
    """What kind of thing is in the way, or with whom it waits if it is late; nothing where neither is so."""
    open_cases: tuple[OpenCase, ...]
    reasons: tuple[Reason, ...]
    """What stands in the way, about which thing, and who can mend it."""
    as_of: AwareDatetime
    """What any source said longest ago of what it rests on."""


@dataclass(frozen=True)
class Fit:
    """A stage that fits, with what comes of it."""

    stage: str
    waiting_on: str | None = None
    next_due: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    over: bool = False
    """Whether nobody waits for it any more."""


def standing(
    thing: Reading[Any],
    fit: Fit,
    rests_on: Iterable[Reading[Any]],
    *,
    projected_at: datetime | None,
    promised_at: datetime | None,
    open_cases: tuple[OpenCase, ...],
) -> Standing:
    """The status of *thing*, whose stage is *fit*, by all of *rests_on*."""
    told = [thing.as_of, *(reading.as_of for reading in rests_on)]
    projected_at = None if fit.over else projected_at
    lateness = None if projected_at is None or promised_at is None else max(projected_at - promised_at, timedelta(0))
    return Standing(
        kind=thing.fact.kind,
        site=thing.fact.site,
        key=thing.fact.key,
        status=fit.stage,
        since=max(told),
        waiting_on=fit.waiting_on,
        next_due=fit.next_due,
        projected_at=projected_at,
        promised_at=promised_at,
        lateness=lateness,
        cause=cause_of(fit.reasons, lateness, fit.waiting_on),
        open_cases=open_cases,
        reasons=fit.reasons,
        as_of=min(told),
    )
