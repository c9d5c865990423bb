"""Bypasses: what was changed in other systems with no decision behind it, and how often."""

from fastapi import APIRouter

from api.calling import CallersRoute, Calling, Serving, may_see_at, permits
from api.problem_kinds import OF_CALLERS, Kind
from api.problems import documented
from domain.authorisation import Action
from domain.bypass import Bypasses
from domain.subject import Identifier

router = APIRouter(prefix="/v1/sites/{site}/bypasses", tags=["facts"], route_class=CallersRoute)


@router.get("", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def read_bypasses(site: Identifier, caller: Calling, services: Serving) -> Bypasses:
    """What was changed past everybody at a site in the last four weeks, newest first, and the share of all changes."""
    may_see_at(caller, site)
    return await services.bypass_reader.at_site(site, services.now())
