"""Reports of a site: what happened on a day, and what is on hold."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.calling import CallersRoute, Calling, Serving, may_see_at, permits
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented
from domain.authorisation import Action
from domain.following import DAILY, Followed
from domain.held_lot.hold_list import HoldList
from domain.report import DailyReport
from domain.subject import Identifier

router = APIRouter(prefix="/v1/sites/{site}/reports", tags=["reports"], route_class=CallersRoute)

ReportedDay = Annotated[date | None, Query(alias="date")]


@router.get("/daily", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def read_daily_report(
    site: Identifier, caller: Calling, services: Serving, day: ReportedDay = None
) -> DailyReport:
    """What happened at a site on a day, by its own clocks, and what was open at its end; of yesterday without one."""
    may_see_at(caller, site)
    return await services.report_reader.of(site, day, services.now())


@router.post("/daily/following", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def follow_daily_report(site: Identifier, caller: Calling, services: Serving) -> None:
    """Be sent the report each working morning. Plant managers and administrators are without asking."""
    await services.followings.follow_report(site, caller, services.now())


@router.post("/daily/following/end", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def unfollow_daily_report(site: Identifier, caller: Calling, services: Serving) -> None:
    """Be sent it no more, unless your role is; that is switched off with your contact."""
    await services.followings.end(Followed.REPORT, DAILY, caller, site)


@router.get("/holds", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_lots_on_hold(site: Identifier, caller: Calling, services: Serving) -> HoldList:
    """The lots on hold, the oldest first: how many, what they are worth, who is asked, and since when."""
    return await services.hold_reader.hold_list(site, caller.sites, services.now())
