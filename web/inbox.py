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
    """The open questions that the caller may answer, the one due first first; and the waivers that wait for him."""
    found = await services.question_reader.questions(caller, services.now(), cursor=cursor)
    return page(
        "inbox.html",
        services,
        caller=caller,
        questions=found,
        waivers=await services.waiver_reader.waiting_for(caller, services.now()),
        zones=await zones(services.database, caller.sites),
    )
