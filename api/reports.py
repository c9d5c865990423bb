"""Reports: what happened at a site on a day."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.calling import CallersRoute, Calling, Serving, permits
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented, not_found
from domain.authorisation import Action
from domain.following import DAILY, Followed
from domain.report import DailyReport
from domain.subject import Identifier

router = APIRouter(prefix="/v1/sites/{site}/reports/daily", tags=["reports"], route_class=CallersRoute)

ReportedDay = Annotated[date | None, Query(alias="date")]


@router.get("", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def read_daily_report(
    site: Identifier, caller: Calling, services: Serving, day: ReportedDay = None
) -> DailyReport:
    """What happened at a site on a day, by its own clocks, and what was open at its end; of yesterday without one."""
    if not caller.may_see(site):
        raise not_found()
    return await services.report_reader.of(site, day, services.now())


@router.post("/following", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def follow_daily_report(site: Identifier, caller: Calling, services: Serving) -> None:
    """Be sent the report each working morning. Plant managers and administrators are without asking."""
    await services.followings.follow_report(site, caller, services.now())


@router.post("/following/end", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def unfollow_daily_report(site: Identifier, caller: Calling, services: Serving) -> None:
    """Be sent it no more, unless your role is; that is switched off with your contact."""
    await services.followings.end(Followed.REPORT, DAILY, caller, site)
