"""What is ready, and what is in the way."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.calling import CallersRoute, Calling, Serving, permits
from api.problem_kinds import OF_CALLERS, Kind
from api.problems import documented
from domain.authorisation import Action
from domain.readiness.history import History
from domain.readiness.predicates import Judged, Things
from domain.subject import Identifier

router = APIRouter(prefix="/v1/readiness", tags=["readiness"], route_class=CallersRoute)

Key = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._#+@()&,:\-]*$")]
"""The parts of the thing's name joined by ``:``, such as ``SO-1001:10`` for an order line."""


@router.get("/{things}/{site}/{key}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_readiness(things: Things, site: Identifier, key: Key, caller: Calling, services: Serving) -> Judged:
    """Whether a job may start, an order line is made, a shipment may leave; if not, why, and who can mend it."""
    return await services.readiness_reader.readiness(things.kind, site, key, caller.sites, services.now())


@router.get("/{things}/{site}/{key}/history", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_history(things: Things, site: Identifier, key: Key, caller: Calling, services: Serving) -> History:
    """What was ready when, for how long it was not, and who could have mended it."""
    return await services.readiness_history.history(things.kind, site, key, caller.sites, services.now())
