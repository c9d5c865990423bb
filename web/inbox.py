"""What waits for somebody, as the first page he sees."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.calling import CallersRoute, Calling, Serving, permits
from domain.authorisation import Action
from storage.calendars import zones
from web.pages import page

router = APIRouter(include_in_schema=False, route_class=CallersRoute)


@router.get("/")
@permits(Action.READ)
async def show_inbox(
    caller: Calling,
    services: Serving,
    cursor: Annotated[str | None, Query(max_length=300, pattern=r"^[A-Za-z0-9_-]+$")] = None,
) -> Response:
    """The open questions that the caller may answer, the one due first first."""
    found = await services.question_reader.questions(caller, services.now(), cursor=cursor)
    return page(
        "inbox.html", services, caller=caller, questions=found, zones=await zones(services.database, caller.sites)
    )
