"""Following: hearing what happens to a case or an order."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.calling import CallersRoute, Calling, Serving, permits
from api.cases import CaseId
from api.lists import WantedPage, link_next
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented
from domain.authorisation import Action
from domain.following import Followed, Following, Heard
from domain.subject import Identifier
from domain.views import Page

router = APIRouter(prefix="/v1", tags=["following"], route_class=CallersRoute)

News = Page[Heard]


@router.post("/cases/{case_id}/following", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def follow_case(case_id: CaseId, caller: Calling, services: Serving) -> None:
    """Hear what happens to a case from now on. It is for you alone; ask again, and nothing changes."""
    await services.followings.follow_case(case_id, caller, services.now())


@router.post("/cases/{case_id}/following/end", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def unfollow_case(case_id: CaseId, caller: Calling, services: Serving) -> None:
    """Hear no more of a case."""
    await services.followings.end(Followed.CASE, case_id, caller)


@router.post("/sites/{site}/orders/{order}/following", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def follow_order(site: Identifier, order: Identifier, caller: Calling, services: Serving) -> None:
    """Hear what happens to the cases about an order's lines from now on, those to come as well."""
    await services.followings.follow_order(site, order, caller, services.now())


@router.post("/sites/{site}/orders/{order}/following/end", status_code=204, responses=documented(*OF_WRITERS))
@permits(Action.ARRANGE)
async def unfollow_order(site: Identifier, order: Identifier, caller: Calling, services: Serving) -> None:
    """Hear no more of an order."""
    await services.followings.end(Followed.ORDER, order, caller, site)


@router.get("/me/following", responses=documented(*OF_CALLERS))
@permits(Action.READ)
async def list_followed(caller: Calling, services: Serving) -> Page[Following]:
    """What you follow, the newest first."""
    return Page[Following](items=await services.followings.of(caller), next=None)


@router.get("/me/news", responses=documented(*OF_CALLERS, Kind.VALIDATION))
@permits(Action.READ)
async def list_news(
    wanted: Annotated[WantedPage, Query()], caller: Calling, services: Serving, request: Request, response: Response
) -> News:
    """What happened to what you follow since you do, the newest first: lines of the trails of those cases."""
    page = await services.followings.heard(caller, **wanted.model_dump())
    link_next(services, request, response, page.next)
    return page
